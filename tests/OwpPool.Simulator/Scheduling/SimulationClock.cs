namespace OwpPool.Simulator;

/// <summary>Virtual time: it stands still while anything can happen and then jumps to the next timer.</summary>
internal sealed class SimulationClock(DateTimeOffset start) : TimeProvider
{
    private readonly PriorityQueue<SimulationTimer, (long DueTicks, long Order)> _due = new();
    private readonly DateTimeOffset _start = start.ToUniversalTime();
    private long _wallStepTicks;
    private long _order;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Time since the simulation began, which no step of the wall clock changes.</summary>
    internal TimeSpan Elapsed { get; private set; }

    public override DateTimeOffset GetUtcNow() => _start + Elapsed + TimeSpan.FromTicks(_wallStepTicks);

    public override long GetTimestamp() => Elapsed.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new SimulationTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Steps the wall clock, as NTP or an operator does; timers run on elapsed time and do not notice.</summary>
    internal void StepWallClock(TimeSpan by) => _wallStepTicks += by.Ticks;

    /// <summary>When the next timer is due, in elapsed time; null when none is armed.</summary>
    internal TimeSpan? NextDue
    {
        get
        {
            DropStale();
            return _due.TryPeek(out _, out var key) ? TimeSpan.FromTicks(key.DueTicks) : null;
        }
    }

    /// <summary>Jumps to the next timer and fires it.</summary>
    internal void FireNext()
    {
        DropStale();
        if (!_due.TryDequeue(out var timer, out var key)) throw new InvalidOperationException("No timer is armed.");
        if (Elapsed.Ticks < key.DueTicks) Elapsed = TimeSpan.FromTicks(key.DueTicks);
        timer.Fire();
    }

    /// <summary>Moves to an instant at which nothing is due.</summary>
    internal void MoveTo(TimeSpan elapsed)
    {
        if (elapsed > Elapsed) Elapsed = elapsed;
    }

    private void DropStale()
    {
        while (_due.TryPeek(out var timer, out var key) && timer.ArmedOrder != key.Order) _due.Dequeue();
    }

    private long Enqueue(SimulationTimer timer, TimeSpan wait)
    {
        var order = ++_order;
        if (wait != Timeout.InfiniteTimeSpan) _due.Enqueue(timer, ((Elapsed + wait).Ticks, order));
        return order;
    }

    private sealed class SimulationTimer(SimulationClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;
        private bool _disposed;

        /// <summary>Names the arming that counts; queue entries of earlier ones are stale.</summary>
        internal long ArmedOrder { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (_disposed) return false;
            _period = period;
            ArmedOrder = clock.Enqueue(this, dueTime);
            return true;
        }

        public void Dispose()
        {
            _disposed = true;
            ArmedOrder = 0;
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        internal void Fire()
        {
            ArmedOrder = clock.Enqueue(this, _period > TimeSpan.Zero ? _period : Timeout.InfiniteTimeSpan);
            callback(state);
        }
    }
}
