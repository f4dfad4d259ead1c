using OwpPool.Core.Tasks;

namespace OwpPool.Core.Analytics;

/// <summary>Adds up how work has flowed in a period. Pure: it is given the moves, what stands at the end, and the workers.</summary>
public sealed class FlowStatistics(DateTimeOffset from, DateTimeOffset to)
{
    private readonly List<double> _completions = [];
    private readonly List<double> _leads = [];
    private readonly int[] _merged = new int[(to.UtcDateTime.Date - from.UtcDateTime.Date).Days + 1];
    private int _leasesToReview;
    private int _leasesBack;
    private int _reviewsMerged;
    private int _reviewsEnded;

    /// <summary>Waits for a worker.</summary>
    public Waits Ready { get; } = new();

    /// <summary>Time in a worker's hands.</summary>
    public Waits Hands { get; } = new();

    /// <summary>Waits for review.</summary>
    public Waits Review { get; } = new();

    /// <summary>Workers' time.</summary>
    public WorkerTimes Workers { get; } = new(from, to);

    /// <summary>A step that was taken in the period.</summary>
    public void Add(in TaskMove move)
    {
        if (move.At < from || move.At > to) return;
        if (move.From is TaskPhase.Ready && move.To.OccupiesWorker()) Ready.Add(move.Since, move.At);
        if (move.From.IsLeased() && !move.To.IsLeased()) EndLease(move);
        if (move.From is TaskPhase.PrOpened) EndReview(move);
        if (move.To is TaskPhase.Merged) Complete(move);
    }

    /// <summary>A task that stands in a phase at the end of the period.</summary>
    public void AddOpen(TaskPhase phase, DateTimeOffset since, string? worker)
    {
        switch (phase)
        {
            case TaskPhase.Ready:
                Ready.Add(since, to);
                break;
            case TaskPhase.PrOpened:
                Review.Add(since, to);
                break;
            case TaskPhase.Leased or TaskPhase.InProgress or TaskPhase.Blocked:
                Hands.Add(since, to);
                if (worker is not null) Workers.AddLease(worker, since, to);
                break;
        }
    }

    /// <summary>The figures of all that was added.</summary>
    /// <param name="ofARepo">The time of workers counts only where they worked for the repo.</param>
    public FlowMetrics ToMetrics(bool ofARepo) => new()
    {
        TasksCompleted = _merged.Sum(),
        Completion = Durations.Of(_completions),
        Lead = Durations.Of(_leads),
        WorkerUtilization = Workers.Utilization(onlyBusy: ofARepo),
        PrMergeRate = Share(_reviewsMerged, _reviewsEnded),
        RequeueRate = Share(_leasesBack, _leasesBack + _leasesToReview),
        MergedByDay = [.. _merged.Select((count, day) => (DateOnly.FromDateTime(from.UtcDateTime).AddDays(day), count))],
    };

    private void EndLease(in TaskMove move)
    {
        var since = move.LeasedAt ?? move.Since;
        Hands.Add(since, move.At);
        if (move.Worker is not null) Workers.AddLease(move.Worker, since, move.At);
        if (move.To is TaskPhase.PrOpened) _leasesToReview++;
        else if (move.To is TaskPhase.Ready or TaskPhase.DeadLetter) _leasesBack++;
    }

    private void EndReview(in TaskMove move)
    {
        Review.Add(move.Since, move.At);
        // Changes that are requested decide nothing yet.
        if (move.To.IsLeased()) return;
        _reviewsEnded++;
        if (move.To is TaskPhase.Merged) _reviewsMerged++;
    }

    private void Complete(in TaskMove move)
    {
        _merged[(move.At.UtcDateTime.Date - from.UtcDateTime.Date).Days]++;
        if (move.LeasedAt is { } leased) _completions.Add(Math.Max(0, (move.At - leased).TotalSeconds));
        if (move.CreatedAt is { } created) _leads.Add(Math.Max(0, (move.At - created).TotalSeconds));
    }

    private static double Share(int part, int whole) => whole == 0 ? 0 : (double)part / whole;
}
