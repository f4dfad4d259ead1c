using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Admin;

/// <summary>What waits for a maintainer, as of one instant.</summary>
public sealed record DeskResponse
{
    /// <summary>When it was read; ages count up to here.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>Whether the whole pool is paused.</summary>
    public required bool Paused { get; init; }

    /// <summary>Why it is paused, in the maintainer's words; null = nobody said.</summary>
    public required string? PauseNote { get; init; }

    /// <summary>When that pause ends by itself; null = never.</summary>
    public required DateTimeOffset? PauseUntil { get; init; }

    /// <summary>Pull requests under review, the longest first.</summary>
    public required DeskTasks Reviews { get; init; }

    /// <summary>Merges that only their worker reported: first tasks still under review, the longest first, then tasks that already count as
    /// merged, the oldest first.</summary>
    public required DeskTasks Merges { get; init; }

    /// <summary>Blocked tasks, the longest first; message is what their worker waits for.</summary>
    public required DeskTasks Blocked { get; init; }

    /// <summary>Tasks out of attempts, the latest first; message is why the last attempt ended.</summary>
    public required DeskTasks DeadLetters { get; init; }

    /// <summary>Workers whose last three or more leases failed or were lost, those with the most first. Offline ones leave the desk after a
    /// week.</summary>
    public required DeskWorkers Workers { get; init; }

    /// <summary>Repos that hand out nothing while tasks wait: paused, or with a full review budget. Those with the most waiting first.</summary>
    public required DeskRepos Repos { get; init; }
}

/// <summary>The first tasks of a list.</summary>
public sealed record DeskTasks
{
    /// <summary>Length of the whole list, counted up to 20,000.</summary>
    public required int Total { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<DeskTask> Items { get; init; }

    /// <summary>The request that lists all of them.</summary>
    public required string List { get; init; }
}

/// <summary>A task that waits for a maintainer.</summary>
public sealed record DeskTask
{
    /// <summary>Its id.</summary>
    public required string TaskId { get; init; }

    /// <summary>Its repo.</summary>
    public required string Repo { get; init; }

    /// <summary>What to do, in one line.</summary>
    public required string Title { get; init; }

    /// <summary>pr_opened, merged, blocked or dead_letter.</summary>
    [OneOf(nameof(WordLists.TaskStatus))]
    public required string Status { get; init; }

    /// <summary>Since when it is in this status.</summary>
    public required DateTimeOffset StatusSince { get; init; }

    /// <summary>Its pull request; null = none was named.</summary>
    public required string? PrUrl { get; init; }

    /// <summary>Who holds it or did it; of a dead letter, who had it last. Null = nobody.</summary>
    public required string? WorkerId { get; init; }

    /// <summary>That worker's name.</summary>
    public required string? WorkerName { get; init; }

    /// <summary>That worker's trust: untrusted, basic, trusted or maintainer.</summary>
    [OneOf(nameof(WordLists.TrustTier))]
    public required string? TrustTier { get; init; }

    /// <summary>What a blocked task waits for, or why the last attempt of a dead letter ended; else null.</summary>
    public required string? Message { get; init; }

    /// <summary>Leases that counted as failed attempts.</summary>
    public required int AttemptCount { get; init; }

    /// <summary>When its worker reported the merge, where a maintainer or GitHub must confirm it; null = it did not.</summary>
    public required DateTimeOffset? MergeReportedAt { get; init; }

    /// <summary>Who has seen the pull request besides its worker: maintainer or github; null = nobody.</summary>
    public required string? ReviewConfirmedBy { get; init; }

    /// <summary>When a review that only its worker knows of ends by itself; null = never.</summary>
    public required DateTimeOffset? ReviewUntil { get; init; }
}

/// <summary>The first workers of a list.</summary>
public sealed record DeskWorkers
{
    /// <summary>Length of the whole list.</summary>
    public required int Total { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<DeskWorker> Items { get; init; }

    /// <summary>The request that lists workers in this order.</summary>
    public required string List { get; init; }
}

/// <summary>A worker whose last leases failed or were lost.</summary>
public sealed record DeskWorker
{
    /// <summary>Its id.</summary>
    public required string WorkerId { get; init; }

    /// <summary>As it named itself.</summary>
    public required string Name { get; init; }

    /// <summary>idle, working, paused (by itself) or offline.</summary>
    [OneOf(nameof(WordLists.WorkerStatus))]
    public required string Status { get; init; }

    /// <summary>untrusted, basic, trusted or maintainer.</summary>
    [OneOf(nameof(WordLists.TrustTier))]
    public required string TrustTier { get; init; }

    /// <summary>Leases in a row that failed or were lost.</summary>
    public required int FailuresInARow { get; init; }

    /// <summary>Who paused it: pool, worker (itself) or maintainer; null = it may still get work.</summary>
    [OneOf(nameof(WordLists.PausedBy))]
    public required string? PausedBy { get; init; }

    /// <summary>When the pool's pause ends by itself; null = none.</summary>
    public required DateTimeOffset? PausedUntil { get; init; }

    /// <summary>What was said at its last pause; null = nothing.</summary>
    public required string? Message { get; init; }

    /// <summary>Its last sign of life that was stored.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }
}

/// <summary>The first repos of a list.</summary>
public sealed record DeskRepos
{
    /// <summary>Length of the whole list.</summary>
    public required int Total { get; init; }

    /// <summary>The first of them.</summary>
    public required IReadOnlyList<DeskRepo> Items { get; init; }

    /// <summary>The request that lists all repos.</summary>
    public required string List { get; init; }
}

/// <summary>A repo that hands out nothing while tasks wait.</summary>
public sealed record DeskRepo
{
    /// <summary>Its key.</summary>
    public required string Repo { get; init; }

    /// <summary>repo_paused or budget_exhausted.</summary>
    [OneOf(nameof(WordLists.NoWorkReason))]
    public required string Reason { get; init; }

    /// <summary>Tasks that wait.</summary>
    public required long Ready { get; init; }

    /// <summary>Tasks that count against its review budget.</summary>
    public required long Reserved { get; init; }

    /// <summary>Those of them that are under review.</summary>
    public required long UnderReview { get; init; }

    /// <summary>Its review budget.</summary>
    public required int MaxOpenPrs { get; init; }
}
