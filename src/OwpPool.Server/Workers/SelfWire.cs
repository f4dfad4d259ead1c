using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Workers;

/// <summary>A request that says nothing beyond its path; the body may be left out.</summary>
public sealed record EmptyRequest
{
    internal static EmptyRequest Read(JsonFields body) => new();
}

/// <summary>The lease was renewed.</summary>
public sealed record RenewResponse
{
    /// <summary>From this instant on the lease is over.</summary>
    public required DateTimeOffset LeaseExpiresAt { get; init; }

    /// <summary>Whole seconds until then.</summary>
    public required long RemainingSeconds { get; init; }
}

/// <summary>The new token.</summary>
public sealed record RotateResponse
{
    /// <summary>The worker.</summary>
    public required string WorkerId { get; init; }

    /// <summary>Its token from now on: shown only once, and kept nowhere.</summary>
    public required string Token { get; init; }

    /// <summary>How long the old token is still good.</summary>
    public required int OldTokenSeconds { get; init; }
}

/// <summary>A worker as the pool knows it.</summary>
public sealed record WorkerSelfResponse
{
    /// <summary>Its id.</summary>
    public required string WorkerId { get; init; }

    /// <summary>As it named itself.</summary>
    public required string Name { get; init; }

    /// <summary>Its account on GitHub; null = none was told.</summary>
    public required string? GithubHandle { get; init; }

    /// <summary>What it can do.</summary>
    public required IReadOnlyList<string> Skills { get; init; }

    /// <summary>Sum of points that it works on at once.</summary>
    public required int CapacityPoints { get; init; }

    /// <summary>Number of tasks that it works on at once.</summary>
    public required int MaxConcurrentTasks { get; init; }

    /// <summary>idle, working, paused or offline.</summary>
    [OneOf(nameof(WordLists.WorkerStatus))]
    public required string Status { get; init; }

    /// <summary>A maintainer allows it no new work.</summary>
    public required bool PausedByAdmin { get; init; }

    /// <summary>untrusted, basic, trusted or maintainer.</summary>
    [OneOf(nameof(WordLists.TrustTier))]
    public required string TrustTier { get; init; }

    /// <summary>0 to 100; 50 without history.</summary>
    public required double ReputationScore { get; init; }

    /// <summary>When it registered.</summary>
    public required DateTimeOffset RegisteredAt { get; init; }

    /// <summary>What it holds, in numbers.</summary>
    public required LoadWire Load { get; init; }

    /// <summary>What it holds.</summary>
    public required IReadOnlyList<LeaseViewWire> Leases { get; init; }

    /// <summary>What it is offered.</summary>
    public required IReadOnlyList<OfferWire> Offers { get; init; }
}

/// <summary>How much of a worker's capacity is taken.</summary>
public sealed record LoadWire
{
    /// <summary>Points of the tasks that it holds or is offered.</summary>
    public required int Points { get; init; }

    /// <summary>Tasks that it holds or is offered.</summary>
    public required int Tasks { get; init; }
}
