using Orleans.Runtime;

namespace Orleans.StandIn.Tests;

public sealed class CallTests
{
    [Fact]
    public async Task Call_EachKindOfReturnType_GivesTheResult()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IEchoGrain>("a/b");

        Assert.Equal(5, await grain.Add(2, 3));
        Assert.Equal("a/b", await grain.Key());
        Assert.Equal(45, await grain.SumOfNine(1, 2, 3, 4, 5, 6, 7, 8, 9));
        await grain.Nothing();
    }

    [Fact]
    public async Task Call_GrainThrows_CallerGetsTypeAndMessage()
    {
        await using var host = await TestHost.StartAsync();

        var synchronous = await Assert.ThrowsAsync<InvalidDataException>(() => host.Get<IFaultyGrain>("f").ThrowAtOnce("first"));
        var asynchronous = await Assert.ThrowsAsync<InvalidDataException>(() => host.Get<IFaultyGrain>("f").ThrowLater("second"));
        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => host.Get<IFaultyGrain>("f").Cancel());

        Assert.Equal("first", synchronous.Message);
        Assert.Equal("second", asynchronous.Message);
        Assert.NotNull(cancelled);
    }

    [Fact]
    public async Task Call_AfterAnException_SameActivationAnswers()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IFaultyGrain>("f");
        var before = await grain.ActivationNumber();
        await Assert.ThrowsAsync<InvalidDataException>(() => grain.ThrowLater("x"));

        Assert.Equal(before, await grain.ActivationNumber());
    }

    [Fact]
    public async Task Call_FromGrainToGrain_ContinuationsStayOnTheirOwnScheduler()
    {
        await using var host = await TestHost.StartAsync();

        Assert.Equal(["one", "one", "one", "two"], await host.Get<IContextGrain>("one").WhoRuns("two"));
    }

    [Fact]
    public async Task Call_OfItself_TimesOutAsADeadlockDoes()
    {
        await using var host = await TestHost.StartAsync();
        var call = host.Get<IContextGrain>("one").CallSelf();
        await Eventually.True(() => host.Clock.ArmedTimers >= 2, "the deadline timer is armed");

        host.Clock.Advance(TimeSpan.FromSeconds(31));

        await Assert.ThrowsAsync<TimeoutException>(() => call);
    }

    [Fact]
    public async Task GetGrain_NoImplementation_SaysSo()
    {
        await using var host = await TestHost.StartAsync();

        var exception = Assert.Throws<ArgumentException>(() => host.Get<INobodysGrain>("x"));

        Assert.Contains(nameof(INobodysGrain), exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetGrain_SeveralImplementations_NeedsThePrefix()
    {
        await using var host = await TestHost.StartAsync();

        Assert.Throws<ArgumentException>(() => host.Get<IGateGrain>("x"));
        var chosen = host.Client.GetGrain<IGateGrain>("x", typeof(PlainGateGrain).FullName);

        Assert.Equal("plaingate/x", chosen.GetGrainId().ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    public async Task GetGrain_EmptyKey_Throws(string key)
    {
        await using var host = await TestHost.StartAsync();

        Assert.Throws<ArgumentException>(() => host.Get<IEchoGrain>(key));
    }

    [Fact]
    public async Task GetGrain_InterfaceWithAPlainMethod_IsRefused()
    {
        await using var host = await TestHost.StartAsync();

        Assert.Throws<NotSupportedException>(() => host.Client.GetGrain<INotAGrainInterface>(GrainId.Create("echo", "x")));
    }

    [Fact]
    public async Task Reference_Equality_IsByGrain()
    {
        await using var host = await TestHost.StartAsync();
        object one = host.Get<IEchoGrain>("1");

        Assert.Equal(one, host.Get<IEchoGrain>("1"));
        Assert.NotEqual(one, host.Get<IEchoGrain>("2"));
        Assert.Equal("1", ((IEchoGrain)one).GetPrimaryKeyString());
    }

    [Fact]
    public async Task AsReference_InsideAGrain_GivesACallableReference()
    {
        await using var host = await TestHost.StartAsync();

        var self = await host.Get<IContextGrain>("one").Self();

        Assert.Equal("one", (await self.WhoRuns("two"))[0]);
    }

    [Fact]
    public async Task Call_SiloStopped_IsRefused()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<IEchoGrain>("x");
        await host.StopAsync();

        await Assert.ThrowsAsync<SiloUnavailableException>(() => grain.Add(1, 1));
    }

    [Fact]
    public async Task RequestContext_SetByTheCaller_ReachesTheGrainAndNotBack()
    {
        await using var host = await TestHost.StartAsync();
        RequestContext.Set("who", "caller");

        Assert.Equal("caller", await host.Get<IContextGrain>("one").ReadThenSet("who", "grain"));
        Assert.Equal("caller", RequestContext.Get("who"));

        RequestContext.Clear();
        Assert.Null(await host.Get<IContextGrain>("one").ReadThenSet("who", "grain"));
    }
}
