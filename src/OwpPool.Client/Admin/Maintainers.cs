namespace OwpPool.Client;

/// <summary>A maintainer gets a token.</summary>
/// <param name="Name">1..64 letters, digits and <c>. _ -</c>, and not <c>root</c>; the audit log calls its holder <c>admin:NAME</c>.</param>
/// <param name="Role"><c>admin</c>, or <c>viewer</c>, who reads everything and changes nothing.</param>
public sealed record TokenRequest(string Name, string Role)
{
    /// <summary>60..31,536,000; null = good until it is revoked.</summary>
    public int? ExpiresInSeconds { get; init; }
}

/// <summary>A maintainer's token without its text.</summary>
public record TokenView
{
    /// <summary>Whose it is.</summary>
    public required string Name { get; init; }

    /// <summary>admin or viewer.</summary>
    public required string Role { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it: <c>admin:NAME</c>.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>From this instant on it is worth nothing; null = never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>A maintainer's new token.</summary>
public sealed record NewToken : TokenView
{
    /// <summary>Shown this once.</summary>
    public required string Token { get; init; }

    /// <summary>Leaves the token out.</summary>
    public override string ToString() => $"{nameof(NewToken)} {{ Name = {Name} }}";
}

/// <summary>Workers are to be let in.</summary>
public sealed record InviteRequest
{
    /// <summary>How many workers it lets in, 1..1,000; null = 1.</summary>
    public int? Uses { get; init; }

    /// <summary>60..31,536,000; null = 604,800, which is a week.</summary>
    public int? ExpiresInSeconds { get; init; }

    /// <summary>untrusted, basic, trusted or maintainer; null = what the pool gives new workers.</summary>
    public string? TrustTier { get; init; }

    /// <summary>The repos that those let in get tasks of, up to 100; empty = all.</summary>
    public IReadOnlyList<string> Repos { get; init; } = [];
}

/// <summary>An invite without its text.</summary>
public record InviteView
{
    /// <summary>Prefix <c>i_</c>.</summary>
    public required string InviteId { get; init; }

    /// <summary>How many workers it lets in.</summary>
    public int Uses { get; init; }

    /// <summary>Ids of the workers that came in by it.</summary>
    public IReadOnlyList<string> UsedBy { get => field ?? []; init; }

    /// <summary>Their trust.</summary>
    public string TrustTier { get => field ?? ""; init; }

    /// <summary>The repos that they get tasks of; empty = all.</summary>
    public IReadOnlyList<string> Repos { get => field ?? []; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Who made it: <c>admin:NAME</c>.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>From this instant on it lets nobody in.</summary>
    public DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>A new invite.</summary>
public sealed record NewInvite : InviteView
{
    /// <summary>What a worker registers with; shown only once.</summary>
    public required string Invite { get; init; }

    /// <summary>Leaves the text out.</summary>
    public override string ToString() => $"{nameof(NewInvite)} {{ InviteId = {InviteId} }}";
}

/// <summary>Whether the whole pool is paused.</summary>
/// <param name="Ok">Always true.</param>
/// <param name="Paused">It hands out nothing.</param>
/// <param name="Until">When that ends by itself; null = when a maintainer ends it.</param>
public sealed record PoolPauseReply(bool Ok, bool Paused, DateTimeOffset? Until);

internal sealed record PoolPauseRequest(string? Note, DateTimeOffset? Until);
