namespace OwpPool.Simulator.Tests;

/// <summary>The clock of Orleans' reminder service. Delays are cut to whole milliseconds: the service wakes a fraction of one too early and then
/// asks for the time until that fraction has passed. On a clock that stands still it never would; whoever asks so often is told that it has.
/// </summary>
internal sealed class ReminderClock(ManualTimeProvider clock) : TimeProvider
{
    /// <summary>More than anything but such a loop asks at one instant.</summary>
    private const int ManyQuestions = 1000;

    private static readonly TimeSpan Fraction = TimeSpan.FromMilliseconds(1);

    private long _instant;
    private int _questions;

    public override long TimestampFrequency => clock.TimestampFrequency;

    public override TimeZoneInfo LocalTimeZone => clock.LocalTimeZone;

    public override DateTimeOffset GetUtcNow()
    {
        var instant = clock.GetTimestamp();
        if (Interlocked.Exchange(ref _instant, instant) != instant) Volatile.Write(ref _questions, 0);
        var now = clock.GetUtcNow();
        if (Interlocked.Increment(ref _questions) < ManyQuestions) return now;
        Volatile.Write(ref _questions, 0);
        return now + Fraction;
    }

    public override long GetTimestamp() => clock.GetTimestamp();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        clock.CreateTimer(callback, state, dueTime, period);
}
