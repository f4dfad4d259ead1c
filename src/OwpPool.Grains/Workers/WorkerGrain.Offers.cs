using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Grains.Workers;

/// <summary>Work that the worker looks at before it takes it.</summary>
public sealed partial class WorkerGrain
{
    /// <inheritdoc />
    public async Task<Reply<OfferReply>> OfferAsync(RequestOffers command)
    {
        if (await SeenAsync(command.TokenHash, null, null) is { } refusal) return refusal;
        if (_events.WhyNot() is { } spent) return spent;
        await CheckLeasesAsync(renew: false);
        try
        {
            await ClaimFromReposAsync(new ClaimWork(command.TokenHash, command.Max, [], [], command.RequestKey), asOffers: true);
        }
        catch
        {
            // An offer may have been made whose answer is lost: what is offered must be read again.
            Abandon();
            throw;
        }
        return new OfferReply(_held.Offers);
    }

    /// <inheritdoc />
    public async Task<Reply<LeaseView>> AcceptOfferAsync(string tokenHash, string offerId)
    {
        if (await SeenAsync(tokenHash, null, null) is { } refusal) return refusal;
        await CheckLeasesAsync(renew: false);
        if (_held.Leases.FirstOrDefault(lease => lease.LeaseId == Ids.LeaseOf(offerId)) is { } taken) return taken;
        if (FindOffer(offerId) is not { } offer) return UnknownOffer();
        if (!Capability.Available)
            return Refusal.Conflict(RefusalReason.Paused, "You are paused and get no new work.", "Send a heartbeat as idle or working first.");
        try
        {
            var reply = await GrainFactory.GetRepo(offer.Repo).AcceptOfferAsync(State.WorkerId, new HeldLease(offer.TaskId, offerId));
            _events.Spend();
            if (reply.Value is { } lease) _held.Add(lease);
            else if (reply.Refusal!.Reason is RefusalReason.OfferExpired) _held.Drop(offer.TaskId);
            return reply;
        }
        catch
        {
            // The offer may be a lease by now: what is held must be read again.
            Abandon();
            throw;
        }
    }

    /// <inheritdoc />
    public async Task<Refusal?> RejectOfferAsync(string tokenHash, string offerId, OfferRejection reason, string? note)
    {
        if (await SeenAsync(tokenHash, null, null) is { } refusal) return refusal;
        if (FindOffer(offerId) is not { } offer)
            return State.Rejections.Any(rejection => rejection.OfferId == offerId) ? null : UnknownOffer();
        if (_events.WhyNot() is { } spent) return spent;
        _events.Spend();
        // First the memory of it, then the task: it must not come back to this worker in between.
        var rejection = WorkerLifecycle.Reject(State, offer.TaskId, offerId, offerOptions.Value.ToRules(), clock.Now());
        if (await ChangeAsync(rejection) is { } tooMany) return tooMany;
        var gone = await GrainFactory.GetRepo(offer.Repo).RejectOfferAsync(State.WorkerId, new HeldLease(offer.TaskId, offerId), reason, note);
        if (gone is null or { Reason: RefusalReason.OfferExpired }) _held.Drop(offer.TaskId);
        return gone;
    }

    private LeaseView? FindOffer(string offerId) => _held.Offers.FirstOrDefault(offer => offer.LeaseId == offerId);

    private static Refusal UnknownOffer() => Refusal.NotFound("offer") with { Suggestion = "Ask for offers again; old ones end by themselves." };
}
