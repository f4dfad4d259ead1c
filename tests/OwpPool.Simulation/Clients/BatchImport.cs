using System.Globalization;
using OwpPool.Core.Batches;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;

namespace OwpPool.Simulation;

/// <summary>Tasks that are added all or none.</summary>
/// <param name="Tasks">As the server makes them of a file: an external id is a task's id.</param>
/// <param name="HasKey">Whether the request carries an idempotency key, so that a repeat finds the same batch.</param>
internal sealed record BatchOrder(IReadOnlyList<BatchTask> Tasks, bool HasKey);

/// <summary>Files of tasks that maintainers import, at random: across repos, again and again, with more in them than the last time, and
/// sometimes wrong. Sent as the server's import sends them.</summary>
internal sealed class BatchImport(PoolWorld world)
{
    private static readonly TimeSpan ResumeInterval = TimeSpan.FromSeconds(30);
    private readonly Dice _dice = world.Dice;
    private readonly List<IReadOnlyList<BatchTask>> _files = [];

    /// <summary>The next file.</summary>
    /// <param name="mayAdd">Whether it may have tasks that no file had before.</param>
    /// <param name="known">Tasks that may be there.</param>
    internal BatchOrder Draw(bool mayAdd, IReadOnlyList<(string TaskId, string Repo)> known)
    {
        var old = _files.Count > 0 && (!mayAdd || _dice.Chance(0.4)) ? _dice.Of(_files) : [];
        var added = mayAdd && (old.Count == 0 || _dice.Chance(0.4)) ? DrawTasks(known) : [];
        IReadOnlyList<BatchTask> file = [.. old, .. added];
        if (added.Count > 0) _files.Add(file);
        return new BatchOrder(file, HasKey: _dice.Chance(0.5));
    }

    /// <summary>What the server does with a file: asks for what is there, has the rest promised, and adds it; the request may die at every
    /// step.</summary>
    internal async Task<Answer> SendAsync(IGrainFactory grains, Operation operation)
    {
        var order = operation.Batch!;
        var reader = new MemoryReader(world.Memory, world.Scheduler, world.Hearing, world.Plan.Worker.ToRules());
        var known = await reader.ReadPhasesAsync([.. order.Tasks.Select(task => task.TaskId)], CancellationToken.None);
        var missing = order.Tasks.Where(task => !known.ContainsKey(task.TaskId)).ToList();
        if (missing.Count == 0) return new Answer(null);
        var batch = grains.GetBatch(order.HasKey ? $"b_{operation.Tag}" : world.Ids.NewId("b_"));
        if (await batch.AcceptAsync(new AcceptBatch(missing, Actors.Admin)) is { } refusal) return new Answer(refusal);
        if (_dice.Chance(0.05)) world.Split(batch);
        if (_dice.Chance(0.1)) throw new IOException("The client has gone, and its request with it.");
        while (!await batch.ContinueAsync())
        {
        }
        return new Answer(null);
    }

    /// <summary>As the server does when it starts, and every half minute: works off what was promised by requests that died.</summary>
    internal static async Task ResumeAsync(PoolWorld world)
    {
        for (var upSince = world.UpSince; world.IsUp && world.UpSince == upSince; await Task.Delay(ResumeInterval, world.Clock))
        {
            foreach (var (batchId, _) in world.Memory.Batches.Where(batch => !batch.Value.Done).ToList())
            {
                try
                {
                    while (!await world.Grains.GetBatch(batchId).ContinueAsync())
                    {
                    }
                }
                catch (Exception exception)
                {
                    world.Note($"batch {batchId} was not worked off: {exception.Message}");
                }
            }
        }
    }

    private List<BatchTask> DrawTasks(IReadOnlyList<(string TaskId, string Repo)> known)
    {
        var tasks = new List<BatchTask>();
        for (var count = _dice.Between(2, 5); count > 0; count--)
        {
            var taskId = world.Ids.NewId(Ids.Task);
            var needs = new List<string>();
            if (tasks.Count > 0 && _dice.Chance(0.3)) needs.Add(_dice.Of(tasks).TaskId);
            if (known.Count > 0 && _dice.Chance(0.05)) needs.Add(_dice.Of(known).TaskId);
            if (_dice.Chance(0.02)) needs.Add("t_none");
            tasks.Add(new BatchTask
            {
                TaskId = taskId,
                Repo = _dice.Chance(0.02) ? "acme/nowhere" : _dice.Of(world.Plan.Repos),
                Spec = new TaskSpec
                {
                    Title = string.Create(CultureInfo.InvariantCulture, $"import of {taskId}"),
                    EstimatePoints = _dice.Between(1, 3),
                    Priority = _dice.Between(0, 30),
                    ExternalId = $"x-{taskId}",
                    DependsOn = needs,
                },
            });
        }
        return tasks;
    }
}
