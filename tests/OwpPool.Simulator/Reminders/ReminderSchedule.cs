namespace OwpPool.Simulator;

/// <summary>When reminders tick. A tick that was missed is dropped: the next is always the next multiple of the period.</summary>
internal static class ReminderSchedule
{
    /// <summary>The first tick at <paramref name="now"/> or later. All instants are UTC.</summary>
    internal static DateTime NextTick(ReminderEntry entry, DateTime now)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(entry.Period, TimeSpan.Zero, nameof(entry));
        var start = DateTime.SpecifyKind(entry.StartAt, DateTimeKind.Utc);
        if (now <= start)
            return start;
        var sinceLastTick = (now - start).Ticks % entry.Period.Ticks;
        return sinceLastTick == 0 ? now : AddClamped(now, TimeSpan.FromTicks(entry.Period.Ticks - sinceLastTick));
    }

    /// <summary>The tick after <paramref name="previous"/>, never that one again.</summary>
    internal static DateTime FollowingTick(ReminderEntry entry, DateTime previous, DateTime now)
    {
        var next = NextTick(entry, now);
        return next > previous ? next : AddClamped(previous, entry.Period);
    }

    internal static DateTime AddClamped(DateTime instant, TimeSpan span) =>
        span > DateTime.MaxValue - instant ? DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc) : instant + span;
}
