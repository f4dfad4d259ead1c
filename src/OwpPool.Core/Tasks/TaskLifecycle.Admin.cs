using OwpPool.Core.Shared;

namespace OwpPool.Core.Tasks;

/// <summary>What a maintainer may do with a task, over its holder's head.</summary>
public static partial class TaskLifecycle
{
    private static Decision<TaskState> Requeue(TaskState state, TaskCommand.Requeue requeue, DateTimeOffset now)
    {
        if (state.Phase is TaskPhase.Cancelled || (state.Phase is TaskPhase.Merged && !state.IsMergedUnconfirmed))
            return Refuse(WrongPhase(state, "ready"));
        // A backoff ends with it; the instant that a maintainer named does not.
        var eligibleAt = state.NotBefore > now ? state.NotBefore : null;
        if (state.Phase is TaskPhase.Ready && state.EligibleAt == eligibleAt) return Decision<TaskState>.Unchanged();
        var next = state with
        {
            Phase = TaskPhase.Ready,
            WorkerId = null,
            Lease = null,
            EligibleAt = eligibleAt,
            // A dead letter that is revived has all its attempts again; the reasons stay in the history.
            Attempts = state.Phase is TaskPhase.DeadLetter ? 0 : state.Attempts,
            // Whoever asked to be spared the task for a while is overruled too.
            History = [.. WithAttempt(state, AttemptOutcome.Requeued, requeue.Reason, now).Select(past => past with { AwayUntil = null })],
            Former = FormerOf(state, isRejected: false),
            Wish = state.Wish?.WorkerId == state.WorkerId ? null : state.Wish,
        };
        return Change(next, now, state.Phase is TaskPhase.DeadLetter ? "task.revived" : "task.requeued", requeue.Actor,
            ("worker_id", state.WorkerId), ("reason", requeue.Reason),
            // A task that only rested does not move: it stands where it stood, since when it did.
            ("phase_before", state.Phase is TaskPhase.Ready ? null : state.Phase.Wire()));
    }

    private static Decision<TaskState> Undo(TaskState state, TaskCommand.Undo undo, DateTimeOffset now)
    {
        var isUnconfirmed = state.IsMergedUnconfirmed || state is { Phase: TaskPhase.PrOpened, ReviewConfirmedBy: null };
        return isUnconfirmed && state.WorkerId == undo.WorkerId
            ? Requeue(state, new TaskCommand.Requeue(undo.Actor, undo.Reason), now)
            : Decision<TaskState>.Unchanged();
    }

    private static Decision<TaskState> Cancel(TaskState state, TaskCommand.Cancel cancel, DateTimeOffset now)
    {
        if (state.Phase is TaskPhase.Cancelled) return Decision<TaskState>.Unchanged();
        if (state.Phase is TaskPhase.Merged) return Refuse(WrongPhase(state, "cancelled"));
        var next = state with
        {
            Phase = TaskPhase.Cancelled,
            WorkerId = null,
            Lease = null,
            History = WithAttempt(state, AttemptOutcome.Cancelled, cancel.Reason, now),
        };
        return Change(next, now, "task.cancelled", cancel.Actor, ("worker_id", state.WorkerId), ("reason", cancel.Reason),
            ("phase_before", state.Phase.Wire()));
    }
}
