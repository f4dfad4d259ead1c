namespace OwpPool.Simulator.Tests;

public sealed class MailboxTests
{
    [Theory, EachEngine]
    public Task Calls_OneActiveGrain_RunInOrderAndNeverOverlap(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = await ActiveAsync<IPlainGateGrain>(lab);

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => grain.Enter($"{i}", "open")));

        Assert.Equal(Enumerable.Range(0, 50).SelectMany(i => new[] { $"{i} begins", $"{i} ends" }), lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Calls_GrainNotYetActive_RunInSomeOrderAndNeverOverlap(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        lab.Journal.Open("open");
        var grain = lab.Get<IPlainGateGrain>("g");

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => grain.Enter($"{i}", "open")));

        var runs = lab.Journal.Lines.Skip(1).Chunk(2).ToList();
        Assert.All(runs, run => Assert.Equal(run[0].Replace("begins", "ends", StringComparison.Ordinal), run[1]));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i} ends").Order(), runs.Select(run => run[1]).Order());
    });

    [Theory, EachEngine]
    public Task Calls_TwoGrains_RunAtTheSameTime(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var one = lab.Get<IPlainGateGrain>("1").Enter("one", "gate");
        var two = lab.Get<IPlainGateGrain>("2").Enter("two", "gate");

        await lab.UntilWrittenAsync("one begins");
        await lab.UntilWrittenAsync("two begins");

        lab.Journal.Open("gate");
        await Task.WhenAll(one, two);
    });

    [Theory, EachEngine]
    public Task Calls_ManyClientsOfOneGrain_NoneIsLostOrOverlaps(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = lab.Get<ICarelessCounterGrain>("c");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => IncrementAsync()));

        Assert.Equal(400, await grain.Get());

        async Task IncrementAsync()
        {
            for (var i = 0; i < 50; i++) await grain.Increment();
        }
    });

    [Theory, EachEngine]
    public Task PlainCall_WhileAnotherRuns_Waits(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = await ActiveAsync<IPlainGateGrain>(lab);
        var first = grain.Enter("first", "gate");
        await lab.UntilWrittenAsync("first begins");
        var second = grain.Enter("second", "open");
        await grain.Interleave("between", "open");

        lab.Journal.Open("gate");
        await Task.WhenAll(first, second);

        Assert.Equal(
            ["first begins", "between begins", "between ends", "first ends", "second begins", "second ends"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task AlwaysInterleave_WhileAPlainCallRuns_Runs(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = await ActiveAsync<IPlainGateGrain>(lab);
        var plain = grain.Enter("plain", "gate");

        await grain.Interleave("interleaving", "open");

        Assert.False(plain.IsCompleted);
        lab.Journal.Open("gate");
        await plain;
    });

    [Theory, EachEngine]
    public Task PlainCall_WhileAnInterleavingOneRuns_Runs(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = await ActiveAsync<IPlainGateGrain>(lab);
        var interleaving = grain.Interleave("interleaving", "gate");

        await grain.Enter("plain", "open");

        Assert.False(interleaving.IsCompleted);
        lab.Journal.Open("gate");
        await interleaving;
    });

    [Theory, EachEngine]
    public Task ReadOnly_WhileAnotherReadOnlyRuns_Runs(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = await ActiveAsync<IPlainGateGrain>(lab);
        var first = grain.Read("first", "gate");

        await grain.Read("second", "open");

        Assert.False(first.IsCompleted);
        lab.Journal.Open("gate");
        await first;
    });

    [Theory, EachEngine]
    public Task ReadOnly_WhileAPlainCallRuns_Waits(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = await ActiveAsync<IPlainGateGrain>(lab);
        var plain = grain.Enter("plain", "gate");
        await lab.UntilWrittenAsync("plain begins");
        var reading = grain.Read("reading", "open");
        await grain.Interleave("between", "open");

        lab.Journal.Open("gate");
        await Task.WhenAll(plain, reading);

        Assert.Equal(
            ["plain begins", "between begins", "between ends", "plain ends", "reading begins", "reading ends"], lab.Journal.Lines);
    });

    [Theory, EachEngine("first", "second"), EachEngine("second", "first")]
    public Task PlainCall_WhileTwoReadOnlyRun_WaitsForTheLast(Engine engine, string sooner, string later) => Lab.RunAsync(engine, async lab =>
    {
        var grain = await ActiveAsync<IPlainGateGrain>(lab);
        var first = grain.Read("first", "first");
        await lab.UntilWrittenAsync("first begins");
        var second = grain.Read("second", "second");
        await lab.UntilWrittenAsync("second begins");
        var plain = grain.Enter("plain", "open");

        lab.Journal.Open(sooner);
        await (sooner == "first" ? first : second);
        await grain.Interleave("between", "open");
        lab.Journal.Open(later);
        await Task.WhenAll(first, second, plain);

        Assert.Equal(
            [
                "first begins", "second begins", $"{sooner} ends", "between begins", "between ends", $"{later} ends", "plain begins", "plain ends",
            ],
            lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task ReadOnly_BehindAWaitingPlainCall_PassesIt(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = await ActiveAsync<IPlainGateGrain>(lab);
        var first = grain.Read("first", "gate");
        await lab.UntilWrittenAsync("first begins");
        var plain = grain.Enter("plain", "open");

        await grain.Read("second", "open");

        lab.Journal.Open("gate");
        await Task.WhenAll(first, plain);
        Assert.Equal(["first begins", "second begins", "second ends", "first ends", "plain begins", "plain ends"], lab.Journal.Lines);
    });

    [Theory, EachEngine]
    public Task Reentrant_WhileACallRuns_Runs(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = await ActiveAsync<IReentrantGateGrain>(lab);
        var first = grain.Enter("first", "gate");

        await grain.Enter("second", "open");

        Assert.False(first.IsCompleted);
        lab.Journal.Open("gate");
        await first;
    });

    [Theory, EachEngine]
    public Task OneWay_WhileItRuns_TheCallerHasGoneOn(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = await ActiveAsync<IPlainGateGrain>(lab);

        await grain.Send("sent", "gate");

        Assert.Equal(0, lab.Journal.Count("sent ends"));
        lab.Journal.Open("gate");
        await lab.UntilWrittenAsync("sent ends");
    });

    [Theory, EachEngine]
    public Task OneWay_WhileItRuns_OthersWait(Engine engine) => Lab.RunAsync(engine, async lab =>
    {
        var grain = await ActiveAsync<IPlainGateGrain>(lab);
        await grain.Send("sent", "gate");
        await lab.UntilWrittenAsync("sent begins");
        var plain = grain.Enter("plain", "open");
        await grain.Interleave("between", "open");

        lab.Journal.Open("gate");
        await plain;

        Assert.Equal(
            ["sent begins", "between begins", "between ends", "sent ends", "plain begins", "plain ends"], lab.Journal.Lines);
    });

    /// <summary>A grain that is active, so that calls reach its mailbox in the order in which they are sent, and a journal that is empty but
    /// for the open gate "open".</summary>
    private static async Task<T> ActiveAsync<T>(Lab lab)
        where T : IGateGrain
    {
        lab.Journal.Open("open");
        var grain = lab.Get<T>("g");
        await grain.Enter("warm up", "open");
        lab.Journal.Clear();
        return grain;
    }
}
