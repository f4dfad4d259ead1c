using OwpPool.Core.Batches;
using OwpPool.Core.Tasks;
using OwpPool.Server.Hosting.Json;
using OwpPool.Storage;
using OwpPool.Storage.State;

namespace OwpPool.Server.Tasks.Batches;

/// <summary>What a batch would do with each of its tasks, as they are now.</summary>
/// <param name="storage">Where the tasks are looked up.</param>
/// <param name="updates">Tasks that are there are to be changed.</param>
/// <param name="now">The time to judge by.</param>
internal sealed class BatchPlan(SqliteStorage storage, bool updates, DateTimeOffset now)
{
    /// <summary>Tasks read at once; each may have 64 KiB of text.</summary>
    private const int Chunk = 200;

    private const string Skipped = "on_existing is skip";

    /// <summary>Looks at every task.</summary>
    /// <param name="tasks">Each once, with what the request says of it.</param>
    /// <param name="cancellationToken">Looked at between reads.</param>
    public async Task<IReadOnlyList<PlannedTask>> MakeAsync(
        IReadOnlyList<(BatchTask Task, TaskPatch? Given)> tasks, CancellationToken cancellationToken)
    {
        var planned = new List<PlannedTask>(tasks.Count);
        foreach (var chunk in tasks.Chunk(Chunk))
        {
            var known = await storage.ReadModel.ReadTasksAsync([.. chunk.Select(static item => item.Task.TaskId)], cancellationToken);
            planned.AddRange(chunk.Select(item => known.TryGetValue(item.Task.TaskId, out var state)
                ? OfKnown(item.Task, item.Given, PoolStateJson.Deserialize<TaskState>(state))
                : new PlannedTask(item.Task, BatchFate.Created, [], null)));
        }
        return planned;
    }

    private PlannedTask OfKnown(BatchTask task, TaskPatch? given, TaskState state)
    {
        var preview = given is null ? new EditPreview([], null) : TaskLifecycle.PreviewEdit(state, given, now);
        if (preview.Fields.Count == 0) return new PlannedTask(task, BatchFate.Unchanged, [], null);
        if (!updates) return new PlannedTask(task, BatchFate.Left, preview.Fields, Skipped);
        return preview.Refusal is { } refusal
            ? new PlannedTask(task, BatchFate.Left, preview.Fields, $"{state.Phase.Wire()}: {refusal.Message}")
            : new PlannedTask(task with { Changes = given, Version = state.Version }, BatchFate.Updated, preview.Fields, null);
    }
}

/// <summary>What becomes of a task of a batch.</summary>
internal enum BatchFate
{
    /// <summary>It is new.</summary>
    Created,

    /// <summary>It is changed as the request says.</summary>
    Updated,

    /// <summary>It is as the request says already.</summary>
    Unchanged,

    /// <summary>It differs, and stays as it is.</summary>
    Left,
}

/// <summary>A task of a batch and what becomes of it.</summary>
/// <param name="Task">What is asked of the batch.</param>
/// <param name="Fate">What becomes of it.</param>
/// <param name="Fields">Names of the fields that differ.</param>
/// <param name="Reason">Why it is left.</param>
internal sealed record PlannedTask(BatchTask Task, BatchFate Fate, IReadOnlyList<string> Fields, string? Reason)
{
    /// <summary>As it is told.</summary>
    public BatchTaskResult ToResult() => new()
    {
        TaskId = Task.TaskId,
        Title = Task.Spec.Title,
        Result = EnumWords<BatchFate>.Of(Fate),
        Fields = Fields,
        Reason = Reason,
    };
}
