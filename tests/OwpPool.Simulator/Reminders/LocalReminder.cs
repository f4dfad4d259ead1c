namespace OwpPool.Simulator;

/// <summary>A reminder as the service holds it. Everything happens in turns of the service.</summary>
internal sealed class LocalReminder : IDisposable
{
    private readonly ITimer _timer;

    internal LocalReminder(ReminderEntry entry, long sequence, TimeProvider clock, Action<LocalReminder> onDue)
    {
        Entry = entry;
        Sequence = sequence;
        using (SuppressedFlow.Begin())
            _timer = clock.CreateTimer(_ => onDue(this), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    internal ReminderEntry Entry { get; private set; }

    /// <summary>Orders changes made here against snapshots of the table.</summary>
    internal long Sequence { get; set; }

    /// <summary>The tick that the timer is set to.</summary>
    internal DateTime Due { get; private set; }

    /// <summary>The last tick sent on this schedule.</summary>
    internal DateTime? Previous { get; set; }

    /// <summary>Whether a tick is being delivered: ticks of one reminder do not overlap.</summary>
    internal bool IsTicking { get; set; }

    /// <summary>Whether the timer is set; it is not while a tick is under way or the next one is far off.</summary>
    internal bool IsArmed { get; private set; }

    internal bool IsGone { get; private set; }

    internal void Replace(ReminderEntry entry)
    {
        Entry = entry;
        Previous = null;
    }

    internal void Arm(DateTime due, TimeSpan wait)
    {
        Due = due;
        IsArmed = true;
        _timer.Change(wait, Timeout.InfiniteTimeSpan);
    }

    internal void Disarm()
    {
        IsArmed = false;
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        IsGone = true;
        _timer.Dispose();
    }
}
