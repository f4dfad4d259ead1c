using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Tasks;

/// <summary>What review makes of a task: GitHub's word, or a maintainer's.</summary>
public static partial class TaskLifecycle
{
    private static Decision<TaskState> Review(TaskState state, TaskCommand.Review review, DateTimeOffset now)
    {
        if (review.Move is ReviewMove.Ignored) return Ignore(state, review, now);
        if (review is { IsFormer: true, WorkerId: not null }) return ReviewFormer(state, review, now);
        if (review.WorkerId is { } holder && state.WorkerId != holder) return Refuse(LeaseLost());
        if (review.Move is not ReviewMove.Opened && IsAnother(state.Artifact.PrUrl, review.Artifact.PrUrl))
            return Refuse(Refusal.Conflict(RefusalReason.AlreadyExists, "The task has another pull request."));
        return review.Move switch
        {
            ReviewMove.Opened => Open(state, review, now),
            ReviewMove.ChangesRequested => RequestChanges(state, review, now),
            ReviewMove.Merged => Merge(state, review, now),
            ReviewMove.Disowned => Disown(state, review, now),
            _ => Reject(state, review, now),
        };
    }

    private static Decision<TaskState> Open(TaskState state, TaskCommand.Review review, DateTimeOffset now)
    {
        // A claim yields to what is shown.
        if (state.Phase is TaskPhase.PrOpened && (state.ReviewConfirmedBy is null || !IsAnother(state.Artifact.PrUrl, review.Artifact.PrUrl)))
        {
            return state.ReviewConfirmedBy is not null
                // Review is asked for again before work went on: what was to wait for it is over.
                ? Withdraw(state, review, state.WorkerId!, now)
                : Reviewed(state, WithArtifact(state, review.Artifact) with { ReviewConfirmedBy = Confirmer(review.Actor) }, review, "task.review_confirmed", now);
        }
        if (!state.Phase.IsLeased()) return Refuse(WrongPhase(state, TaskPhase.PrOpened.Wire()));
        if (state.Lease!.IsExpired(now)) return Refuse(LeaseExpired(state));
        var next = WithArtifact(state, review.Artifact) with { Phase = TaskPhase.PrOpened, ReviewConfirmedBy = Confirmer(review.Actor) };
        return Reviewed(state, Delivered(next, state, review.Reason, now), review, "task.pr_opened", now);
    }

    private static Decision<TaskState> RequestChanges(TaskState state, TaskCommand.Review review, DateTimeOffset now)
    {
        if (state.Phase.IsLeased()) return Decision<TaskState>.Unchanged();
        if (state.Phase is not TaskPhase.PrOpened) return Refuse(WrongPhase(state, TaskPhase.InProgress.Wire()));
        if (review.MustWait) return Await(state with { ReviewConfirmedBy = Confirmer(review.Actor) }, review, state.WorkerId!, now);
        if (!review.HoldsArea) return Refuse(AreaNotHeld());
        var next = state with { Phase = TaskPhase.InProgress, Lease = Resumed(state, review.TtlSeconds, now), ReviewConfirmedBy = Confirmer(review.Actor) };
        return Reviewed(state, next, review, "task.changes_requested", now);
    }

    private static Decision<TaskState> Merge(TaskState state, TaskCommand.Review review, DateTimeOffset now)
    {
        if (state.Phase is TaskPhase.Merged)
        {
            if (state.ConfirmedBy is not null) return Decision<TaskState>.Unchanged();
            // The worker said so before; now it counts.
            return Reviewed(state, state with { ConfirmedBy = Confirmer(review.Actor) }, review, "task.merge_confirmed", now);
        }
        // GitHub's word is held against that worker first, and then says so.
        if (state is { Phase: TaskPhase.Ready, Former: { } former } && Actors.IsAdmin(review.Actor)) return MergeFormer(state, former, review, now);
        if (state.Phase is not TaskPhase.PrOpened) return Refuse(WrongPhase(state, TaskPhase.Merged.Wire()));
        var next = state with
        {
            Phase = TaskPhase.Merged,
            Artifact = state.Artifact.With(review.Artifact),
            ConfirmedBy = Confirmer(review.Actor),
        };
        return Reviewed(state, next, review, "task.merged", now);
    }

