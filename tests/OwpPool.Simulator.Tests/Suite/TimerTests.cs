namespace OwpPool.Simulator.Tests;

public sealed class TimerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory, EachEngine]
    public Task Timer_DueAndPeriod_TicksAtThoseTimes(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IPlainTimerGrain>("t").Start(5 * Second, 2 * Second);

        await lab.PassAsync(13.5 * Second);

        Assert.Equal([5, 7, 9, 11, 13], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Timer_InfinitePeriod_TicksOnce(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IPlainTimerGrain>("t").Start(3 * Second, Timeout.InfiniteTimeSpan);

        await lab.PassAsync(60 * Second);

        Assert.Equal([3], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Timer_DueAtOnce_TicksBeforeACallThatComesLater(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainTimerGrain>("t");
        await grain.Start(TimeSpan.Zero, Second);
        await grain.Mark("later");

        await lab.PassAsync(2.5 * Second);

        Assert.Equal(["tick", "later", "tick", "tick"], lab.Journal.Lines);
        Assert.Equal([0, 1, 2], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Tick_WhileACallRuns_WaitsAndThePeriodCountsFromItsEnd(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainTimerGrain>("t");
        await grain.Start(Second, Second);
        var call = grain.WaitAt("gate");

        await lab.PassAsync(5.5 * Second);
        lab.Journal.Open("gate");
        await call;
        await lab.PassAsync(2.2 * Second);

        Assert.Equal([5.5, 6.5, 7.5], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Tick_Interleaving_RunsWhileACallRuns(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainTimerGrain>("t");
        await grain.StartInterleaving(Second);
        var call = grain.WaitAt("gate");
        await lab.UntilWrittenAsync("waiting");

        await lab.PassAsync(3.5 * Second);

        Assert.Equal([1, 2, 3], lab.Journal.SecondsOf("tick"));
        Assert.False(call.IsCompleted);
        lab.Journal.Open("gate");
        await call;
    });

    [Theory, EachEngine]
    public Task Tick_OfAReentrantGrain_RunsWhileACallRuns(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IReentrantTimerGrain>("t");
        await grain.Start(Second, Second);
        var call = grain.WaitAt("gate");
        await lab.UntilWrittenAsync("waiting");

        await lab.PassAsync(2.5 * Second);

        Assert.Equal([1, 2], lab.Journal.SecondsOf("tick"));
        lab.Journal.Open("gate");
        await call;
    });

    [Theory, EachEngine]
    public Task Tick_LongerThanThePeriod_NeverOverlapsItselfAndThePeriodCountsFromItsEnd(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IPlainTimerGrain>("t").StartSlow("gate", Second);

        await lab.PassAsync(10.5 * Second);
        lab.Journal.Open("gate");
        await lab.PassAsync(2.2 * Second);

        Assert.Equal([1, 11.5, 12.5], lab.Journal.SecondsOf("tick"));
        Assert.Equal([10.5, 11.5, 12.5], lab.Journal.SecondsOf("tick over"));
    });

    [Theory, EachEngine]
    public Task Tick_UnderWay_CallsWait(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainTimerGrain>("t");
        await grain.StartSlow("gate", Second);
        await lab.PassAsync(1.5 * Second);
        var call = grain.Mark("called");

        lab.Journal.Open("gate");
        await call;

        Assert.Equal(["tick", "tick over", "called"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Tick_Throws_TimerGoesOn(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IPlainTimerGrain>("t").StartThrowing(Second);

        await lab.PassAsync(3.5 * Second);

        Assert.Equal([1, 2, 3], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Dispose_OfATimer_EndsIt(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainTimerGrain>("t");
        await grain.Start(Second, Second);
        await lab.PassAsync(1.5 * Second);

        await grain.Stop();
        await grain.Change(Second, Second);
        await lab.PassAsync(10 * Second);

        Assert.Equal([1], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Dispose_WhileATickWaits_TheTickDoesNotRun(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainTimerGrain>("t");
        await grain.Start(Second, Second);
        var call = grain.WaitAt("gate");
        await lab.PassAsync(1.5 * Second);

        await grain.StopBetween();
        lab.Journal.Open("gate");
        await call;
        await lab.PassAsync(5 * Second);

        Assert.Equal(["waiting"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Dispose_DuringATick_CancelsItsToken(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainTimerGrain>("t");
        await grain.StartUntilCancelled(Second);
        await lab.PassAsync(1.5 * Second);

        await grain.StopBetween();

        await lab.UntilWrittenAsync("tick cancelled");
        await lab.PassAsync(5 * Second);
        Assert.Equal([1], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Change_OfATimer_SetsItAnew(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainTimerGrain>("t");
        await grain.Start(Second, Second);

        await grain.Change(10 * Second, 20 * Second);
        await lab.PassAsync(55 * Second);

        Assert.Equal([10, 30, 50], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Change_WithinATick_CountsFromItsEnd(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IPlainTimerGrain>("t").StartChanging(Second, 7 * Second, 3 * Second);

        await lab.PassAsync(14.5 * Second);

        Assert.Equal([1, 8, 11, 14], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Change_WithinATickToInfinite_EndsTheTimer(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IPlainTimerGrain>("t").StartChanging(Second, Timeout.InfiniteTimeSpan, Second);

        await lab.PassAsync(10 * Second);

        Assert.Equal([1], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Change_WhileATickWaits_CountsFromTheEndOfThatTick(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainTimerGrain>("t");
        await grain.Start(Second, Second);
        var call = grain.WaitAtAndChange("gate", 10 * Second, 20 * Second);
        await lab.PassAsync(5 * Second);

        lab.Journal.Open("gate");
        await call;
        await lab.PassAsync(31 * Second);

        Assert.Equal([5, 15, 35], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Deactivation_OfTheGrain_EndsItsTimers(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainTimerGrain>("t");
        await grain.Start(Second, Second);
        await lab.PassAsync(1.5 * Second);

        await grain.End();
        await lab.UntilWrittenAsync("gone");
        await lab.PassAsync(10 * Second);

        Assert.Equal([1], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Deactivation_AskedForByATick_EndsTheTimer(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        await lab.Get<IPlainTimerGrain>("t").StartEnding(Second);

        await lab.PassAsync(1.5 * Second);
        await lab.UntilWrittenAsync("gone");
        await lab.PassAsync(5 * Second);

        Assert.Equal(["tick", "gone"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Deactivation_AskedForByACallThatGoesOn_InterleavingTicksGoOnUntilItEnds(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainTimerGrain>("t");
        await grain.StartInterleaving(Second);
        var ending = grain.EndAt("gate");
        await lab.UntilWrittenAsync("waiting");

        await lab.PassAsync(3.5 * Second);
        lab.Journal.Open("gate");
        await ending;
        await lab.UntilWrittenAsync("gone");
        await lab.PassAsync(10 * Second);

        Assert.Equal([1, 2, 3], lab.Journal.SecondsOf("tick"));
    });

    [Theory, EachEngine]
    public Task Ticks_WithoutKeepAlive_DoNotKeepTheGrain(Engine engine) => Lab.RunAsync(
        engine,
        async lab =>
        {
            await lab.Get<IPlainTimerGrain>("t").Start(Second, Second);

            await lab.PassUntilAsync(() => lab.Journal.Count("gone") == 1, "the grain is deactivated although it ticks");
        },
        Idle.Soon<PlainTimerGrain>);

    [Theory, EachEngine]
    public Task Tick_OfATimerStartedInACall_SeesNothingOfItsRequestContext(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        RequestContext.Set("who", "caller");
        await lab.Get<IPlainTimerGrain>("t").StartReadingContext("who", Second);
        RequestContext.Clear();

        await lab.PassAsync(1.5 * Second);

        Assert.Equal(["tick sees nothing"], lab.Journal.Lines);
    });

    [Theory, EachEngine(-2, 1), EachEngine(1, -2)]
    public Task Register_NegativeSpan_Throws(Engine engine, int due, int period) => Lab.RunAsync(engine, lab =>
        Expect.ThrowsAsync<ArgumentOutOfRangeException>(() => lab.Get<IPlainTimerGrain>("t").Start(due * Second, period * Second)));
}
