namespace OwpPool.Client;

/// <summary>How work has flowed in a period, and what holds it up.</summary>
public sealed record Analytics
{
    /// <summary>The repo; null for the whole pool.</summary>
    public string? Repo { get; init; }

    /// <summary>The period that was asked for.</summary>
    public string Period { get => field ?? ""; init; }

    /// <summary>Its beginning: midnight, UTC, of its first day.</summary>
    public DateTimeOffset From { get; init; }

    /// <summary>Its end: the present.</summary>
    public DateTimeOffset To { get; init; }

    /// <summary>The figures.</summary>
    public AnalyticsMetrics Metrics { get => field ?? new(); init; }

    /// <summary>Every day of the period, today last.</summary>
    public IReadOnlyList<AnalyticsDay> Series { get => field ?? []; init; }
}

/// <summary>The figures of a period. Lengths of time are null where there was nothing to measure.</summary>
public sealed record AnalyticsMetrics
{
    /// <summary>Tasks merged.</summary>
    public int TasksCompleted { get; init; }

    /// <summary>Mean time from the lease to the merge, in words.</summary>
    public string? AvgCompletionTime { get; init; }

    /// <summary>The same in seconds.</summary>
    public long? AvgCompletionSeconds { get; init; }

    /// <summary>Median time from the lease to the merge, in words.</summary>
    public string? MedianCompletionTime { get; init; }

    /// <summary>The same in seconds.</summary>
    public long? MedianCompletionSeconds { get; init; }

    /// <summary>Mean time from the task's creation to its merge, in words.</summary>
    public string? AvgLeadTime { get; init; }

    /// <summary>The same in seconds.</summary>
    public long? AvgLeadSeconds { get; init; }

    /// <summary>Median time from the task's creation to its merge, in words.</summary>
    public string? MedianLeadTime { get; init; }

    /// <summary>The same in seconds.</summary>
    public long? MedianLeadSeconds { get; init; }

    /// <summary>Mean wait for a worker.</summary>
    public long AvgReadyWaitSeconds { get; init; }

    /// <summary>Mean wait for review.</summary>
    public long AvgReviewWaitSeconds { get; init; }

    /// <summary>Share of the workers' time online in which they had a lease, 0 to 1.</summary>
    public double WorkerUtilization { get; init; }

    /// <summary>Of the reviews that were decided, the share that was merged, 0 to 1.</summary>
    public double PrMergeRate { get; init; }

    /// <summary>Of the leases that ended, the share that ended without a pull request, 0 to 1.</summary>
    public double RequeueRate { get; init; }

    /// <summary>Tasks under review now.</summary>
    public long ReviewQueueLength { get; init; }

    /// <summary>code_review, workers, and skills:x for each skill x that no worker online has.</summary>
    public IReadOnlyList<string> Bottlenecks { get => field ?? []; init; }
}

/// <summary>One day, UTC.</summary>
/// <param name="Date">As yyyy-mm-dd.</param>
/// <param name="TasksCompleted">Tasks merged on it.</param>
public sealed record AnalyticsDay(string Date, int TasksCompleted);
