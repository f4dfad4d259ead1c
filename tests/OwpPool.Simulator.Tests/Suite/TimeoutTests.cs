namespace OwpPool.Simulator.Tests;

public sealed class TimeoutTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory, EachEngine]
    public Task Call_LongerThanThirtySeconds_TimesOutAndTheTurnGoesOn(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var call = lab.Get<IPlainGateGrain>("g").Enter("call", "gate");
        await lab.UntilWrittenAsync("call begins");

        await lab.PassAsync(32 * Second);

        await Expect.ThrowsAsync<TimeoutException>(() => call);
        Assert.Equal(["activated", "call begins"], lab.Journal.Lines);
        lab.Journal.Open("gate");
        await lab.UntilWrittenAsync("call ends");
    });

    [Theory, EachEngine]
    public Task Call_ShorterThanThirtySeconds_DoesNotTimeOut(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var call = lab.Get<IPlainGateGrain>("g").Enter("call", "gate");
        await lab.UntilWrittenAsync("call begins");

        await lab.PassAsync(29 * Second);

        lab.Journal.Open("gate");
        await call;
    });

    [Theory, EachEngine]
    public Task Call_WithItsOwnTimeout_TimesOutByThat(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainGateGrain>("g");
        var brief = grain.EnterForFiveSeconds("brief", "brief");
        await lab.UntilWrittenAsync("brief begins");
        var usual = grain.Interleave("usual", "usual");
        await lab.UntilWrittenAsync("usual begins");

        await lab.PassAsync(7 * Second);

        await Expect.ThrowsAsync<TimeoutException>(() => brief);
        lab.Journal.Open("usual");
        await usual;
    });

    [Theory, EachEngine]
    public Task Call_StillWaitingAtItsTimeout_NeverRuns(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainGateGrain>("g");
        var running = grain.Enter("running", "gate");
        await lab.UntilWrittenAsync("running begins");
        var waiting = grain.EnterBriefly("waiting", "gate");
        await lab.AgeAsync(TimeSpan.FromMilliseconds(100));
        await lab.PassAsync(2 * Second);
        await Expect.ThrowsAsync<TimeoutException>(() => waiting);

        lab.Journal.Open("gate");
        await running;
        await grain.Enter("later", "gate");

        Assert.Equal(["activated", "running begins", "running ends", "later begins", "later ends"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Calls_BegunAtOtherTimes_EachHasItsOwnTimeout(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainGateGrain>("g");
        var first = grain.Interleave("first", "first");
        await lab.UntilWrittenAsync("first begins");
        await lab.PassAsync(20 * Second);
        var second = grain.Interleave("second", "second");
        await lab.UntilWrittenAsync("second begins");

        await lab.PassAsync(12 * Second);

        await Expect.ThrowsAsync<TimeoutException>(() => first);
        lab.Journal.Open("second");
        await second;
    });

    [Theory, EachEngine]
    public Task Call_OfItself_TimesOutAsADeadlockDoes(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var call = lab.Get<IContextGrain>("one").CallSelf();
        await lab.UntilWrittenAsync("calling");

        await lab.PassAsync(32 * Second);

        await Expect.ThrowsAsync<TimeoutException>(() => call);
    });

    [Theory, EachEngine]
    public Task Call_OfItselfByAReentrantGrain_Runs(Engine engine) => Lab.RunAsync(engine, async lab =>
        Assert.Equal("self", await lab.Get<IReentrantContextGrain>("self").CallSelf()));

    [Theory, EachEngine]
    public Task Call_OfItselfByAnInterleavingMethod_Runs(Engine engine) => Lab.RunAsync(engine, async lab =>
        Assert.Equal("self", await lab.Get<IContextGrain>("self").CallSelfBetween()));

    [Theory, EachEngine]
    public Task Call_OfAStuckGrainByAnother_TheCallerCatchesTheTimeoutAndGoesOn(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var call = lab.Get<IContextGrain>("caller").CallStuck("stuck", "gate");
        await lab.UntilWrittenAsync("stuck begins");

        await lab.PassAsync(32 * Second);

        Assert.Equal("timed out", await lab.Get<IContextGrain>("caller").Outcome());
        await Expect.FailureAsync(() => call);
    });

    [Theory, EachEngine]
    public Task Token_CancelledDuringTheCall_CallerStopsWaitingAndTheGrainSeesIt(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainGateGrain>("g");
        using var cancellation = new CancellationTokenSource();
        var call = grain.EnterCancellable("call", cancellation.Token);
        await lab.UntilWrittenAsync("call begins");

        cancellation.Cancel();

        await Expect.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await lab.UntilWrittenAsync("call is cancelled");
    });

    [Theory, EachEngine]
    public Task Token_CancelledWhileTheCallWaits_TheCallRunsCancelledOrNotAtAll(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainGateGrain>("g");
        var running = grain.Enter("running", "gate");
        await lab.UntilWrittenAsync("running begins");
        using var cancellation = new CancellationTokenSource();
        var call = grain.EnterCancellable("call", cancellation.Token);

        cancellation.Cancel();
        await Expect.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await lab.PassAsync(Second);
        lab.Journal.Open("gate");
        await running;
        await grain.Enter("later", "gate");

        // The cancellation is a message of its own: it may come before the call's turn or within it.
        Assert.Equal(lab.Journal.Count("call begins"), lab.Journal.Count("call is cancelled"));
        Assert.Equal(["activated", "running begins", "running ends", "later begins", "later ends"],
            lab.Journal.Lines.Where(line => !line.StartsWith("call ", StringComparison.Ordinal)));
    });

    [Theory, EachEngine]
    public Task Token_CancelledBeforeTheCall_TheCallNeverRuns(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<IPlainGateGrain>("g");
        lab.Journal.Open("open");

        await Expect.ThrowsAnyAsync<OperationCanceledException>(() => grain.EnterCancellable("call", new CancellationToken(canceled: true)));

        await grain.Enter("later", "open");
        Assert.Equal(["activated", "later begins", "later ends"], lab.Journal.Lines);
    });
}
