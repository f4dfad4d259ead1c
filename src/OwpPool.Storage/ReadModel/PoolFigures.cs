namespace OwpPool.Storage.ReadModel;

/// <summary>The pool as it is watched from outside, at one instant.</summary>
/// <param name="Pool">Tasks by repo and phase.</param>
/// <param name="Workers">Number of workers by status; those that are revoked are <c>revoked</c>.</param>
/// <param name="OldestReadyAt">When the oldest of the ready tasks was created; null where none is ready.</param>
/// <param name="Webhooks">How many events each active webhook has still to pass, by hook.</param>
/// <param name="WebhookDeadLetters">Deliveries to webhooks that were given up.</param>
/// <param name="Deliveries">GitHub's deliveries by state, <c>pending</c> and <c>failed</c>.</param>
/// <param name="OutwardBehind">Comments, labels and statuses that wait to be shown on GitHub.</param>
public sealed record PoolFigures(
    PoolState Pool, IReadOnlyDictionary<string, long> Workers, DateTimeOffset? OldestReadyAt, IReadOnlyDictionary<string, long> Webhooks,
    long WebhookDeadLetters, IReadOnlyDictionary<string, long> Deliveries, long OutwardBehind);