    private static Decision<TaskState> Reject(TaskState state, TaskCommand.Review review, DateTimeOffset now)
    {
        // Sent back to its worker, it is still the pull request that was under review; who names none means the phase.
        var isSentBack = state.Lease?.ResumedAt is not null && review.Artifact.PrUrl is not null;
        if (state.Phase is not TaskPhase.PrOpened && !state.IsMergedUnconfirmed && !isSentBack)
            return Refuse(WrongPhase(state, TaskPhase.Ready.Wire()));
        if (state.Lease?.IsExpired(now) is true) return Refuse(LeaseExpired(state));
        var last = LatestOf(state, state.WorkerId);
        var next = state with
        {
            Phase = TaskPhase.Ready,
            WorkerId = null,
            Lease = null,
            EligibleAt = null,
            History = state.Lease is not null ? WithAttempt(state, AttemptOutcome.Rejected, review.Reason, now) : [.. state.History
                .Select(past => past == last ? past with { Outcome = AttemptOutcome.Rejected, Reason = review.Reason } : past)],
            Former = FormerOf(state, isRejected: true),
            Wish = state.Wish?.WorkerId == state.WorkerId ? null : state.Wish,
        };
        return Reviewed(state, next, review, "task.rejected", now);
    }

    private static Decision<TaskState> Disown(TaskState state, TaskCommand.Review review, DateTimeOffset now)
    {
        var isClaim = state is { Phase: TaskPhase.PrOpened, ReviewConfirmedBy: null } || state.IsMergedUnconfirmed;
        if (!isClaim || state.Artifact.PrUrl is null) return Decision<TaskState>.Unchanged();
        return Reject(state, review, now) is { Next: { } next }
            ? Decision<TaskState>.Change(next with { Artifact = next.Artifact with { PrUrl = null }, Former = state.Former })
            : Decision<TaskState>.Unchanged();
    }

    private static Decision<TaskState> EndReview(TaskState state, DateTimeOffset now)
    {
        if (state.ReviewUntil is not { } until || now < until) return Decision<TaskState>.Unchanged();
        var reason = $"Nobody but its worker had seen the pull request by {Instants.Text(until)}.";
        return Reject(state, new TaskCommand.Review(Actors.System, ReviewMove.Rejected, state.WorkerId, new Artifact(), reason,
            TtlSeconds: 0, HoldsArea: false), now);
    }

    private static Decision<TaskState> Ignore(TaskState state, TaskCommand.Review review, DateTimeOffset now)
    {
        var decision = Change(state, now, "task.pull_request_ignored", review.Actor, ("pr_url", review.Artifact.PrUrl),
            ("reason", review.Reason));
        // Said again at once it is no news; pull requests are edited often.
        return state.Events is [var last] && decision.Next!.Events is [var again] && last.Type == again.Type
            && last.Details.SequenceEqual(again.Details)
            ? Decision<TaskState>.Unchanged()
            : decision;
    }

    private static Decision<TaskState> Reviewed(TaskState state, TaskState next, TaskCommand.Review review, string type,
        DateTimeOffset now, bool undoesRejection = false) =>
        Change(next, now, type, review.Actor, ("phase_before", next.Phase == state.Phase ? null : state.Phase.Wire()),
            ("worker_id", state.WorkerId), ("pr_url", next.Artifact.PrUrl), ("reason", review.Reason),
            ("confirmed_by", next.ConfirmedBy), ("review_confirmed_by", next.ReviewConfirmedBy), ("rating", review.Rating is { } rating ? Number(rating) : null),
             ("on_time", OnTimeWord(next)), ("fencing_token", Number(next.Token)), ("undoes_rejection", undoesRejection ? "true" : null));

    /// <summary>A merge counts by whose word it is, not by which token said it.</summary>
    private static string Confirmer(string actor) => Actors.IsAdmin(actor) ? "maintainer" : actor;

    private static bool IsAnother(string? known, string? named) =>
        known is not null && named is not null && PullRequestUrl.KeyOf(known) != PullRequestUrl.KeyOf(named);

    private static Refusal AreaNotHeld() =>
        Refusal.Conflict(RefusalReason.AreaLocked, "The area must be held again before work goes on after review.");
}
