namespace OwpPool.Client;

/// <summary>All leases that the worker holds, old and new.</summary>
public sealed record WorkReply
{
    /// <summary>The caller.</summary>
    public string? WorkerId { get; init; }

    /// <summary>Empty = nothing to do now.</summary>
    public IReadOnlyList<LeaseView> Leases { get => field ?? []; init; }

    /// <summary>When to ask again, where the answer brought nothing new.</summary>
    public int? RetryAfterSeconds { get; init; }
}

/// <summary>A request for work that may choose among repos and tasks.</summary>
public sealed record ClaimRequest
{
    /// <summary>Longest wait for work, 0..60; the answer comes sooner where there is work.</summary>
    public int WaitSeconds { get; init; }

    /// <summary>At most this many new leases, 1..20; null = as many as fit.</summary>
    public int? Max { get; init; }

    /// <summary>New leases from these repos only, up to 100; null = from any.</summary>
    public IReadOnlyList<string>? Repos { get; init; }

    /// <summary>Ids of tasks that are not wanted, up to 100.</summary>
    public IReadOnlyList<string>? Exclude { get; init; }
}

/// <summary>A task and the right to work on it alone until <see cref="LeaseExpiresAt"/>.</summary>
public sealed record LeaseView
{
    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>As its maintainers write it.</summary>
    public required string Repo { get; init; }

    /// <summary>What to do, in one line.</summary>
    public required string Title { get; init; }

    /// <summary>What to do.</summary>
    public string? Description { get; init; }

    /// <summary>1..100.</summary>
    public int EstimatePoints { get; init; }

    /// <summary>0..1000, higher first.</summary>
    public int Priority { get; init; }

    /// <summary>The part of the repo; null = none.</summary>
    public string? Area { get; init; }

    /// <summary>0..3.</summary>
    public int Tier { get; init; }

    /// <summary>What it takes.</summary>
    public IReadOnlyList<string> RequiredSkills { get => field ?? []; init; }

    /// <summary>By the pool's clock. A report or heartbeat before it keeps the task; renewed by heartbeats.</summary>
    public DateTimeOffset LeaseExpiresAt { get; init; }

    /// <summary>To be sent with every report, so that a late one cannot touch a later holder's work.</summary>
    public string? LeaseId { get; init; }

    /// <summary>Grows with every lease of the task.</summary>
    public long? FencingToken { get; init; }

    /// <summary>Which attempt at the task this is, from 1.</summary>
    public int Attempt { get; init; }

    /// <summary><c>leased</c>, <c>in_progress</c> or <c>blocked</c>.</summary>
    public string? Status { get; init; }

    /// <summary>Length of a grant or renewal.</summary>
    public int LeaseTtlSeconds { get; init; }
}
