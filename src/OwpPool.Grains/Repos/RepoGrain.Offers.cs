using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains.Repos;

/// <summary>What becomes of offers. Making them is a claim like that of a lease; the budget and the area are held already.</summary>
public sealed partial class RepoGrain
{
    /// <inheritdoc />
    public async Task<Reply<LeaseView>> AcceptOfferAsync(string workerId, HeldLease offer)
    {
        EnsureKnown();
        if (poolBoard.State.IsPaused(clock.Now()))
            return Refusal.Conflict(RefusalReason.Paused, "The maintainers have paused the whole pool.", "Try again before the offer ends.");
        if (State.Settings.Paused)
            return Refusal.Conflict(RefusalReason.Paused, "The repo is paused and gives no new work.", "Try again before the offer ends.");
        var reply = await AskAsync(offer.TaskId, new TaskCommand.AcceptOffer(workerId, offer.LeaseId, LeaseTtlSeconds));
        if (reply.Refusal is not { } refusal) return LeaseView.From(reply.State);
        if (reply.State.Phase is TaskPhase.Offered) await ExpireAsync(offer.LeaseId, offer.TaskId);
        return refusal;
    }

    /// <inheritdoc />
    public async Task<Refusal?> RejectOfferAsync(string workerId, HeldLease offer, OfferRejection reason, string? note)
    {
        EnsureKnown();
        return (await AskAsync(offer.TaskId, new TaskCommand.RejectOffer(workerId, offer.LeaseId, reason, note))).Refusal;
    }
}
