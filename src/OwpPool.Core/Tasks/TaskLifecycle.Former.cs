using OwpPool.Core.Shared;

namespace OwpPool.Core.Tasks;

/// <summary>What becomes of a pull request whose task has left its worker's hands, and of what GitHub said when it could not be done.</summary>
public static partial class TaskLifecycle
{
    private static Decision<TaskState> ReviewFormer(TaskState state, TaskCommand.Review review, DateTimeOffset now)
    {
        var worker = review.WorkerId!;
        // It has the task again: then this is about the holder.
        if (state.WorkerId == worker) return Refuse(LeaseLost());
        if (state.Phase is TaskPhase.Merged or TaskPhase.Cancelled) return Refuse(WrongPhase(state, TaskPhase.PrOpened.Wire()));
        if (review.Move is ReviewMove.Rejected or ReviewMove.Disowned) return Withdraw(state, review, worker, now);
        if (state.Phase is not TaskPhase.Ready || review.MustWait) return Await(state, review, worker, now);
        var former = state.Former is { } known && known.WorkerId == worker ? known : new FormerReview { WorkerId = worker };
        return review.Move is ReviewMove.Merged ? MergeFormer(state, former, review, now) : Return(state, former, review, now);
    }

    /// <summary>The pull request was closed, or its lease had ended, and it is merged after all: the credit is its worker's.</summary>
    private static Decision<TaskState> MergeFormer(TaskState state, FormerReview former, TaskCommand.Review review, DateTimeOffset now)
    {
        var next = Reinstated(state, former, review) with { Phase = TaskPhase.Merged, ConfirmedBy = Confirmer(review.Actor) };
        return Reviewed(state with { WorkerId = former.WorkerId }, next, review, "task.merged", now, former.IsRejected);
    }

    /// <summary>Under review again, in the hands of the worker whose pull request it is. The repo has found room for it.</summary>
    private static Decision<TaskState> Return(TaskState state, FormerReview former, TaskCommand.Review review, DateTimeOffset now)
    {
        if (LatestOf(state, former.WorkerId) is not { } last) return Refuse(WrongPhase(state, TaskPhase.PrOpened.Wire()));
        if (!review.HoldsArea) return Refuse(AreaNotHeld());
        var next = Reinstated(state, former, review) with
        {
            Phase = TaskPhase.PrOpened,
            // Whoever had it in between must not share a token with it.
            Token = last.Token == state.Token ? state.Token : state.Token + 1,
            GrantedAt = state.History.First(past => past.LeaseId == last.LeaseId).GrantedAt,
            Message = null,
            // That work is to go on is still to be done.
            Wish = state.Wish is { Move: ReviewMove.ChangesRequested } wish && wish.WorkerId == former.WorkerId ? wish : null,
        };
        return Reviewed(state with { WorkerId = former.WorkerId }, next, review, "task.pr_opened", now, former.IsRejected);
    }

    private static TaskState Reinstated(TaskState state, FormerReview former, TaskCommand.Review review) => state with
    {
        WorkerId = former.WorkerId,
        Artifact = former.Artifact.With(review.Artifact),
        OnTime = former.OnTime,
        ReviewConfirmedBy = Confirmer(review.Actor),
        EligibleAt = null,
        Former = null,
    };

    private static Decision<TaskState> Await(TaskState state, TaskCommand.Review review, string worker, DateTimeOffset now)
    {
        var wish = new ReviewWish
        {
            Move = review.Move,
            WorkerId = worker,
            Artifact = review.Artifact,
            Reason = review.Reason,
            Actor = review.Actor,
        };
        return state.Wish == wish
            ? Decision<TaskState>.Unchanged()
            : Change(state with { Wish = wish }, now, "task.review_deferred", review.Actor, ("move", MoveWord(review.Move)),
                ("worker_id", worker), ("pr_url", review.Artifact.PrUrl), ("reason", review.Reason));
    }

    private static Decision<TaskState> Withdraw(TaskState state, TaskCommand.Review review, string worker, DateTimeOffset now) =>
        state.Wish is { } wish && wish.WorkerId == worker
            ? Change(state with { Wish = null }, now, "task.review_withdrawn", review.Actor, ("move", MoveWord(wish.Move)),
                ("worker_id", worker), ("pr_url", wish.Artifact.PrUrl), ("reason", review.Reason))
            : Decision<TaskState>.Unchanged();

    private static string MoveWord(ReviewMove move) => move switch
    {
        ReviewMove.Merged => TaskPhase.Merged.Wire(),
        ReviewMove.ChangesRequested => TaskPhase.InProgress.Wire(),
        _ => TaskPhase.PrOpened.Wire(),
    };

    /// <summary>What is kept of a task's review when it leaves its worker's hands; that of an earlier one where this had none.</summary>
    private static FormerReview? FormerOf(TaskState state, bool isRejected)
    {
        var wasReviewed = state.Phase is TaskPhase.PrOpened || state.IsMergedUnconfirmed || state.Lease?.ResumedAt is not null;
        if (!wasReviewed || state.WorkerId is not { } worker) return state.Former;
        return new FormerReview
        {
            WorkerId = worker,
            Artifact = state.Artifact,
            OnTime = state.OnTime,
            ReviewConfirmedBy = state.ReviewConfirmedBy,
            IsRejected = isRejected,
        };
    }

    private static Attempt? LatestOf(TaskState state, string? workerId) => state.History.LastOrDefault(past => past.WorkerId == workerId);
}
