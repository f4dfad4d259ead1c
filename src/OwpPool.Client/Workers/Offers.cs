namespace OwpPool.Client;

/// <summary>A task that is kept for the worker until it says yes or no.</summary>
public sealed record Offer
{
    /// <summary>Prefix <c>o_</c>.</summary>
    public required string OfferId { get; init; }

    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>Its repo.</summary>
    public required string Repo { get; init; }

    /// <summary>What to do, in one line.</summary>
    public required string Title { get; init; }

    /// <summary>What to do.</summary>
    public string? Description { get; init; }

    /// <summary>1..100.</summary>
    public int EstimatePoints { get; init; }

    /// <summary>What it takes.</summary>
    public IReadOnlyList<string> RequiredSkills { get => field ?? []; init; }

    /// <summary>The part of the repo; null = none.</summary>
    public string? Area { get; init; }

    /// <summary>From this instant on the offer is not open any more.</summary>
    public DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>An offer that is a lease now.</summary>
/// <param name="LeaseId">Prefix <c>l_</c>.</param>
/// <param name="LeaseExpiresAt">From this instant on it is over.</param>
/// <param name="Lease">With its task.</param>
public sealed record AcceptedOffer(string LeaseId, DateTimeOffset LeaseExpiresAt, LeaseView Lease);

/// <summary>A lease with its time renewed.</summary>
/// <param name="LeaseExpiresAt">From this instant on it is over.</param>
/// <param name="RemainingSeconds">Until then.</param>
public sealed record RenewedLease(DateTimeOffset LeaseExpiresAt, long RemainingSeconds);

internal sealed record OfferRequest(int? Max);

internal sealed record OfferList(IReadOnlyList<Offer> Offers);

internal sealed record OfferRejection(string Reason, string? Note);
