using OwpPool.Core.Batches;
using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Grains.Batches;
using OwpPool.Storage;

namespace OwpPool.Server.Tasks.Batches;

/// <summary>Adds many tasks, all or none: what is wrong is found before anything is stored, then one row promises all of them.</summary>
public sealed class TaskBatches(IGrainFactory grains, IIdSource ids, SqliteStorage storage)
{
    /// <summary>Adds the tasks; on return all of them are there.</summary>
    /// <param name="requests">Checked one by one.</param>
    /// <param name="requestKey">What a repeat of the request is known by; null = nothing.</param>
    /// <param name="isDryRun">Only says what would be: nothing is added.</param>
    /// <param name="actor">Who adds them.</param>
    /// <param name="cancellationToken">Looked at between steps; what is promised stays so.</param>
    public async Task<Reply<BatchResponse>> AddAsync(
        IReadOnlyList<CreateTaskRequest> requests, string? requestKey, bool isDryRun, string actor, CancellationToken cancellationToken)
    {
        var taskIds = requests.Select((request, index) => request.ExternalId is { } externalId ? TaskIds.OfExternal(request.Repo, externalId)
            : requestKey is not null ? TaskIds.OfRequest(requestKey, index) : ids.NewId(Ids.Task)).ToList();
        var tasks = requests.Zip(taskIds, static (request, id) => new BatchTask { TaskId = id, Repo = request.Repo, Spec = request.ToSpec() })
            .DistinctBy(static task => task.TaskId).ToList();
        if (WhyCircle(tasks) is { } circle) return circle;
        var known = await storage.ReadModel.ReadPhasesAsync([.. tasks.Select(static task => task.TaskId)], cancellationToken);
        var missing = tasks.Where(task => !known.ContainsKey(task.TaskId)).ToList();
        if (isDryRun && await BatchAdmission.WhyNotAsync(grains, missing) is { } whyNot) return whyNot;
        if (missing.Count > 0 && !isDryRun)
        {
            var batch = grains.GetBatch(requestKey ?? ids.NewId("b_"));
            if (await batch.AcceptAsync(new AcceptBatch(missing, actor)) is { } refusal) return refusal;
            // From here on they are promised: should this request die, the resumer adds the rest.
            while (!await batch.ContinueAsync()) cancellationToken.ThrowIfCancellationRequested();
        }
        return new BatchResponse { TaskIds = taskIds, Created = missing.Count, Existing = tasks.Count - missing.Count, DryRun = isDryRun };
    }

    /// <summary>Takes away what waits for nothing in the batch until nothing is left, or only circles.</summary>
    private static Refusal? WhyCircle(IReadOnlyList<BatchTask> tasks)
    {
        var waiters = tasks.SelectMany(static task => task.Spec.DependsOn.Distinct(StringComparer.Ordinal), static (task, need) => (task.TaskId, need))
            .ToLookup(static pair => pair.need, static pair => pair.TaskId, StringComparer.Ordinal);
        var own = tasks.Select(static task => task.TaskId).ToHashSet(StringComparer.Ordinal);
        var open = tasks.ToDictionary(
            static task => task.TaskId, task => task.Spec.DependsOn.Distinct(StringComparer.Ordinal).Count(own.Contains), StringComparer.Ordinal);
        var free = new Queue<string>(open.Where(static task => task.Value == 0).Select(static task => task.Key));
        while (free.TryDequeue(out var taskId))
        {
            open.Remove(taskId);
            foreach (var waiter in waiters[taskId])
                if (--open[waiter] == 0) free.Enqueue(waiter);
        }
        if (open.Count == 0) return null;
        var titles = tasks.Where(task => open.ContainsKey(task.TaskId)).Select(static task => task.Spec.Title).Take(5);
        return Refusal.Invalid("depends_on", $"These tasks wait for each other: '{string.Join("', '", titles)}'.");
    }
}
