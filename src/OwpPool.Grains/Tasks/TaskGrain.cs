using Microsoft.Extensions.Logging;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains.Hosting;

namespace OwpPool.Grains.Tasks;

/// <summary>Reads the clock, asks <see cref="TaskLifecycle"/>, writes once, answers.</summary>
[GrainType(GrainNames.Task)]
public sealed class TaskGrain(
    IGrainContext context, [PersistentState(GrainNames.Task, GrainNames.Storage)] IPersistentState<TaskState> storage, TimeProvider clock,
    ILogger<TaskGrain> logger) : StoredGrain<TaskState>(context, storage, logger), ITaskGrain
{
    /// <inheritdoc />
    public async Task<TaskReply> DecideAsync(TaskCommand command, long heard)
    {
        EnsureServing();
        if (State.Version < heard) await ReadAgainAsync();
        var decision = TaskLifecycle.Decide(State, command, clock.Now());
        if (decision.Next is { } next) await StoreAsync(next);
        else LeaveIfUnknown();
        return new TaskReply { Refusal = decision.Refusal, State = State, Changed = decision.Next is not null };
    }

    /// <inheritdoc />
    public Task<TaskState?> GetAsync()
    {
        EnsureServing();
        LeaveIfUnknown();
        return Task.FromResult(State.Exists ? State : null);
    }

    /// <summary>There is no such task: what somebody invents must not fill the memory.</summary>
    private void LeaveIfUnknown()
    {
        if (!State.Exists) DeactivateOnIdle();
    }
}
