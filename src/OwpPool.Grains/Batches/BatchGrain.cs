using Microsoft.Extensions.Logging;
using OwpPool.Core.Batches;
using OwpPool.Core.Shared;
using OwpPool.Grains.Hosting;

namespace OwpPool.Grains.Batches;

/// <summary>Writes what was accepted, once, and works it off in steps that each fit a call's time. How far it has come is not stored: adding a
/// task that is there is nothing.</summary>
[GrainType(GrainNames.Batch)]
public sealed class BatchGrain(
    IGrainContext context, [PersistentState(GrainNames.Batch, GrainNames.Storage)] IPersistentState<BatchState> storage, TimeProvider clock,
    ILogger<BatchGrain> logger) : StoredGrain<BatchState>(context, storage, logger), IBatchGrain
{
    private const int Step = 1_000;

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
        var next = State.Tasks.Skip(_added).Take(Step).Select((task, index) => (Task: task, Place: _added + index)).ToList();
        foreach (var group in next.GroupBy(item => Names.CanonicalRepo(item.Task.Repo), StringComparer.Ordinal))
        {
            await GrainFactory.GetRepo(group.Key).CreateTasksAsync(new CreateTasks(
                [.. group.Select(item => new CreateTask(item.Task.TaskId, item.Task.Spec, State.Actor, State.At.AddMilliseconds(item.Place)))]));
        }
        _added += next.Count;
        if (_added < State.Tasks.Count) return false;
        await StoreAsync(State.Finish());
        return true;
    }
}
