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
    public IReadOnlyList<string> RequiredSkills { get; init; } = [];

    /// <summary>The part of the repo; null = none.</summary>
    public string? Area { get; init; }

    /// <summary>From this instant on the offer is not open any more.</summary>
    public DateTimeOffset ExpiresAt { get; init; }
}
