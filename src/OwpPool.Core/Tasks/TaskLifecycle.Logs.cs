using OwpPool.Core.Shared;

namespace OwpPool.Core.Tasks;

/// <summary>Who may speak about the work on a task.</summary>
public static partial class TaskLifecycle
{
    /// <summary>Why the worker may not add to the task's log; null = it may. The rule of reports: whoever holds the task or has it under
    /// review, and whoever merged it, for the last lines come after the last report.</summary>
    /// <param name="state">The task as it is.</param>
    /// <param name="workerId">Who speaks.</param>
    /// <param name="leaseId">If given, it must be the latest.</param>
    /// <param name="token">If given, it must be the latest.</param>
    /// <param name="now">A lease that has ended is no lease.</param>
    public static Refusal? WhyNotLog(TaskState state, string workerId, string? leaseId, long? token, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (!state.Exists) return Refusal.NotFound("task");
        return state.Phase is TaskPhase.Offered && state.WorkerId == workerId
            ? Refusal.Forbidden(RefusalReason.NotHolder, "This task is offered to you, not yours yet.", "Accept the offer first.")
            : WhyNotHolder(state, workerId, leaseId, token, now);
    }
}
