using OwpPool.Core.GitHub;

namespace OwpPool.Storage.GitHub;

/// <summary>A delivery of GitHub's webhook that waits for its effect.</summary>
/// <param name="Id">Its number in the inbox, by arrival.</param>
/// <param name="DeliveryId">GitHub's own id of it.</param>
/// <param name="Tries">How often it was tried in vain.</param>
/// <param name="Signal">What it says; null = what is stored cannot be read.</param>
/// <param name="ReceivedAt">When it came first.</param>
public sealed record GitHubDelivery(long Id, string DeliveryId, int Tries, GitHubSignal? Signal, DateTimeOffset ReceivedAt);

/// <summary>A delivery with what came of it.</summary>
public sealed record GitHubDeliveryRecord
{
    /// <summary>Its number in the inbox, by arrival.</summary>
    public required long Id { get; init; }

    /// <summary>GitHub's own id of it.</summary>
    public required string DeliveryId { get; init; }

    /// <summary>GitHub's word for what happened.</summary>
    public required string Event { get; init; }

    /// <summary>When it came first.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>pending, done or failed.</summary>
    public required string State { get; init; }

    /// <summary>When it is tried next; null = not any more.</summary>
    public required DateTimeOffset? DueAt { get; init; }

    /// <summary>How often it was tried in vain.</summary>
    public required int Tries { get; init; }

    /// <summary>What came of it, or why nothing did; null = not tried yet, or nothing to try.</summary>
    public required string? Outcome { get; init; }

    /// <summary>What it says; null = nothing to the pool.</summary>
    public required GitHubSignal? Signal { get; init; }
}
