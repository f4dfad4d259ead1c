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
        if (report is { Status: TaskPhase.Merged, WorkersMayMerge: false, IsNoClaim: true })
            return Refuse(Refusal.Forbidden(RefusalReason.NotAllowed, "In this repo a worker's word does not make a task merged."));
        var reported = WithArtifact(state, report.Artifact) with { Message = report.Message ?? state.Message };
        if (state.Phase == report.Status) return Note(state, reported, report, now);
        if (!TaskPhases.LegalSteps[state.Phase].Contains(report.Status)) return Refuse(WrongPhase(state, report.Status.Wire()));
        if (report.Status is TaskPhase.Merged && !report.WorkersMayMerge) return ClaimMerge(state, reported, report, now);
        return state.Phase is TaskPhase.PrOpened && report.Status is TaskPhase.InProgress
            ? GoOn(state, reported, report, now)
            : Move(state, reported, report, now);
    }

    /// <summary>Another pull request than before is one that nobody has seen.</summary>
    private static TaskState WithArtifact(TaskState state, Artifact later) => state with
    {
        Artifact = state.Artifact.With(later),
        ReviewConfirmedBy = IsAnother(state.Artifact.PrUrl, later.PrUrl) ? null : state.ReviewConfirmedBy,
        Wish = IsAnother(state.Artifact.PrUrl, later.PrUrl) && state.Wish?.WorkerId == state.WorkerId ? null : state.Wish,
    };

    /// <summary>Where a worker's word does not make a task merged, it is a claim: the task stays where it is until somebody confirms it.
    /// </summary>
    private static Decision<TaskState> ClaimMerge(TaskState state, TaskState reported, TaskCommand.Report report, DateTimeOffset now)
    {
        var next = reported with { MergeReportedAt = state.MergeReportedAt ?? now };
        return next == state
            ? Decision<TaskState>.Unchanged()
            : Change(Dated(next, report, now), now, "task.merge_reported", report.WorkerId, ("message", report.Message),
                ("pr_url", next.Artifact.PrUrl), ("worker_id", state.WorkerId));
    }

    /// <summary>By its own word a worker goes on after review for as long as it could have worked on without (rule 6).</summary>
    private static Decision<TaskState> GoOn(TaskState state, TaskState reported, TaskCommand.Report report, DateTimeOffset now)
    {
        if (!report.HoldsArea) return Refuse(AreaNotHeld());
        var lease = Resumed(state, report.TtlSeconds, now);
        if (report.LifetimeSeconds is { } lifetime && lease.GrantedAt.AddSeconds(lifetime) is var end && end < lease.ExpiresAt)
        {
            if (end <= now)
            {
                return Refuse(Refusal.Conflict(RefusalReason.LeaseExpired, $"The lifetime of the lease ended at {Instants.Text(end)}.",
                    "Leave the pull request to its review; when changes are requested, the work goes on under a new end."));
            }
            lease = lease with { ExpiresAt = end };
        }
        return Move(state, reported with { Lease = lease }, report, now);
    }

    /// <summary>A review that nobody else has seen gets its end.</summary>
    private static TaskState Dated(TaskState next, TaskCommand.Report report, DateTimeOffset now) =>
        next is { Phase: TaskPhase.PrOpened, ReviewConfirmedBy: null, ReviewUntil: null } && report.ReviewSeconds is { } seconds
            ? next with { ReviewUntil = now.AddSeconds(seconds) }
            : next;

    /// <summary>The same phase again: the same words are one effect, new ones a progress note.</summary>
    private static Decision<TaskState> Note(TaskState state, TaskState reported, TaskCommand.Report report, DateTimeOffset now) =>
        reported == state
            ? Decision<TaskState>.Unchanged()
            : Change(Dated(reported, report, now), now, "task.noted", report.WorkerId, ("message", reported.Message),
                ("pr_url", reported.Artifact.PrUrl));

    private static Decision<TaskState> Move(TaskState state, TaskState reported, TaskCommand.Report report, DateTimeOffset now)
    {
        var next = reported with { Phase = report.Status };
        if (report.Status is TaskPhase.PrOpened) next = Dated(Delivered(next, state, report.Message, now), report, now);
        var type = report.Status switch
        {
            TaskPhase.InProgress => "task.started",
            TaskPhase.Blocked => "task.blocked",
            TaskPhase.PrOpened => "task.pr_opened",
            _ => "task.merged",
        };
        return Change(next, now, type, report.WorkerId, ("phase_before", state.Phase.Wire()), ("message", report.Message),
            ("pr_url", next.Artifact.PrUrl), ("fencing_token", Number(state.Token)), ("worker_id", state.WorkerId),
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

    /// <summary>The holder goes on after review, under the same lease id and token, with a whole TTL again. Its lifetime is that of the
    /// grant.</summary>
    private static Lease Resumed(TaskState state, int ttlSeconds, DateTimeOffset now)
    {
        var last = LatestOf(state, state.WorkerId);
        return new Lease
        {
            LeaseId = last?.LeaseId ?? "",
            GrantedAt = state.GrantedAt ?? last?.GrantedAt ?? now,
            ResumedAt = now,
            ExpiresAt = now.AddSeconds(ttlSeconds),
            TtlSeconds = ttlSeconds,
        };
    }
}
