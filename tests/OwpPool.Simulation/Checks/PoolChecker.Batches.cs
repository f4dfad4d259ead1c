using OwpPool.Core.Batches;
using OwpPool.Core.Tasks;

namespace OwpPool.Simulation;

/// <summary>What must hold of tasks that are added by the file: all or none of them, and each once.</summary>
internal sealed partial class PoolChecker
{
    /// <summary>Tasks that were asked for by batches.</summary>
    private readonly HashSet<string> _ordered = new(StringComparer.Ordinal);

    /// <summary>Tasks that were asked for one by one, maybe besides.</summary>
    private readonly HashSet<string> _single = new(StringComparer.Ordinal);

    /// <summary>Tasks of which some row says that they will be there.</summary>
    private readonly HashSet<string> _promised = new(StringComparer.Ordinal);

    private void Ordered(Operation operation)
    {
        if (operation.Kind is OperationKind.CreateTask) _single.Add(operation.TaskId);
        if (operation.Batch is { } order) _ordered.UnionWith(order.Tasks.Select(task => task.TaskId));
    }

    private void BatchCommitted(BatchState? before, BatchState after)
    {
        Require(before is null || after.Tasks.Count == 0, "import", $"A batch that was accepted was changed.");
        _promised.UnionWith(after.Tasks.Select(task => task.TaskId));
        if (!after.Done || before is null) return;
        var missing = before.Tasks.FirstOrDefault(task => !_tasks.ContainsKey(task.TaskId));
        Require(missing is null, "import", $"A batch is done, and its task {missing?.TaskId} is not there.");
    }

    /// <summary>A task whose row is new.</summary>
    private void CheckPromised(TaskState task) => Require(
        !_ordered.Contains(task.TaskId) || _single.Contains(task.TaskId) || _promised.Contains(task.TaskId), "import",
        $"{task.TaskId} is there, and nothing has promised that the other tasks of its batch will be.");

    private void CheckImported(Operation import)
    {
        var missing = import.Batch!.Tasks.FirstOrDefault(task => !_tasks.ContainsKey(task.TaskId));
        Require(missing is null, "I2", $"{import} was acknowledged, and {missing?.TaskId} is not stored.");
    }

    /// <summary>At rest, what was promised is there, and nothing was added twice.</summary>
    internal void CheckBatches()
    {
        var missing = _promised.FirstOrDefault(id => !_tasks.ContainsKey(id));
        Require(missing is null, "import", $"{missing} was promised by a batch and is not there.");
        var open = _world.Memory.Batches.FirstOrDefault(batch => !batch.Value.Done).Key;
        Require(open is null, "import", $"The batch {open} is not done with all faults off.");
        var added = _world.Memory.TaskEvents.Where(item => item.Type == "task.created").GroupBy(item => item.Target, StringComparer.Ordinal);
        var twice = added.FirstOrDefault(task => task.Count() > 1)?.Key;
        Require(twice is null, "import", $"{twice} was added twice.");
    }
}
