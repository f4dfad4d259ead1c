using Microsoft.Extensions.Logging;
using OwpPool.Core.Batches;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains.Hosting;

namespace OwpPool.Grains.Batches;

/// <summary>Writes what was accepted, once, and works it off in steps that each fit a call's time. How far it has come is not stored: adding a
/// task that is there is nothing.</summary>
[GrainType(GrainNames.Batch)]
public sealed partial class BatchGrain(
    IGrainContext context, [PersistentState(GrainNames.Batch, GrainNames.Storage)] IPersistentState<BatchState> storage, TimeProvider clock,
    ILogger<BatchGrain> logger) : StoredGrain<BatchState>(context, storage, logger), IBatchGrain
{
    private const int Step = 1_000;

    /// <summary>Changes are made one after the other.</summary>
    private const int ChangesAtOnce = 100;

    private int _added;

    /// <inheritdoc />
    public async Task<Refusal?> AcceptAsync(AcceptBatch command)
    {
        EnsureServing();
        if (State.Exists) return null;
        if (await BatchAdmission.WhyNotAsync(GrainFactory, command.Tasks) is { } refusal) return refusal;
        await StoreAsync(BatchState.Accept(this.GetPrimaryKeyString(), command.Tasks, command.Actor, clock.Now()));
        return null;
    }

    /// <inheritdoc />
    public async Task<bool> ContinueAsync()
    {
        EnsureServing();
        if (!State.Exists) throw new InvalidOperationException("The batch was not accepted.");
        if (State.Done) return true;
        var next = NextStep();
        foreach (var group in next.Where(item => item.Task.Changes is null).GroupBy(item => Names.CanonicalRepo(item.Task.Repo), StringComparer.Ordinal))
        {
            await GrainFactory.GetRepo(group.Key).CreateTasksAsync(new CreateTasks(
                [.. group.Select(item => new CreateTask(item.Task.TaskId, item.Task.Spec, State.Actor, State.At.AddMilliseconds(item.Place)))]));
        }
        // What is new comes first: changes may make tasks depend on it.
        foreach (var (task, _) in next.Where(item => item.Task.Changes is not null)) await ChangeAsync(task);
        _added += next.Count;
        if (_added < State.Tasks.Count) return false;
        await StoreAsync(State.Finish());
        return true;
    }

    private List<(BatchTask Task, int Place)> NextStep()
    {
        var next = State.Tasks.Skip(_added).Take(Step).Select((task, index) => (Task: task, Place: _added + index)).ToList();
        var changes = next.Where(item => item.Task.Changes is not null).Take(ChangesAtOnce + 1).ToList();
        return changes.Count > ChangesAtOnce ? next.GetRange(0, changes[^1].Place - _added) : next;
    }

    /// <summary>A task that has moved on since the batch was accepted is left as it is; whoever sent the batch looks at the tasks afterwards.
    /// </summary>
    private async Task ChangeAsync(BatchTask task)
    {
        var edit = new TaskCommand.Edit(State.Actor, task.Changes!, task.Version);
        var reply = await GrainFactory.GetRepo(Names.CanonicalRepo(task.Repo)).MaintainAsync(task.TaskId, edit);
        if (reply.Refusal is { } refusal) LogLeft(task.TaskId, refusal.Message);
    }

    [LoggerMessage(EventId = 211, Level = LogLevel.Information, Message = "Left task {TaskId} as it is: {Reason}")]
    private partial void LogLeft(string taskId, string reason);
}
