namespace OwpPool.Client;

/// <summary>What waits for a maintainer, as of one instant.</summary>
public sealed record Desk
{
    /// <summary>When it was read.</summary>
    public DateTimeOffset At { get; init; }

    /// <summary>The whole pool is paused.</summary>
    public bool Paused { get; init; }

    /// <summary>Why, in the maintainer's words; null = nobody said.</summary>
    public string? PauseNote { get; init; }

    /// <summary>When that pause ends by itself; null = never.</summary>
    public DateTimeOffset? PauseUntil { get; init; }

    /// <summary>Pull requests under review, the longest first.</summary>
    public DeskList<DeskTask> Reviews { get => field ?? DeskList<DeskTask>.Empty; init; }

    /// <summary>Merges that only their worker reported.</summary>
    public DeskList<DeskTask> Merges { get => field ?? DeskList<DeskTask>.Empty; init; }

    /// <summary>Blocked tasks, the longest first.</summary>
    public DeskList<DeskTask> Blocked { get => field ?? DeskList<DeskTask>.Empty; init; }

    /// <summary>Tasks out of attempts, the latest first.</summary>
    public DeskList<DeskTask> DeadLetters { get => field ?? DeskList<DeskTask>.Empty; init; }

    /// <summary>Workers whose last three or more leases failed or were lost.</summary>
    public DeskList<DeskWorker> Workers { get => field ?? DeskList<DeskWorker>.Empty; init; }

    /// <summary>Repos that hand out nothing while tasks wait.</summary>
    public DeskList<DeskRepo> Repos { get => field ?? DeskList<DeskRepo>.Empty; init; }

    /// <summary>Whether nothing waits.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsEmpty => !Paused && Reviews.Total + Merges.Total + Blocked.Total + DeadLetters.Total + Workers.Total + Repos.Total == 0;
}

/// <summary>The first items of a list.</summary>
/// <param name="Total">Length of the whole list, counted up to 20,000.</param>
/// <param name="Items">The first of them.</param>
/// <param name="List">The path of the request that lists all of them.</param>
public sealed record DeskList<T>(int Total, IReadOnlyList<T> Items, string List)
{
    internal static DeskList<T> Empty { get; } = new(0, [], "");
}

/// <summary>A task that waits for a maintainer.</summary>
public sealed record DeskTask
{
    /// <summary>Prefix <c>t_</c>.</summary>
    public required string TaskId { get; init; }

    /// <summary>Its repo.</summary>
    public required string Repo { get; init; }

    /// <summary>What to do, in one line.</summary>
    public required string Title { get; init; }

    /// <summary>pr_opened, merged, blocked or dead_letter.</summary>
    public required string Status { get; init; }

    /// <summary>Since when it is in this status.</summary>
    public DateTimeOffset StatusSince { get; init; }

    /// <summary>Its pull request; null = none was named.</summary>
    public string? PrUrl { get; init; }

    /// <summary>Who holds it, did it, or had it last; null = nobody.</summary>
    public string? WorkerId { get; init; }

    /// <summary>That worker's name.</summary>
    public string? WorkerName { get; init; }

    /// <summary>That worker's trust: untrusted, basic, trusted or maintainer.</summary>
    public string? TrustTier { get; init; }

    /// <summary>What a blocked task waits for, or why the last attempt of a dead letter ended.</summary>
    public string? Message { get; init; }

    /// <summary>Leases that counted as failed attempts.</summary>
    public int AttemptCount { get; init; }

    /// <summary>When its worker reported the merge, where somebody else must confirm it; null = it did not.</summary>
    public DateTimeOffset? MergeReportedAt { get; init; }

    /// <summary>Who has seen the pull request besides its worker: maintainer or github; null = nobody.</summary>
    public string? ReviewConfirmedBy { get; init; }

    /// <summary>When a review that only its worker knows of ends by itself; null = never.</summary>
    public DateTimeOffset? ReviewUntil { get; init; }
}

/// <summary>A worker whose last leases failed or were lost.</summary>
public sealed record DeskWorker
{
    /// <summary>Prefix <c>w_</c>.</summary>
    public required string WorkerId { get; init; }

    /// <summary>As it named itself.</summary>
    public required string Name { get; init; }

    /// <summary>idle, working, paused (by itself) or offline.</summary>
    public string Status { get => field ?? ""; init; }

    /// <summary>untrusted, basic, trusted or maintainer.</summary>
    public string TrustTier { get => field ?? ""; init; }

    /// <summary>Leases in a row that failed or were lost.</summary>
    public int FailuresInARow { get; init; }

    /// <summary>pool, worker (itself) or maintainer; null = it may still get work.</summary>
    public string? PausedBy { get; init; }

    /// <summary>When the pool's pause ends by itself; null = none.</summary>
    public DateTimeOffset? PausedUntil { get; init; }

    /// <summary>What was said at its last pause; null = nothing.</summary>
    public string? Message { get; init; }

    /// <summary>Its last sign of life that was stored.</summary>
    public DateTimeOffset LastSeenAt { get; init; }
}

/// <summary>A repo that hands out nothing while tasks wait.</summary>
/// <param name="Repo">As its maintainers write it.</param>
/// <param name="Reason">repo_paused or budget_exhausted.</param>
/// <param name="Ready">Tasks that wait.</param>
/// <param name="Reserved">Tasks that count against its review budget.</param>
/// <param name="UnderReview">Those of them that are under review.</param>
/// <param name="MaxOpenPrs">Its review budget.</param>
public sealed record DeskRepo(string Repo, string Reason, int Ready, int Reserved, int UnderReview, int MaxOpenPrs);
