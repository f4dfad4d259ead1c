using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>Work that a worker looks at before it takes it.</summary>
public sealed partial class PoolClient
{
    /// <summary>Asks for offers.</summary>
    /// <param name="max">At most this many new ones, 1..20; null = as many as fit.</param>
    /// <param name="ct">Cancels the request; tasks may be kept for the worker all the same, until their offers end.</param>
    /// <returns>All open offers, old and new; the first to end comes first.</returns>
    public async Task<IReadOnlyList<Offer>> RequestOffersAsync(int? max = null, CancellationToken ct = default) => (await PostAsync(
        "v1/work/offers", Caller.Worker, new OfferRequest(max), PoolJson.Default.OfferRequest, PoolJson.Default.OfferList, null, ct)
        .ConfigureAwait(false)).Offers;

    /// <summary>Takes an offer: it becomes a lease.</summary>
    public Task<AcceptedOffer> AcceptOfferAsync(string offerId, CancellationToken ct = default) => PostAsync(
        OfferPath(offerId, "accept"), Caller.Worker, new EmptyRequest(), PoolJson.Default.EmptyRequest, PoolJson.Default.AcceptedOffer,
        null, ct);

    /// <summary>Rejects an offer: the task waits for another worker, and is not given to this one for a while.</summary>
    /// <param name="offerId">The offer.</param>
    /// <param name="reason">insufficient_time, unclear_requirements, skill_mismatch or other.</param>
    /// <param name="note">Up to 500 characters; maintainers read it.</param>
    /// <param name="ct">Cancels the request; it may have arrived all the same.</param>
    public Task RejectOfferAsync(string offerId, string reason, string? note = null, CancellationToken ct = default) => PostAsync(
        OfferPath(offerId, "reject"), Caller.Worker, new OfferRejection(reason, note), PoolJson.Default.OfferRejection,
        PoolJson.Default.OkReply, null, ct);

    /// <summary>Gives a lease its whole length again, as far as the longest life of a lease allows.</summary>
    public Task<RenewedLease> RenewLeaseAsync(string leaseId, CancellationToken ct = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(leaseId);
        return PostAsync($"v1/leases/{Uri.EscapeDataString(leaseId)}/renew", Caller.Worker, new EmptyRequest(),
            PoolJson.Default.EmptyRequest, PoolJson.Default.RenewedLease, null, ct);
    }

    private static string OfferPath(string offerId, string verb)
    {
        ArgumentException.ThrowIfNullOrEmpty(offerId);
        return $"v1/work/offers/{Uri.EscapeDataString(offerId)}/{verb}";
    }
}
