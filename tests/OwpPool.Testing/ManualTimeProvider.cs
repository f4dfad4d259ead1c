namespace OwpPool.Testing;

/// <summary>A clock that stands still until a test moves it. Timers fire inside <see cref="Advance"/>, in the order they fall due, on the
/// thread that advances; while one fires, the clock shows exactly its due instant.</summary>
/// <remarks>Safe to use from several threads; advance from one at a time. Wall clock and elapsed time are kept apart, so a test can step
/// the
/// wall clock (<see cref="StepWallClock"/>) the way NTP or an operator does, without any timer noticing.</remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    private readonly object _gate = new();
    private readonly PriorityQueue<ManualTimer, (long DueTicks, long Order)> _due = new();
    private readonly DateTimeOffset _start;
    private long _elapsedTicks;
    private long _wallStepTicks;
    private long _order;

    /// <summary>Starts the clock at <paramref name="start"/>, kept in UTC.</summary>
    public ManualTimeProvider(DateTimeOffset start) => _start = start.ToUniversalTime();

    /// <summary>Starts the clock at an arbitrary round instant, for tests that do not care which.</summary>
    public ManualTimeProvider()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    /// <summary>Always UTC, so that no test depends on the machine's zone.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>One timestamp unit is one tick (100 ns).</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Timers that are armed now: lets a test wait until the code under test has gone to sleep.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_gate)
                return _due.UnorderedItems.Count(entry => entry.Element.IsArmedAt(entry.Priority.Order));
        }
    }

    /// <summary>How far off the next armed timer is, in elapsed time; null when none is armed. Lets a test that must wait for what a timer
    /// sets off advance from one to the next.</summary>
    public TimeSpan? NextDue
    {
        get
        {
            lock (_gate)
            {
                while (_due.TryPeek(out var timer, out var key))
                {
                    if (timer.IsArmedAt(key.Order)) return TimeSpan.FromTicks(Math.Max(0, key.DueTicks - _elapsedTicks));
                    _due.Dequeue();
                }
                return null;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
            return _start.AddTicks(_elapsedTicks + _wallStepTicks);
    }

    public override long GetTimestamp()
    {
        lock (_gate)
            return _elapsedTicks;
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves time forward and fires every timer that falls due on the way, also those that the fired ones arm.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The span is negative; use <see cref="StepWallClock"/> to move the wall clock
    /// back.</exception>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        long target;
        lock (_gate)
            target = _elapsedTicks + by.Ticks;
        while (TakeNextDue(target) is { } timer)
            timer.Fire();
        lock (_gate)
            _elapsedTicks = Math.Max(_elapsedTicks, target);
    }

    /// <summary>Moves the clock to <paramref name="instant"/>: forward it is <see cref="Advance"/>, back it is
    /// <see cref="StepWallClock"/>.</summary>
    public void SetUtcNow(DateTimeOffset instant)
    {
        var by = instant - GetUtcNow();
        if (by >= TimeSpan.Zero)
            Advance(by);
        else
            StepWallClock(by);
    }

    /// <summary>Steps the wall clock forward or back. No timer fires and none is moved: timers run on elapsed time.</summary>
    public void StepWallClock(TimeSpan by)
    {
        lock (_gate)
            _wallStepTicks += by.Ticks;
    }

    internal void Arm(ManualTimer timer, TimeSpan dueTime)
    {
        lock (_gate)
        {
            timer.ArmedOrder = ++_order;
            if (dueTime != Timeout.InfiniteTimeSpan)
                _due.Enqueue(timer, (_elapsedTicks + dueTime.Ticks, timer.ArmedOrder));
        }
    }

    internal void Disarm(ManualTimer timer)
    {
        lock (_gate)
            timer.ArmedOrder = ++_order;
    }

    private ManualTimer? TakeNextDue(long targetTicks)
    {
        lock (_gate)
        {
            while (_due.TryPeek(out var timer, out var key) && key.DueTicks <= targetTicks)
            {
                _due.Dequeue();
                if (!timer.IsArmedAt(key.Order))
                    continue;
                _elapsedTicks = Math.Max(_elapsedTicks, key.DueTicks);
                timer.ArmedOrder = ++_order;
                if (timer.Period > TimeSpan.Zero)
                    _due.Enqueue(timer, (_elapsedTicks + timer.Period.Ticks, timer.ArmedOrder));
                return timer;
            }
            return null;
        }
    }
}
