namespace OwpPool.Testing;

/// <summary>A timer of <see cref="ManualTimeProvider"/>: fires only inside Advance.</summary>
internal sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
{
    private bool _disposed;

    /// <summary>Zero or infinite means one-shot, as with <see cref="Timer"/>.</summary>
    internal TimeSpan Period { get; private set; } = Timeout.InfiniteTimeSpan;

    /// <summary>Names the arming that counts; queue entries of earlier ones are stale and skipped. Guarded by the clock's lock.</summary>
    internal long ArmedOrder { get; set; }

    internal bool IsArmedAt(long order) => ArmedOrder == order;

    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, nameof(dueTime));
        Check(period, nameof(period));
        if (_disposed)
            return false;
        Period = period;
        clock.Arm(this, dueTime);
        return true;
    }

    public void Dispose()
    {
        _disposed = true;
        clock.Disarm(this);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal void Fire() => callback(state);

    private static void Check(TimeSpan span, string name)
    {
        if (span < TimeSpan.Zero && span != Timeout.InfiniteTimeSpan)
            throw new ArgumentOutOfRangeException(name, span, "A timer needs a span of zero or more, or Timeout.InfiniteTimeSpan.");
    }
}
