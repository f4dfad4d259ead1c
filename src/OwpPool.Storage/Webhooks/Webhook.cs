namespace OwpPool.Storage.Webhooks;

/// <summary>An operator's webhook, as it is stored.</summary>
public sealed record Webhook
{
    /// <summary>Prefix <c>h_</c>.</summary>
    public required string HookId { get; init; }

    /// <summary>Where it delivers to.</summary>
    public required string Url { get; init; }

    /// <summary>Which events, as an event filter takes them; empty = all.</summary>
    public required IReadOnlyList<string> Topics { get; init; }

    /// <summary>The sealed secret.</summary>
    public required string SealedSecret { get; init; }

    /// <summary>The sealed secret before the last rotation.</summary>
    public string? OldSealedSecret { get; init; }

    /// <summary>Until when that signs too.</summary>
    public DateTimeOffset? OldSecretUntil { get; init; }

    /// <summary>It delivers; else it is disabled.</summary>
    public bool IsActive { get; init; } = true;

    /// <summary>Why it is disabled.</summary>
    public string? Reason { get; init; }

    /// <summary>The last event that it was done with when it was disabled.</summary>
    public long? StoppedAtSeq { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The last delivery that was taken.</summary>
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>Since when nothing was taken; null = the last delivery was.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>What was wrong the last time.</summary>
    public string? LastFailure { get; init; }
}

/// <summary>A delivery that was given up.</summary>
/// <param name="HookId">The hook.</param>
/// <param name="Seq">The event.</param>
/// <param name="Type">Its type.</param>
/// <param name="Body">What was sent.</param>
/// <param name="Tries">How often.</param>
/// <param name="Reason">What was wrong the last time.</param>
/// <param name="DeadAt">When it was given up.</param>
public sealed record DeadLetter(string HookId, long Seq, string Type, string Body, int Tries, string Reason, DateTimeOffset DeadAt);
