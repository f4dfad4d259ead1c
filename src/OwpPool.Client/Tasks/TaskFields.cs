namespace OwpPool.Client;

/// <summary>What every answer tells of a task.</summary>
public abstract record TaskFields
{
    /// <summary>Prefix <c>t_</c>.</summary>
    public required string TaskId { get; init; }

    /// <summary>As its maintainers write it.</summary>
    public required string Repo { get; init; }

    /// <summary>What to do, in one line.</summary>
    public required string Title { get; init; }

    /// <summary>ready, offered, leased, in_progress, blocked, pr_opened, merged, cancelled or dead_letter.</summary>
    public required string Status { get; init; }

    /// <summary>Since when it stands there.</summary>
    public DateTimeOffset StatusSince { get; init; }

    /// <summary>0..1000, higher first.</summary>
    public int Priority { get; init; }

    /// <summary>1..100.</summary>
    public int EstimatePoints { get; init; }

    /// <summary>What it takes; none = anyone can.</summary>
    public IReadOnlyList<string> RequiredSkills { get => field ?? []; init; }

    /// <summary>The part of the repo that it locks; null = none.</summary>
    public string? Area { get; init; }

    /// <summary>0..3.</summary>
    public int Tier { get; init; }

    /// <summary>Its id in the tracker that it comes from.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Who has it, or did it; null while nobody has.</summary>
    public string? WorkerId { get; init; }

    /// <summary>What that worker calls itself; null where nobody has the task, or the answer does not tell.</summary>
    public string? WorkerName { get; init; }

    /// <summary>End of the lease; null when none runs.</summary>
    public DateTimeOffset? LeaseExpiresAt { get; init; }

    /// <summary>Leases that counted as failed attempts.</summary>
    public int AttemptCount { get; init; }

    /// <summary>Nobody gets it before this instant; null = now.</summary>
    public DateTimeOffset? EligibleAt { get; init; }

    /// <summary>When it was added.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Raised by every change; what a change is meant for.</summary>
    public long Version { get; init; }

    /// <summary>The tasks that it depends on and that were cancelled or are dead letters: nobody gets it until a maintainer changes what it
    /// depends on, or revives them.</summary>
    public IReadOnlyList<DeadDependency> DeadDependencies { get => field ?? []; init; }
}

/// <summary>A task that another waits for in vain.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Status">cancelled or dead_letter.</param>
public sealed record DeadDependency(string TaskId, string Status);
