namespace Orleans.StandIn.Tests;

public sealed class MailboxTests
{
    public static TheoryData<int> Seeds => [1, 2, 3, 4, 5];

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

    [Theory]
    [MemberData(nameof(Seeds))]
    public void PlainCall_WhileAnotherRuns_Waits(int seed)
    {
        using var lab = new Lab(seed);
        var first = lab.Begin(() => lab.Get<IPlainGateGrain>("g").Enter("first", "first"));
        var second = lab.Begin(() => lab.Get<IPlainGateGrain>("g").Enter("second", "second"));
        lab.Open("second");

        Assert.Equal(["activated", "first begins"], lab.Journal.Lines);

        lab.Open("first");
        Assert.True(first.IsCompletedSuccessfully && second.IsCompletedSuccessfully);
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

    [Theory]
    [MemberData(nameof(Seeds))]
    public void ReadOnly_WhileAPlainCallRuns_Waits(int seed)
    {
        using var lab = new Lab(seed);
        var plain = lab.Begin(() => lab.Get<IPlainGateGrain>("g").Enter("plain", "plain"));
        var reading = lab.Begin(() => lab.Get<IPlainGateGrain>("g").Read("reading", "reading"));
        lab.Open("reading");

        Assert.Equal(["activated", "plain begins"], lab.Journal.Lines);

        lab.Open("plain");
        Assert.True(plain.IsCompletedSuccessfully && reading.IsCompletedSuccessfully);
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void PlainCall_WhileTwoReadOnlyRunAndOneEnds_StillWaits(int seed)
    {
        using var lab = new Lab(seed);
        var first = lab.Begin(() => lab.Get<IPlainGateGrain>("g").Read("first", "first"));
        var second = lab.Begin(() => lab.Get<IPlainGateGrain>("g").Read("second", "second"));
        var plain = lab.Begin(() => lab.Get<IPlainGateGrain>("g").Enter("plain", "plain"));
        lab.Open("plain");
        lab.Open("first");

        Assert.Equal(["activated", "first begins", "second begins", "first ends"], lab.Journal.Lines);
        Assert.True(first.IsCompletedSuccessfully);

        lab.Open("second");
        Assert.True(second.IsCompletedSuccessfully && plain.IsCompletedSuccessfully);
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
}
