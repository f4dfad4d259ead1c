using Orleans.Runtime;

namespace Orleans.StandIn.Tests;

public sealed class TimerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Timer_DueAndPeriod_TicksAtThoseTimes()
    {
        using var lab = new Lab();
        lab.Run(() => lab.Get<ITimerGrain>("t").Start("tick", 5 * Second, 2 * Second));

        Assert.Equal(0, TicksAfter(lab, 4.9 * Second));
        Assert.Equal(1, TicksAfter(lab, 0.1 * Second));
        Assert.Equal(1, TicksAfter(lab, 1.9 * Second));
        Assert.Equal(2, TicksAfter(lab, 0.1 * Second));
        Assert.Equal(12, TicksAfter(lab, 20 * Second));
    }

    [Fact]
    public void Timer_InfinitePeriod_TicksOnce()
    {
        using var lab = new Lab();
        lab.Run(() => lab.Get<ITimerGrain>("t").Start("tick", TimeSpan.Zero, Timeout.InfiniteTimeSpan));

        Assert.Equal(1, TicksAfter(lab, TimeSpan.Zero));
        Assert.Equal(1, TicksAfter(lab, 60 * Second));
    }

    [Fact]
    public void Tick_WhileACallRuns_Waits()
    {
        using var lab = new Lab();
        lab.Run(() => lab.Get<ITimerGrain>("t").Start("tick", Second, Second));
        var call = lab.Begin(() => lab.Get<ITimerGrain>("t").WaitAt("gate"));

        Assert.Equal(0, TicksAfter(lab, 5 * Second));
        lab.Open("gate");

        Assert.True(call.IsCompletedSuccessfully);
        Assert.Equal(1, lab.Journal.Count("tick"));
    }

    [Fact]
    public void Tick_Interleaving_RunsWhileACallRuns()
    {
        using var lab = new Lab();
        lab.Run(() => lab.Get<ITimerGrain>("t").StartInterleaving("tick", Second));
        var call = lab.Begin(() => lab.Get<ITimerGrain>("t").WaitAt("gate"));

        Assert.Equal(5, TicksAfter(lab, 5 * Second));
        Assert.False(call.IsCompleted);
    }

    [Fact]
    public void Tick_LongerThanThePeriod_NeverOverlapsItselfAndThePeriodCountsFromItsEnd()
    {
        using var lab = new Lab();
        lab.Run(() => lab.Get<ITimerGrain>("t").StartSlow("tick", "gate", Second));

        Assert.Equal(1, TicksAfter(lab, 10.5 * Second));
        lab.Open("gate");

        Assert.Equal(1, TicksAfter(lab, 0.9 * Second));
        Assert.Equal(2, TicksAfter(lab, 0.1 * Second));
    }

    [Fact]
    public void Tick_Throws_TimerGoesOn()
    {
        using var lab = new Lab();
        lab.Run(() => lab.Get<ITimerGrain>("t").StartThrowing("tick", Second));

        Assert.Equal(3, TicksAfter(lab, 3 * Second));
    }

    [Fact]
    public void Dispose_OfATimer_EndsIt()
    {
        using var lab = new Lab();
        lab.Run(() => lab.Get<ITimerGrain>("t").Start("tick", Second, Second));
        Assert.Equal(1, TicksAfter(lab, Second));

        lab.Run(() => lab.Get<ITimerGrain>("t").Stop());

        Assert.Equal(1, TicksAfter(lab, 10 * Second));
    }

    [Fact]
    public void Dispose_DuringATick_CancelsItsToken()
    {
        using var lab = new Lab();
        lab.Run(() => lab.Get<ITimerGrain>("t").StartUntilCancelled("tick", Second));
        Assert.Equal(1, TicksAfter(lab, Second));

        lab.Run(() => lab.Get<ITimerGrain>("t").StopBetween());
        lab.Pass(TimeSpan.Zero);

        Assert.Equal(1, lab.Journal.Count("tick cancelled"));
    }

    [Fact]
    public void Change_OfATimer_SetsItAnew()
    {
        using var lab = new Lab();
        lab.Run(() => lab.Get<ITimerGrain>("t").Start("tick", Second, Second));

        lab.Run(() => lab.Get<ITimerGrain>("t").Change(10 * Second, 20 * Second));

        Assert.Equal(0, TicksAfter(lab, 9.9 * Second));
        Assert.Equal(1, TicksAfter(lab, 0.1 * Second));
        Assert.Equal(1, TicksAfter(lab, 19.9 * Second));
        Assert.Equal(2, TicksAfter(lab, 0.1 * Second));
    }

    [Fact]
    public void Deactivation_OfTheGrain_EndsItsTimers()
    {
        using var lab = new Lab();
        lab.Run(() => lab.Get<ITimerGrain>("t").Start("tick", Second, Second));

        lab.Run(() => lab.Get<ITimerGrain>("t").End());

        Assert.Equal(0, TicksAfter(lab, 10 * Second));
        Assert.Equal(1, lab.Journal.Count("gone"));
    }

    [Fact]
    public void Ticks_WithoutKeepAlive_DoNotKeepTheGrain()
    {
        using var lab = new Lab();
        lab.Run(() => lab.Get<ITimerGrain>("t").Start("tick", 7 * Second, 7 * Second));

        lab.Pass(TimeSpan.FromMinutes(17));

        Assert.Equal(1, lab.Journal.Count("gone"));
    }

    [Fact]
    public void Ticks_WithKeepAlive_KeepTheGrain()
    {
        using var lab = new Lab();
        lab.Run(() => lab.Get<ITimerGrain>("t").StartKeepingAlive("tick", 7 * Second));

        lab.Pass(TimeSpan.FromHours(1));

        Assert.Equal(0, lab.Journal.Count("gone"));
    }

    [Fact]
    public void Register_NegativeSpan_Throws()
    {
        using var lab = new Lab();

        Assert.Throws<ArgumentOutOfRangeException>(() => lab.Run(() => lab.Get<ITimerGrain>("t").Start("tick", -2 * Second, Second)));
    }

    private static int TicksAfter(Lab lab, TimeSpan span)
    {
        lab.Pass(span);
        return lab.Journal.Count("tick");
    }
}
