namespace OwpPool.Core.Analytics;

/// <summary>Mean and median of lengths of time, in seconds.</summary>
public sealed record Durations(double MeanSeconds, double MedianSeconds)
{
    /// <summary>Of these; null if there are none.</summary>
    public static Durations? Of(List<double> seconds)
    {
        if (seconds.Count == 0) return null;
        seconds.Sort();
        var middle = seconds.Count / 2;
        var median = seconds.Count % 2 == 1 ? seconds[middle] : (seconds[middle - 1] + seconds[middle]) / 2;
        return new Durations(seconds.Sum() / seconds.Count, median);
    }
}

/// <summary>How work has flowed in a period.</summary>
public sealed record FlowMetrics
{
    /// <summary>Tasks merged.</summary>
    public required int TasksCompleted { get; init; }

    /// <summary>From the lease to the merge; null if nothing was merged.</summary>
    public required Durations? Completion { get; init; }

    /// <summary>From the task's creation to its merge.</summary>
    public required Durations? Lead { get; init; }

    /// <summary>See <see cref="WorkerTimes.Utilization"/>.</summary>
    public required double WorkerUtilization { get; init; }

    /// <summary>Of the reviews that were decided, the share that ended in a merge; 0 if none was.</summary>
    public required double PrMergeRate { get; init; }

    /// <summary>Of the leases that ended, the share that ended without a pull request; 0 if none did.</summary>
    public required double RequeueRate { get; init; }

    /// <summary>Tasks merged on each day of the period, UTC.</summary>
    public required IReadOnlyList<(DateOnly Day, int Count)> MergedByDay { get; init; }
}
