using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OwpPool.Core.Tasks;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Workers;

/// <summary>A request for offers; the body may be left out.</summary>
public sealed record OfferRequest
{
    /// <summary>New offers at most; the worker's own limits hold besides.</summary>
    [Range(1, WorkerEndpoints.MaxNewLeases), DefaultValue(WorkerEndpoints.MaxNewLeases)]
    public int Max { get; init; } = WorkerEndpoints.MaxNewLeases;

    internal static OfferRequest Read(JsonFields body) => new()
    {
        Max = body.Integer("max", 1, WorkerEndpoints.MaxNewLeases) ?? WorkerEndpoints.MaxNewLeases,
    };
}

/// <summary>What the worker is offered.</summary>
public sealed record OffersResponse
{
    /// <summary>All open offers, old and new; the first to end comes first.</summary>
    public required IReadOnlyList<OfferWire> Offers { get; init; }
}

/// <summary>A task that is kept for the worker until it says yes or no.</summary>
public sealed record OfferWire
{
    /// <summary>Names it when it is accepted or rejected.</summary>
    public required string OfferId { get; init; }

    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>Its repo.</summary>
    public required string Repo { get; init; }

    /// <summary>What to do, in one line.</summary>
    public required string Title { get; init; }

    /// <summary>What to do.</summary>
    public required string Description { get; init; }

    /// <summary>How much it weighs against the worker's capacity.</summary>
    public required int EstimatePoints { get; init; }

    /// <summary>What it asks for.</summary>
    public required IReadOnlyList<string> RequiredSkills { get; init; }

    /// <summary>Part of the repo that it locks; null = none.</summary>
    public required string? Area { get; init; }

    /// <summary>From this instant on the offer is not open any more.</summary>
    public required DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>The offer is a lease now.</summary>
public sealed record AcceptOfferResponse
{
    /// <summary>The lease.</summary>
    public required string LeaseId { get; init; }

    /// <summary>From this instant on the lease is over.</summary>
    public required DateTimeOffset LeaseExpiresAt { get; init; }

    /// <summary>The lease with its task.</summary>
    public required LeaseViewWire Lease { get; init; }
}

/// <summary>Why an offer is not wanted; the body may be left out.</summary>
public sealed record RejectOfferRequest
{
    /// <summary>insufficient_time, unclear_requirements, skill_mismatch or other.</summary>
    [OneOf(nameof(WordLists.OfferRejection)), DefaultValue("other")]
    public string Reason { get; init; } = "other";

    /// <summary>In the worker's own words; maintainers read it.</summary>
    [StringLength(500)]
    public string? Note { get; init; }

    internal OfferRejection ToReason() => EnumWords<OfferRejection>.ByWord[Reason];

    internal static RejectOfferRequest Read(JsonFields body) => new()
    {
        Reason = EnumWords<OfferRejection>.Of(body.Choice("reason", EnumWords<OfferRejection>.ByWord) ?? OfferRejection.Other),
        Note = body.FreeText("note", 500),
    };
}

/// <summary>It was done.</summary>
public sealed record RejectOfferResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;
}
