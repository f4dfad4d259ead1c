namespace OwpPool.Client;

/// <summary>A repo and what its maintainers decide. What is null is left to the server's default.</summary>
/// <param name="Repo"><c>name</c> or <c>owner/name</c>.</param>
public sealed record RepoRequest(string Repo)
{
    /// <summary>Review budget, 0..100; 0 = no assignments.</summary>
    public int? MaxOpenPrs { get; init; }

    /// <summary>One task at a time in each area.</summary>
    public bool? AreaLocksEnabled { get; init; }

    /// <summary><c>pr_opened</c> or <c>merged</c>.</summary>
    public string? AreaLockUntil { get; init; }

    /// <summary>The highest tier for each trust.</summary>
    public TrustLevels? Trust { get; init; }

    /// <summary><c>worker</c>, <c>maintainer</c> or <c>github</c>.</summary>
    public string? MergeAuthority { get; init; }

    /// <summary>Length of a lease.</summary>
    public int? LeaseTtlSeconds { get; init; }

    /// <summary>Counted attempts before a task is a dead letter.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>A paused repo grants nothing.</summary>
    public bool? Paused { get; init; }

    /// <summary>Other repos that its tasks' pull requests may be in, <c>owner/name</c> or <c>host/owner/name</c>.</summary>
    public IReadOnlyList<string>? PrRepos { get; init; }
}

/// <summary>The highest task tier that a worker of each trust may take, 0..3.</summary>
public sealed record TrustLevels(int? Untrusted = null, int? Basic = null, int? Trusted = null, int? Maintainer = null);

/// <summary>The repo is as asked.</summary>
public sealed record RepoReply(bool Ok, string Repo);
