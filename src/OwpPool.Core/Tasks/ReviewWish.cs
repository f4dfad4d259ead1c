using Orleans;

namespace OwpPool.Core.Tasks;

/// <summary>What GitHub said of a task's pull request and could not be done at once: its worker had no room, the area or the review budget
/// was taken, or another worker has the task. It is done as soon as it can be.</summary>
[GenerateSerializer, Immutable, Alias("owp.review-wish")]
public sealed record ReviewWish
{
    /// <summary>Opened: back under review. ChangesRequested: back to work. Merged: merged, when nobody else has the task any more.</summary>
    [Id(0)] public required ReviewMove Move { get; init; }

    /// <summary>Whose pull request it is.</summary>
    [Id(1)] public required string WorkerId { get; init; }

    /// <summary>The pull request and its head.</summary>
    [Id(2)] public Artifact Artifact { get; init; } = new();

    /// <summary>Why, where there is a reason.</summary>
    [Id(3)] public string? Reason { get; init; }

    /// <summary>Who said it.</summary>
    [Id(4)] public required string Actor { get; init; }
}
