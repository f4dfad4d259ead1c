using OwpPool.Core.Batches;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Grains.Batches;
using OwpPool.Storage;

namespace OwpPool.Server.Tasks.Batches;

/// <summary>Adds many tasks, all or none, and changes those that are there if that is asked: what is wrong is found before anything is stored,
/// then one row promises all of it.</summary>
public sealed class TaskBatches(IGrainFactory grains, IIdSource ids, SqliteStorage storage, TimeProvider clock)
{
    /// <summary>Adds the tasks; on return all of them are there.</summary>
    /// <param name="requests">Checked one by one.</param>
    /// <param name="terms">How.</param>
    /// <param name="requestKey">What a repeat of the request is known by; null = nothing.</param>
    /// <param name="actor">Who adds them.</param>
    /// <param name="cancellationToken">Looked at between steps; what is promised stays so.</param>
    public async Task<Reply<BatchResponse>> AddAsync(
        IReadOnlyList<CreateTaskRequest> requests, BatchTerms terms, string? requestKey, string actor, CancellationToken cancellationToken)
    {
        var taskIds = requests.Select((request, index) => request.ExternalId is { } externalId ? TaskIds.OfExternal(request.Repo, externalId)
            : requestKey is not null ? TaskIds.OfRequest(requestKey, index) : ids.NewId(Ids.Task)).ToList();
        var tasks = requests.Zip(taskIds, static (request, id) =>
                (Task: new BatchTask { TaskId = id, Repo = request.Repo, Spec = request.ToSpec() }, Given: request.Given?.ToPatch()))
            .DistinctBy(static item => item.Task.TaskId).ToList();
        if (WhyCircle([.. tasks.Select(static item => item.Task)]) is { } circle) return circle;
        var plan = await new BatchPlan(storage, terms.Updates, clock.GetUtcNow()).MakeAsync(tasks, cancellationToken);
        // Tasks may depend on what is new here, so that changes come after it.
        var work = plan.Where(static item => item.Fate is BatchFate.Created or BatchFate.Updated)
            .OrderBy(static item => item.Fate).Select(static item => item.Task).ToList();
        if (terms.IsDryRun && await BatchAdmission.WhyNotAsync(grains, work) is { } whyNot) return whyNot;
        if (work.Count > 0 && !terms.IsDryRun)
        {
            var batch = grains.GetBatch(requestKey ?? ids.NewId("b_"));
            if (await batch.AcceptAsync(new AcceptBatch(work, actor)) is { } refusal) return refusal;
            // From here on they are promised: should this request die, the resumer does the rest.
            while (!await batch.ContinueAsync()) cancellationToken.ThrowIfCancellationRequested();
            plan = await LookAgainAsync(plan, tasks, cancellationToken);
        }
        return Describe(plan, taskIds, terms.IsDryRun);
    }

    /// <summary>Finds the tasks that somebody has changed or taken since the plan was made: they are as they were.</summary>
    private async Task<IReadOnlyList<PlannedTask>> LookAgainAsync(
        IReadOnlyList<PlannedTask> plan, IReadOnlyList<(BatchTask Task, TaskPatch? Given)> tasks, CancellationToken cancellationToken)
    {
        var updated = plan.Where(static item => item.Fate is BatchFate.Updated).Select(static item => item.Task.TaskId).ToHashSet(StringComparer.Ordinal);
        if (updated.Count == 0) return plan;
        var now = await new BatchPlan(storage, updates: true, clock.GetUtcNow())
            .MakeAsync([.. tasks.Where(item => updated.Contains(item.Task.TaskId))], cancellationToken);
        var left = now.Where(static item => item.Fate is not BatchFate.Unchanged).ToDictionary(static item => item.Task.TaskId, StringComparer.Ordinal);
        return [.. plan.Select(item => !left.TryGetValue(item.Task.TaskId, out var found) ? item : item with
        {
            Fate = BatchFate.Left,
            Fields = found.Fields,
            Reason = found.Reason ?? "The task changed, or what it depends on, while the batch was at work. Send it again.",
        })];
    }

    private static BatchResponse Describe(IReadOnlyList<PlannedTask> plan, IReadOnlyList<string> taskIds, bool isDryRun)
    {
        var counts = plan.CountBy(static item => item.Fate).ToDictionary();
        var created = counts.GetValueOrDefault(BatchFate.Created);
        return new BatchResponse
        {
            TaskIds = taskIds,
            Created = created,
            Existing = plan.Count - created,
            Updated = counts.GetValueOrDefault(BatchFate.Updated),
            Unchanged = counts.GetValueOrDefault(BatchFate.Unchanged),
            Left = counts.GetValueOrDefault(BatchFate.Left),
            Tasks = [.. plan.Where(item => item.Fate is BatchFate.Updated or BatchFate.Left || (isDryRun && item.Fate is BatchFate.Created))
                .Select(static item => item.ToResult())],
            DryRun = isDryRun,
        };
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
