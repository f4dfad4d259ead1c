namespace Orleans.StandIn.Tests;

public sealed class MailboxTests
{
    [Fact]
    public async Task Calls_OneGrain_RunInOrderAndNeverOverlap()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IPlainGateGrain>("g");
        host.Journal.Open("gate");

        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => grain.Enter($"{i}", "gate")));

        var expected = Enumerable.Range(0, 50).SelectMany(i => new[] { $"{i} begins", $"{i} ends" });
        Assert.Equal(expected.Prepend("activated"), host.Journal.Lines);
    }

    [Fact]
    public async Task Calls_TwoGrains_RunAtTheSameTime()
    {
        await using var host = await TestHost.StartAsync();
        var one = host.Get<IPlainGateGrain>("1").Enter("one", "gate");
        var two = host.Get<IPlainGateGrain>("2").Enter("two", "gate");

        await Eventually.True(() => host.Journal.Count("one begins") + host.Journal.Count("two begins") == 2, "both calls begin");

        host.Journal.Open("gate");
        await Eventually.Ends(Task.WhenAll(one, two), "both calls");
    }

    [Fact]
    public async Task Calls_ManyThreadsOnOneGrain_NoneIsLostOrOverlaps()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IUnsafeCounterGrain>("c");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
                await grain.Increment();
        })));

        Assert.Equal(4000, await grain.Get());
    }

    [Fact]
    public async Task PlainCall_WhileAnotherRuns_Waits()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IPlainGateGrain>("g");
        var first = grain.Enter("first", "first");
        var second = grain.Enter("second", "second");
        host.Journal.Open("second");
        await Eventually.True(() => host.Journal.Count("first begins") == 1, "the first call begins");
        await SettleAsync(host);

        Assert.Equal(0, host.Journal.Count("second begins"));

        host.Journal.Open("first");
        await Eventually.Ends(Task.WhenAll(first, second), "both calls");
    }

    [Fact]
    public async Task AlwaysInterleave_WhileAPlainCallRuns_Runs()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IPlainGateGrain>("g");
        var plain = grain.Enter("plain", "plain");
        host.Journal.Open("other");

        await Eventually.Ends(grain.Interleave("interleaving", "other"), "the interleaving call");

        Assert.False(plain.IsCompleted);
        host.Journal.Open("plain");
        await plain;
    }

    [Fact]
    public async Task PlainCall_WhileAnInterleavingOneRuns_Runs()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IPlainGateGrain>("g");
        var interleaving = grain.Interleave("interleaving", "interleaving");
        host.Journal.Open("plain");

        await Eventually.Ends(grain.Enter("plain", "plain"), "the plain call");

        Assert.False(interleaving.IsCompleted);
        host.Journal.Open("interleaving");
        await interleaving;
    }

    [Fact]
    public async Task ReadOnly_WhileAnotherReadOnlyRuns_Runs()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IPlainGateGrain>("g");
        var first = grain.Read("first", "first");
        host.Journal.Open("second");

        await Eventually.Ends(grain.Read("second", "second"), "the second reading");

        Assert.False(first.IsCompleted);
        host.Journal.Open("first");
        await first;
    }

    [Fact]
    public async Task ReadOnly_WhileAPlainCallRuns_Waits()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IPlainGateGrain>("g");
        var plain = grain.Enter("plain", "plain");
        var reading = grain.Read("reading", "reading");
        host.Journal.Open("reading");
        await Eventually.True(() => host.Journal.Count("plain begins") == 1, "the plain call begins");
        await SettleAsync(host);

        Assert.Equal(0, host.Journal.Count("reading begins"));

        host.Journal.Open("plain");
        await Eventually.Ends(Task.WhenAll(plain, reading), "both calls");
    }

    [Fact]
    public async Task PlainCall_WhileTwoReadOnlyRunAndTheFirstEnds_StillWaits()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IPlainGateGrain>("g");
        var first = grain.Read("first", "first");
        var second = grain.Read("second", "second");
        await Eventually.True(() => host.Journal.Count("second begins") == 1, "both readings begin");
        var plain = grain.Enter("plain", "plain");
        host.Journal.Open("plain");
        host.Journal.Open("first");
        await first;
        await SettleAsync(host);

        Assert.Equal(0, host.Journal.Count("plain begins"));

        host.Journal.Open("second");
        await Eventually.Ends(Task.WhenAll(second, plain), "the other calls");
    }

    [Fact]
    public async Task Reentrant_WhileACallRuns_Runs()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IReentrantGateGrain>("g");
        var first = grain.Enter("first", "first");
        host.Journal.Open("second");

        await Eventually.Ends(grain.Enter("second", "second"), "the second call");

        Assert.False(first.IsCompleted);
        host.Journal.Open("first");
        await first;
    }

    [Fact]
    public async Task OneWay_WhileItRuns_TheCallerHasGoneOn()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IPlainGateGrain>("g");

        await grain.Send("sent", "gate");

        Assert.Equal(0, host.Journal.Count("sent ends"));
        host.Journal.Open("gate");
        await Eventually.True(() => host.Journal.Count("sent ends") == 1, "the one-way call ends");
    }

    /// <summary>Another grain's calls go through, so whatever could have run has had its chance.</summary>
    private static async Task SettleAsync(TestHost host)
    {
        for (var i = 0; i < 20; i++)
            await host.Get<IEchoGrain>("settle").Add(i, i);
    }
}
