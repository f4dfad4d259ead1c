using Orleans;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Core.Repos;

/// <summary>Until when a task keeps its area locked.</summary>
public enum AreaLockUntil
{
    /// <summary>Until its pull request is open (default).</summary>
    PrOpened,

    /// <summary>Until it is merged.</summary>
    Merged,
}

/// <summary>Whose word makes a task merged.</summary>
public enum MergeAuthority
{
    /// <summary>The worker's (default).</summary>
    Worker,

    /// <summary>A maintainer's.</summary>
    Maintainer,

    /// <summary>GitHub's webhook.</summary>
    Github,
}

/// <summary>The highest task tier that each trust tier may take.</summary>
[GenerateSerializer, Immutable, Alias("owp.trust-policy")]
public sealed record TrustPolicy
{
    /// <summary>Default 0.</summary>
    [Id(0)] public int Untrusted { get; init; }

    /// <summary>Default 1.</summary>
    [Id(1)] public int Basic { get; init; } = 1;

    /// <summary>Default 2.</summary>
    [Id(2)] public int Trusted { get; init; } = 2;

    /// <summary>Default 3.</summary>
    [Id(3)] public int Maintainer { get; init; } = 3;

    /// <summary>The highest tier that a worker of this trust may take.</summary>
    public int MaxTier(TrustTier trust) => trust switch
    {
        TrustTier.Untrusted => Untrusted,
        TrustTier.Basic => Basic,
        TrustTier.Trusted => Trusted,
        _ => Maintainer,
    };
}

/// <summary>What maintainers decide about their repo.</summary>
[GenerateSerializer, Immutable, Alias("owp.repo-settings")]
public sealed record RepoSettings
{
    /// <summary>Review budget (rule 4): 0..100, default 3; 0 = no assignments.</summary>
    [Id(0)] public int MaxOpenPrs { get; init; } = 3;

    /// <summary>Rule 5; default on.</summary>
    [Id(1)] public bool AreaLocksEnabled { get; init; } = true;

    /// <summary>Default: until the pull request is open.</summary>
    [Id(2)] public AreaLockUntil AreaLockUntil { get; init; }

    /// <summary>Which trust may take which tier.</summary>
    [Id(3)] public TrustPolicy Trust { get; init; } = new();

    /// <summary>Default: the worker's word.</summary>
    [Id(4)] public MergeAuthority MergeAuthority { get; init; }

    /// <summary>Null = the pool's setting.</summary>
    [Id(5)] public int? LeaseTtlSeconds { get; init; }

    /// <summary>Null = the pool's setting.</summary>
    [Id(6)] public int? MaxAttempts { get; init; }

    /// <summary>A paused repo grants nothing and takes nothing away.</summary>
    [Id(7)] public bool Paused { get; init; }

    /// <summary>How it is kept in step with GitHub; null = only by the webhook.</summary>
    [Id(8)] public GithubSync? GithubSync { get; init; }

    /// <summary>Other repos that its tasks' pull requests may be in, <c>owner/name</c> or <c>host/owner/name</c>; default none.</summary>
    [Id(9)] public IReadOnlyList<string> PrRepos { get; init; } = [];

    /// <summary>Whether the other settings say the same.</summary>
    public bool IsSame(RepoSettings other) => this with { PrRepos = other.PrRepos } == other && PrRepos.SequenceEqual(other.PrRepos, StringComparer.Ordinal);
}

/// <summary>One task that counts against the budget: the repo's own record of the grant, stored before the grant is told to anybody.</summary>
[GenerateSerializer, Immutable, Alias("owp.ledger-entry")]
public sealed record LedgerEntry
{
    /// <summary>The task.</summary>
    [Id(0)] public string TaskId { get; init; } = "";

    /// <summary>Its holder.</summary>
    [Id(1)] public string WorkerId { get; init; } = "";

    /// <summary>The running lease; empty under review.</summary>
    [Id(2)] public string LeaseId { get; init; } = "";

    /// <summary>The grant's fencing token.</summary>
    [Id(3)] public long Token { get; init; }

    /// <summary>The task's points.</summary>
    [Id(4)] public int Points { get; init; }

    /// <summary>The area as compared; null = none.</summary>
    [Id(5)] public string? AreaKey { get; init; }

    /// <summary>Leased phases and pr_opened.</summary>
    [Id(6)] public TaskPhase Phase { get; init; }

    /// <summary>End of the lease, or of a review that ends by itself; null where nothing ends.</summary>
    [Id(7)] public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the lease began; its renewals count from here.</summary>
    [Id(8)] public DateTimeOffset GrantedAt { get; init; }

    /// <summary>The task's version that says so; 0 while the task has not been heard.</summary>
    [Id(9)] public long Version { get; init; }

    /// <summary>Somebody besides its worker has seen the pull request.</summary>
    [Id(10)] public bool ReviewConfirmed { get; init; }
}

/// <summary>A repo's whole durable state: one row. The ledger has at most max_open_prs entries, so the row stays small. It may name a task
/// that has left since (the row is next written with the next grant), never miss one that holds budget.</summary>
[GenerateSerializer, Immutable, Alias("owp.repo-state")]
public sealed record RepoState : IAudited
{
    /// <summary>The shape that this program writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Version of the row's shape; 0 = never written.</summary>
    [Id(0)] public int SchemaVersion { get; init; }

    /// <summary>The events of the last change.</summary>
    [Id(1)] public IReadOnlyList<AuditEvent> Events { get; init; } = [];

    /// <summary>Canonical key.</summary>
    [Id(2)] public string Repo { get; init; } = "";

    /// <summary>As first written.</summary>
    [Id(3)] public string Name { get; init; } = "";

    /// <summary>What maintainers decided.</summary>
    [Id(4)] public RepoSettings Settings { get; init; } = new();

    /// <summary>First upsert.</summary>
    [Id(5)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Last upsert.</summary>
    [Id(6)] public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>What holds budget.</summary>
    [Id(7)] public IReadOnlyList<LedgerEntry> Ledger { get; init; } = [];

    /// <summary>The repository on GitHub that it stands for; null until GitHub has said which.</summary>
    [Id(8)] public GithubRepository? Github { get; init; }

    /// <summary>Whether the row exists.</summary>
    public bool Exists => SchemaVersion > 0;
}
