using OwpPool.Core.GitHub;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub;

/// <summary>A delivery was taken.</summary>
public sealed record DeliveryResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>GitHub's id of the delivery.</summary>
    public required string DeliveryId { get; init; }

    /// <summary>stored: it is durable and its effect follows; duplicate: it came before; ignored: it says nothing to the pool.</summary>
    [OneOf(nameof(WordLists.DeliveryResult))]
    public required string Result { get; init; }
}

/// <summary>A delivery with what came of it.</summary>
public sealed record DeliveryItem
{
    /// <summary>GitHub's id of it.</summary>
    public required string DeliveryId { get; init; }

    /// <summary>GitHub's name of the event.</summary>
    public required string Event { get; init; }

    /// <summary>When it came first.</summary>
    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>pending, done or failed.</summary>
    [OneOf(nameof(WordLists.DeliveryState))]
    public required string State { get; init; }

    /// <summary>How often it was tried in vain.</summary>
    public required int Tries { get; init; }

    /// <summary>When it is tried next; null = not any more.</summary>
    public required DateTimeOffset? NextTryAt { get; init; }

    /// <summary>The repository on GitHub, as GitHub called it then; null where the delivery says nothing to the pool.</summary>
    public required string? Repo { get; init; }

    /// <summary>The pull request; null where the delivery is about none.</summary>
    public required string? PrUrl { get; init; }

    /// <summary>What came of it, or why nothing did; null = not tried yet.</summary>
    public required string? Outcome { get; init; }

    internal static DeliveryItem From(GitHubDeliveryRecord delivery) => new()
    {
        DeliveryId = delivery.DeliveryId,
        Event = delivery.Event,
        ReceivedAt = delivery.ReceivedAt,
        State = delivery.State,
        Tries = delivery.Tries,
        NextTryAt = delivery.DueAt,
        Repo = delivery.Signal switch
        {
            PullRequestSignal pull => pull.Repo,
            RepositorySignal repository => repository.Name,
            _ => null,
        },
        PrUrl = (delivery.Signal as PullRequestSignal)?.PrUrl,
        Outcome = delivery.Outcome ?? (delivery is { Signal: null, State: "done" } ? "It says nothing to the pool." : null),
    };
}
