using OwpPool.Core.Shared;

namespace OwpPool.Core.Tasks;

/// <summary>What the holder of a task may do with it.</summary>
public static partial class TaskLifecycle
{
    private static Decision<TaskState> GiveBack(TaskState state, TaskCommand.GiveBack giveBack, DateTimeOffset now)
    {
        if (giveBack.RequestKey is { } key && state.History.Any(past => past.RequestKey == key && past.WorkerId == giveBack.WorkerId))
            return Decision<TaskState>.Unchanged();
        if (WhyNotHolder(state, giveBack.WorkerId, giveBack.LeaseId, giveBack.Token, now) is { } refusal)
        {
            // The pool ends leases on a worker's behalf, without a token of its own: finding them gone is what it wanted.
            return giveBack.Actor == giveBack.WorkerId ? Refuse(refusal) : Decision<TaskState>.Unchanged();
        }
        if (state.Phase is TaskPhase.Offered && giveBack.Actor != giveBack.WorkerId)
            return EndOffer(state, "task.offer_withdrawn", giveBack.Actor, now, ("reason", giveBack.Reason));
        if (!state.Phase.IsLeased())
            return giveBack.Actor == giveBack.WorkerId ? Refuse(WrongPhase(state, "ready")) : Decision<TaskState>.Unchanged();
        return BackToReady(state, giveBack.Outcome, giveBack.Reason, giveBack.MaxAttempts, giveBack.RetryAfter, giveBack.Actor, now,
            giveBack.RequestKey);
    }

    private static Decision<TaskState> Report(TaskState state, TaskCommand.Report report, DateTimeOffset now)
    {
        if (WhyNotHolder(state, report.WorkerId, report.LeaseId, report.Token, now) is { } refusal) return Refuse(refusal);
        if (report.Status is not (TaskPhase.InProgress or TaskPhase.Blocked or TaskPhase.PrOpened or TaskPhase.Merged))
            return Refuse(Refusal.Invalid("status", $"A worker cannot report '{report.Status.Wire()}'."));
        if (report.Status is TaskPhase.Merged && state.Phase is TaskPhase.Merged) return Decision<TaskState>.Unchanged();
        if (report.Status is TaskPhase.Merged && !report.WorkersMayMerge)
        {
            return Refuse(Refusal.Forbidden(RefusalReason.NotAllowed, "In this repo a worker's word does not make a task merged.",
                "Leave the task at pr_opened; the maintainer or the repository's webhook confirms the merge."));
        }
        var artifact = state.Artifact.With(report.Artifact);
        if (state.Phase == report.Status) return Note(state, report, artifact, now);
        if (!TaskPhases.LegalSteps[state.Phase].Contains(report.Status)) return Refuse(WrongPhase(state, report.Status.Wire()));
        if (state.Phase is TaskPhase.PrOpened && report is { Status: TaskPhase.InProgress, HoldsArea: false })
            return Refuse(AreaNotHeld());
        return Move(state, report, artifact, now);
    }

    /// <summary>The same phase again: the same words are one effect, new ones a progress note.</summary>
    private static Decision<TaskState> Note(TaskState state, TaskCommand.Report report, Artifact artifact, DateTimeOffset now)
    {
        var message = report.Message ?? state.Message;
        if (message == state.Message && artifact == state.Artifact) return Decision<TaskState>.Unchanged();
        var next = state with { Message = message, Artifact = artifact };
        return Change(next, now, "task.noted", report.WorkerId, ("message", message), ("pr_url", artifact.PrUrl));
    }

    private static Decision<TaskState> Move(TaskState state, TaskCommand.Report report, Artifact artifact, DateTimeOffset now)
    {
        var next = state with { Phase = report.Status, Message = report.Message ?? state.Message, Artifact = artifact };
        if (report.Status is TaskPhase.PrOpened)
            next = Delivered(next, state, report.Message, now);
        else if (state.Phase is TaskPhase.PrOpened && report.Status is TaskPhase.InProgress)
            next = next with { Lease = Resumed(state, report.TtlSeconds, now) };
        var type = report.Status switch
        {
            TaskPhase.InProgress => "task.started",
            TaskPhase.Blocked => "task.blocked",
            TaskPhase.PrOpened => "task.pr_opened",
            _ => "task.merged",
        };
        return Change(next, now, type, report.WorkerId, ("phase_before", state.Phase.Wire()), ("message", report.Message),
            ("pr_url", artifact.PrUrl), ("fencing_token", Number(state.Token)), ("worker_id", state.WorkerId),
            ("on_time", OnTimeWord(next)));
    }

    /// <summary>The lease ends with its pull request. In time is what came before the lease's first end, renewals aside; changes that are
    /// asked for later do not make it late.</summary>
    private static TaskState Delivered(TaskState next, TaskState state, string? reason, DateTimeOffset now)
    {
        var lease = state.Lease!;
        return next with
        {
            Lease = null,
            History = WithAttempt(state, AttemptOutcome.PrOpened, reason, now),
            OnTime = state.OnTime ?? now < lease.GrantedAt.AddSeconds(lease.TtlSeconds),
        };
    }

    private static string? OnTimeWord(TaskState state) => state.OnTime switch
    {
        true => "true",
        false => "false",
        null => null,
    };

    /// <summary>Changes were requested: the holder goes on, under the same lease id and token, with a whole TTL again.</summary>
    private static Lease Resumed(TaskState state, int ttlSeconds, DateTimeOffset now) => new()
    {
        LeaseId = state.History.Count > 0 ? state.History[^1].LeaseId : "",
        GrantedAt = now,
        ExpiresAt = now.AddSeconds(ttlSeconds),
        TtlSeconds = ttlSeconds,
    };
}
