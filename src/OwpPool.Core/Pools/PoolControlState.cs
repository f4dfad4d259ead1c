using Orleans;
using OwpPool.Core.Shared;
using OwpPool.Core.Workers;

namespace OwpPool.Core.Pools;

/// <summary>What a maintainer may do.</summary>
public enum MaintainerRole
{
    /// <summary>Reads everything and changes nothing.</summary>
    Viewer,

    /// <summary>Everything.</summary>
    Admin,
}

/// <summary>A maintainer by name, and the token that proves it.</summary>
[GenerateSerializer, Immutable, Alias("owp.maintainer-token")]
public sealed record MaintainerToken
{
    /// <summary>1 to 64 letters, digits, <c>. _ -</c>; the audit log says <c>admin:</c> and this.</summary>
    [Id(0)] public string Name { get; init; } = "";

    /// <summary>What it opens.</summary>
    [Id(1)] public MaintainerRole Role { get; init; }

    /// <summary>SHA-256 of the token, base64. The token itself is never kept.</summary>
    [Id(2)] public string TokenHash { get; init; } = "";

    /// <summary>When it was made.</summary>
    [Id(3)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The actor that made it.</summary>
    [Id(4)] public string CreatedBy { get; init; } = "";

    /// <summary>From this instant on it is worth nothing; null = never.</summary>
    [Id(5)] public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Lets workers register where registration is not open.</summary>
[GenerateSerializer, Immutable, Alias("owp.invite")]
public sealed record Invite
{
    /// <summary>Prefix <c>i_</c>; names the invite, and does not prove it.</summary>
    [Id(0)] public string InviteId { get; init; } = "";

    /// <summary>SHA-256 of the invite's text, base64.</summary>
    [Id(1)] public string SecretHash { get; init; } = "";

    /// <summary>How many workers it lets in.</summary>
    [Id(2)] public int Uses { get; init; }

    /// <summary>The workers that it has let in.</summary>
    [Id(3)] public IReadOnlyList<string> UsedBy { get; init; } = [];

    /// <summary>Their trust.</summary>
    [Id(4)] public TrustTier TrustTier { get; init; }

    /// <summary>Canonical keys of the repos that they get tasks of; empty = of all.</summary>
    [Id(5)] public IReadOnlyList<string> Repos { get; init; } = [];

    /// <summary>When it was made.</summary>
    [Id(6)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The actor that made it.</summary>
    [Id(7)] public string CreatedBy { get; init; } = "";

    /// <summary>From this instant on it lets nobody in.</summary>
    [Id(8)] public DateTimeOffset ExpiresAt { get; init; }
}

/// <summary>What maintainers decide about the whole pool: one row.</summary>
[GenerateSerializer, Immutable, Alias("owp.pool-control-state")]
public sealed record PoolControlState : IAudited
{
    /// <summary>The shape that this program writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Version of the row's shape; 0 = never written.</summary>
    [Id(0)] public int SchemaVersion { get; init; }

    /// <summary>The events of the last change.</summary>
    [Id(1)] public IReadOnlyList<AuditEvent> Events { get; init; } = [];

    /// <summary>The pool grants nothing; leases go on.</summary>
    [Id(2)] public bool Paused { get; init; }

    /// <summary>Why, in the maintainer's words.</summary>
    [Id(3)] public string? PauseNote { get; init; }

    /// <summary>When the pause ends by itself; null = when a maintainer ends it.</summary>
    [Id(4)] public DateTimeOffset? PauseUntil { get; init; }

    /// <summary>The maintainers' tokens, those of before this instant's expiry included.</summary>
    [Id(5)] public IReadOnlyList<MaintainerToken> Tokens { get; init; } = [];

    /// <summary>Invites that may let somebody in.</summary>
    [Id(6)] public IReadOnlyList<Invite> Invites { get; init; } = [];

    /// <summary>Whether the pool grants nothing at <paramref name="now"/>.</summary>
    public bool IsPaused(DateTimeOffset now) => Paused && !(now >= PauseUntil);
}
