using Orleans;

namespace OwpPool.Core.Tasks;

/// <summary>The last review of a task that has left its worker's hands: the pull request may still be merged, or opened again.</summary>
[GenerateSerializer, Immutable, Alias("owp.former-review")]
public sealed record FormerReview
{
    /// <summary>Whose work it is.</summary>
    [Id(0)] public required string WorkerId { get; init; }

    /// <summary>What the work had produced.</summary>
    [Id(1)] public Artifact Artifact { get; init; } = new();

    /// <summary>Whether it was under review before its lease's first end.</summary>
    [Id(2)] public bool? OnTime { get; init; }

    /// <summary>Who had seen the pull request besides its worker: <c>maintainer</c> or <c>github</c>; null = nobody.</summary>
    [Id(3)] public string? ReviewConfirmedBy { get; init; }

    /// <summary>It ended with a rejection, which the worker's reputation counts.</summary>
    [Id(4)] public bool IsRejected { get; init; }
}
