namespace OwpPool.Client;

/// <summary>The calling worker as the pool knows it.</summary>
public sealed record WorkerSelf
{
    /// <summary>Prefix <c>w_</c>.</summary>
    public required string WorkerId { get; init; }

    /// <summary>As it named itself.</summary>
    public required string Name { get; init; }

    /// <summary>Its account on GitHub; null = none was told.</summary>
    public string? GithubHandle { get; init; }

    /// <summary>What it can do.</summary>
    public IReadOnlyList<string> Skills { get => field ?? []; init; }

    /// <summary>Sum of points that it works on at once.</summary>
    public int CapacityPoints { get; init; }

    /// <summary>Number of tasks that it works on at once.</summary>
    public int MaxConcurrentTasks { get; init; }

    /// <summary>idle, working, paused or offline.</summary>
    public string? Status { get; init; }

    /// <summary>A maintainer allows it no new work.</summary>
    public bool PausedByAdmin { get; init; }

    /// <summary>untrusted, basic, trusted or maintainer.</summary>
    public string? TrustTier { get; init; }

    /// <summary>0..100; 50 without history.</summary>
    public double ReputationScore { get; init; }

    /// <summary>When it registered.</summary>
    public DateTimeOffset RegisteredAt { get; init; }

    /// <summary>How much of its capacity is taken.</summary>
    public WorkerLoad? Load { get; init; }

    /// <summary>What it holds.</summary>
    public IReadOnlyList<LeaseView> Leases { get => field ?? []; init; }

    /// <summary>What it is offered.</summary>
    public IReadOnlyList<Offer> Offers { get => field ?? []; init; }
}

/// <summary>How much of a worker's capacity is taken.</summary>
/// <param name="Points">Of the tasks that it holds or is offered.</param>
/// <param name="Tasks">That it holds or is offered.</param>
public sealed record WorkerLoad(int Points, int Tasks);
