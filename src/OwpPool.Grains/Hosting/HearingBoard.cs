using Microsoft.Extensions.Logging;
using OwpPool.Core.Shared;

namespace OwpPool.Grains.Hosting;

/// <summary>Knows when this process could hear others. Whoever judges silence asks it; a watch looks at it every second, so that a gap
/// between two looks is time in which the process did not run. Thread-safe.</summary>
/// <param name="clock">The pool's clock; what it says is what silence is measured with.</param>
/// <param name="logger">Told of each gap.</param>
public sealed partial class HearingBoard(TimeProvider clock, ILogger<HearingBoard> logger)
{
    /// <summary>How often the watch looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A look may be so late on a busy machine without meaning anything.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private Hearing _hearing = Hearing.From(clock.Now());
    private TimeProvider? _watch;
    private DateTimeOffset _watchedAt;
    private long _watchedStamp;

    /// <summary>What could be heard until now.</summary>
    public Hearing Current
    {
        get
        {
            Look();
            lock (_lock)
            {
                // The clock was set back: what it said before means nothing any more.
                if (clock.Now() < _hearing.HearsSince) _hearing = Hearing.From(clock.Now());
                return _hearing;
            }
        }
    }

    /// <summary>From now on somebody looks every <see cref="Interval"/>, and gaps count.</summary>
    /// <param name="watch">The system's clock. Its wall clock runs on while the machine is suspended, its timestamps while somebody sets the
    /// wall clock back.</param>
    public void StartWatching(TimeProvider watch)
    {
        ArgumentNullException.ThrowIfNull(watch);
        lock (_lock) (_watch, _watchedAt, _watchedStamp) = (watch, watch.GetUtcNow(), watch.GetTimestamp());
    }

    /// <summary>Nobody looks any more.</summary>
    public void StopWatching()
    {
        lock (_lock) _watch = null;
    }

    /// <summary>The process runs. If the last look is too long ago, it did not run in between.</summary>
    public void Look()
    {
        TimeSpan gap;
        lock (_lock)
        {
            if (_watch is null) return;
            var (before, since) = (_watchedAt, _watch.GetElapsedTime(_watchedStamp));
            (_watchedAt, _watchedStamp) = (_watch.GetUtcNow(), _watch.GetTimestamp());
            gap = _watchedAt - before > since ? _watchedAt - before : since;
            if (gap <= Interval + Tolerance) return;
            var now = clock.Now();
            _hearing = _hearing.Missed(now - gap, now);
        }
        LogGap(logger, Math.Round(gap.TotalSeconds));
    }

    [LoggerMessage(EventId = 241, Level = LogLevel.Warning,
        Message = "This process did not run for {Seconds} s (suspended, stalled, or the clock was set). That time does not count as silence "
            + "of any worker.")]
    private static partial void LogGap(ILogger logger, double seconds);
}
