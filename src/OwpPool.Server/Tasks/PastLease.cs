using System.Text.Json.Serialization;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Tasks;

/// <summary>A lease of the past.</summary>
public sealed record PastLease
{
    /// <summary>Who held it.</summary>
    public required string WorkerId { get; init; }

    /// <summary>What that worker calls itself; left out where it may not be told.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WorkerName { get; init; }

    /// <summary>Its id.</summary>
    public required string LeaseId { get; init; }

    /// <summary>Its number.</summary>
    public required long FencingToken { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset GrantedAt { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset EndedAt { get; init; }

    /// <summary>How it ended.</summary>
    [OneOf(nameof(WordLists.LeaseOutcome))]
    public required string Outcome { get; init; }

    /// <summary>Whether it counts as a failed attempt.</summary>
    public required bool Counted { get; init; }

    /// <summary>The holder's, the pool's or the maintainer's words.</summary>
    public required string? Reason { get; init; }

    /// <summary>The trust of that worker as it stands now, told to workers that read what others said; null = not told.</summary>
    [OneOf(nameof(WordLists.TrustTier))]
    public required string? TrustTier { get; init; }
}
