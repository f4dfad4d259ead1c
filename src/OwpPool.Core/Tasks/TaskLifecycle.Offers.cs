using System.Text.Json;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Tasks;

/// <summary>Offers: a task is shown to one worker, and reserved for it as by a lease, until the worker takes it or not.</summary>
public static partial class TaskLifecycle
{
    private static Decision<TaskState> Offer(TaskState state, TaskCommand.Offer offer, DateTimeOffset now)
    {
        if (IsOpenOffer(state, offer.WorkerId, offer.OfferId)) return Decision<TaskState>.Unchanged();
        if (offer.Token <= state.Token)
            return Refuse(Refusal.Conflict(RefusalReason.StaleToken, "A newer lease of this task was granted since."));
        if (WhyNotGiven(state, "offered", offer.ChosenBy) is { } refusal) return Refuse(refusal);
        var next = state with
        {
            Phase = TaskPhase.Offered,
            WorkerId = offer.WorkerId,
            Lease = Hold(offer.OfferId, offer.TtlSeconds, offer.RequestKey, now),
            Token = offer.Token,
        };
        return Change(next, now, "task.offered", offer.WorkerId, ("offer_id", offer.OfferId), ("fencing_token", Number(offer.Token)),
            ("expires_at", Instants.Text(next.Lease.ExpiresAt)), ("phase_before", state.Phase.Wire()));
    }

    private static Decision<TaskState> AcceptOffer(TaskState state, TaskCommand.AcceptOffer accept, DateTimeOffset now)
    {
        var leaseId = Ids.LeaseOf(accept.OfferId);
        if (state.Phase.IsLeased() && state.WorkerId == accept.WorkerId && state.Lease!.LeaseId == leaseId)
            return state.Lease.IsExpired(now) ? Refuse(LeaseExpired(state)) : Decision<TaskState>.Unchanged();
        if (!IsOpenOffer(state, accept.WorkerId, accept.OfferId) || state.Lease!.IsExpired(now)) return Refuse(OfferExpired());
        // The request that brought the offer has had its effect, also where the offer is a lease by now.
        return BeginLease(state, Hold(leaseId, accept.TtlSeconds, state.Lease.RequestKey, now), now, accept.OfferId);
    }

    private static Decision<TaskState> RejectOffer(TaskState state, TaskCommand.RejectOffer reject, DateTimeOffset now)
    {
        if (!IsOpenOffer(state, reject.WorkerId, reject.OfferId)) return Refuse(OfferExpired());
        return EndOffer(state, "task.offer_rejected", reject.WorkerId, now,
            ("reason", JsonNamingPolicy.SnakeCaseLower.ConvertName(reject.Reason.ToString())), ("note", reject.Note));
    }

    /// <summary>Back to where it stood, as if it had not been offered; its token stays spent.</summary>
    private static Decision<TaskState> EndOffer(
        TaskState state, string type, string actor, DateTimeOffset now, params ReadOnlySpan<(string Key, string? Value)> details)
    {
        var next = state with
        {
            Phase = TaskPhase.Ready,
            WorkerId = null,
            Lease = null,
            EligibleAt = state.EligibleAt > now ? state.EligibleAt : null,
        };
        return Change(next, now, type, actor,
            [("worker_id", state.WorkerId), ("offer_id", state.Lease!.LeaseId), ("phase_before", state.Phase.Wire()), .. details]);
    }

    private static bool IsOpenOffer(TaskState state, string workerId, string offerId) =>
        state.Phase is TaskPhase.Offered && state.WorkerId == workerId && state.Lease!.LeaseId == offerId;

    private static Refusal OfferExpired() => Refusal.Conflict(RefusalReason.OfferExpired, "This offer is not open any more.",
        "Ask for offers again.");
}
