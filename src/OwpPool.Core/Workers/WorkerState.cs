using Orleans;
using OwpPool.Core.Reputation;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Workers;

/// <summary>How far maintainers trust a worker; a repo's policy says which task tiers each may take.</summary>
public enum TrustTier
{
    /// <summary>Demoted, or new where an admin says so.</summary>
    Untrusted,

    /// <summary>Where every worker starts.</summary>
    Basic,

    /// <summary>Promoted by an admin.</summary>
    Trusted,

    /// <summary>As good as the maintainers themselves.</summary>
    Maintainer,
}

/// <summary>What a worker is doing, as its heartbeat says, or <see cref="Offline"/> when none came in time.</summary>
public enum WorkerStatus
{
    /// <summary>Waits for work.</summary>
    Idle,

    /// <summary>Works.</summary>
    Working,

    /// <summary>Wants no new work, keeps its leases.</summary>
    Paused,

    /// <summary>Gone, or going.</summary>
    Offline,
}

/// <summary>What a worker says of itself at registration; validated before it comes here.</summary>
[GenerateSerializer, Immutable, Alias("owp.worker-profile")]
public sealed record WorkerProfile
{
    /// <summary>1..120 characters; not unique: the id is.</summary>
    [Id(0)] public string Name { get; init; } = "";

    /// <summary>Up to 120 characters.</summary>
    [Id(1)] public string? GithubHandle { get; init; }

    /// <summary>Up to 100.</summary>
    [Id(2)] public IReadOnlyList<string> Skills { get; init; } = [];

    /// <summary>1..100, default 5.</summary>
    [Id(3)] public int CapacityPoints { get; init; } = 5;

    /// <summary>1..20, default 2.</summary>
    [Id(4)] public int MaxConcurrentTasks { get; init; } = 2;
}

/// <summary>An offer that a worker rejected.</summary>
[GenerateSerializer, Immutable, Alias("owp.rejection")]
public sealed record Rejection
{
    /// <summary>The task; it is not given to the worker before <see cref="Until"/>.</summary>
    [Id(0)] public string TaskId { get; init; } = "";

    /// <summary>The offer; a repeat of the request finds it.</summary>
    [Id(1)] public string OfferId { get; init; } = "";

    /// <summary>End of the cooldown.</summary>
    [Id(2)] public DateTimeOffset Until { get; init; }
}

/// <summary>A worker's whole durable state: one row. Its leases are not here: the tasks say who holds them.</summary>
[GenerateSerializer, Immutable, Alias("owp.worker-state")]
public sealed record WorkerState : IAudited
{
    /// <summary>The shape that this program writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Version of the row's shape; 0 = never written.</summary>
    [Id(0)] public int SchemaVersion { get; init; }

    /// <summary>The events of the last change.</summary>
    [Id(1)] public IReadOnlyList<AuditEvent> Events { get; init; } = [];

    /// <summary>Prefix <c>w_</c>.</summary>
    [Id(2)] public string WorkerId { get; init; } = "";

    /// <summary>As it named itself.</summary>
    [Id(3)] public string Name { get; init; } = "";

    /// <summary>SHA-256 of the token, base64. The token itself is never kept.</summary>
    [Id(4)] public string TokenHash { get; init; } = "";

    /// <summary>When it registered.</summary>
    [Id(5)] public DateTimeOffset RegisteredAt { get; init; }

    /// <summary>Last sign of life that was stored: at most one write a minute for it.</summary>
    [Id(6)] public DateTimeOffset LastSeenAt { get; init; }

    /// <summary>As last stored.</summary>
    [Id(7)] public WorkerStatus Status { get; init; }

    /// <summary>Set by an admin only; a worker's own pause is its status.</summary>
    [Id(8)] public bool PausedByAdmin { get; init; }

    /// <summary>Its token is revoked.</summary>
    [Id(9)] public bool Revoked { get; init; }

    /// <summary>Starts at basic.</summary>
    [Id(10)] public TrustTier TrustTier { get; init; } = TrustTier.Basic;

    /// <summary>On GitHub.</summary>
    [Id(11)] public string? GithubHandle { get; init; }

    /// <summary>What it knows, as written.</summary>
    [Id(12)] public IReadOnlyList<string> Skills { get; init; } = [];

    /// <summary>1..100.</summary>
    [Id(13)] public int CapacityPoints { get; init; }

    /// <summary>1..20.</summary>
    [Id(14)] public int MaxConcurrentTasks { get; init; }

    /// <summary>The token hash before the last rotation; good until <see cref="PreviousTokenUntil"/>.</summary>
    [Id(15)] public string? PreviousTokenHash { get; init; }

    /// <summary>End of the overlap of a rotation.</summary>
    [Id(16)] public DateTimeOffset? PreviousTokenUntil { get; init; }

    /// <summary>Offers that it rejected lately: their tasks are not given to it for a while.</summary>
    [Id(17)] public IReadOnlyList<Rejection> Rejections { get; init; } = [];

    /// <summary>What became of its work.</summary>
    [Id(18)] public WorkerReputation Reputation { get; init; } = new();

    /// <summary>Tokens of rotations before the last that are still good, latest first.</summary>
    [Id(19)] public IReadOnlyList<OldToken> OlderTokens { get; init; } = [];

    /// <summary>The pool gives it no new work until then, for it failed or lost too many leases in a row; null = never so.</summary>
    [Id(20)] public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>Canonical keys of the repos that it gets tasks of; empty = of all.</summary>
    [Id(21)] public IReadOnlyList<string> Repos { get; init; } = [];

    /// <summary>Whether it may be given work at <paramref name="now"/>, its own status aside.</summary>
    public bool MayWork(DateTimeOffset now) => this is { Revoked: false, PausedByAdmin: false } && !(now < PausedUntil);

    /// <summary>Whether the row exists.</summary>
    public bool Exists => SchemaVersion > 0;
}
