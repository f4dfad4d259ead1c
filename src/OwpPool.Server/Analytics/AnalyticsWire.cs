using System.Globalization;
using OwpPool.Core.Analytics;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Storage.Analytics;

namespace OwpPool.Server.Analytics;

/// <summary>How work has flowed in a period, and what holds it up.</summary>
public sealed record AnalyticsResponse
{
    /// <summary>The repo; null for the whole pool.</summary>
    public required string? Repo { get; init; }

    /// <summary>The period that was asked for.</summary>
    [OneOf(nameof(WordLists.AnalyticsPeriods))]
    public required string Period { get; init; }

    /// <summary>Its beginning: midnight, UTC, of its first day.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>Its end: the present.</summary>
    public required DateTimeOffset To { get; init; }

    /// <summary>The figures.</summary>
    public required AnalyticsMetrics Metrics { get; init; }

    /// <summary>Every day of the period, today last.</summary>
    public required IReadOnlyList<AnalyticsDay> Series { get; init; }

    internal static AnalyticsResponse Of(string? repo, AnalyticsPeriod period, AnalyticsFigures figures) => new()
    {
        Repo = repo,
        Period = period.Word,
        From = figures.From,
        To = figures.To,
        Metrics = AnalyticsMetrics.Of(figures),
        Series = [.. figures.Metrics.MergedByDay.Select(day => new AnalyticsDay
        {
            Date = day.Day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            TasksCompleted = day.Count,
        })],
    };
}

/// <summary>The figures of a period. Lengths of time are null where there was nothing to measure.</summary>
public sealed record AnalyticsMetrics
{
    /// <summary>Tasks merged.</summary>
    public required int TasksCompleted { get; init; }

    /// <summary>Mean time from the lease to the merge, in words, such as 2.3 days.</summary>
    public required string? AvgCompletionTime { get; init; }

    /// <summary>The same in seconds.</summary>
    public required long? AvgCompletionSeconds { get; init; }

    /// <summary>Median time from the lease to the merge, in words.</summary>
    public required string? MedianCompletionTime { get; init; }

    /// <summary>The same in seconds.</summary>
    public required long? MedianCompletionSeconds { get; init; }

    /// <summary>Mean time from the task's creation to its merge, in words.</summary>
    public required string? AvgLeadTime { get; init; }

    /// <summary>The same in seconds.</summary>
    public required long? AvgLeadSeconds { get; init; }

    /// <summary>Median time from the task's creation to its merge, in words.</summary>
    public required string? MedianLeadTime { get; init; }

    /// <summary>The same in seconds.</summary>
    public required long? MedianLeadSeconds { get; init; }

    /// <summary>Mean wait for a worker, of waits that ended in the period and those that go on.</summary>
    public required long AvgReadyWaitSeconds { get; init; }

    /// <summary>Mean wait for review, of waits that ended in the period and those that go on.</summary>
    public required long AvgReviewWaitSeconds { get; init; }

    /// <summary>Of the time for which workers were online, the share in which they had a lease; 0 to 1. Of a repo: of the workers that had
    /// its leases, and those leases alone.</summary>
    public required double WorkerUtilization { get; init; }

    /// <summary>Of the reviews that were decided, the share that was merged; 0 to 1.</summary>
    public required double PrMergeRate { get; init; }

    /// <summary>Of the leases that ended, the share that ended without a pull request; 0 to 1.</summary>
    public required double RequeueRate { get; init; }

    /// <summary>Tasks under review now.</summary>
    public required long ReviewQueueLength { get; init; }

    /// <summary>code_review: tasks wait longest for review; workers: they wait longest for a worker; skills:x: a ready task asks for x and no
    /// worker that is online knows it. Empty where work itself takes longest.</summary>
    public required IReadOnlyList<string> Bottlenecks { get; init; }

    internal static AnalyticsMetrics Of(AnalyticsFigures figures)
    {
        var metrics = figures.Metrics;
        return new AnalyticsMetrics
        {
            TasksCompleted = metrics.TasksCompleted,
            AvgCompletionTime = Words(metrics.Completion?.MeanSeconds),
            AvgCompletionSeconds = Whole(metrics.Completion?.MeanSeconds),
            MedianCompletionTime = Words(metrics.Completion?.MedianSeconds),
            MedianCompletionSeconds = Whole(metrics.Completion?.MedianSeconds),
            AvgLeadTime = Words(metrics.Lead?.MeanSeconds),
            AvgLeadSeconds = Whole(metrics.Lead?.MeanSeconds),
            MedianLeadTime = Words(metrics.Lead?.MedianSeconds),
            MedianLeadSeconds = Whole(metrics.Lead?.MedianSeconds),
            AvgReadyWaitSeconds = (long)Math.Round(figures.ReadyWait.MeanSeconds),
            AvgReviewWaitSeconds = (long)Math.Round(figures.ReviewWait.MeanSeconds),
            WorkerUtilization = Math.Round(metrics.WorkerUtilization, 4),
            PrMergeRate = Math.Round(metrics.PrMergeRate, 4),
            RequeueRate = Math.Round(metrics.RequeueRate, 4),
            ReviewQueueLength = figures.ReviewQueue,
            Bottlenecks = figures.Bottlenecks,
        };
    }

    private static string? Words(double? seconds) => seconds is { } length ? DurationText.Of(length) : null;

    private static long? Whole(double? seconds) => seconds is { } length ? (long)Math.Round(length) : null;
}

/// <summary>One day, UTC.</summary>
public sealed record AnalyticsDay
{
    /// <summary>As yyyy-mm-dd.</summary>
    public required string Date { get; init; }

    /// <summary>Tasks merged on it.</summary>
    public required int TasksCompleted { get; init; }
}
