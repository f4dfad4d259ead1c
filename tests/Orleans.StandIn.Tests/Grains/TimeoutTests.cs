namespace Orleans.StandIn.Tests;

public sealed class TimeoutTests
{
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Call_LongerThanThirtySeconds_TimesOutAndTheTurnGoesOn()
    {
        await using var host = await TestHost.StartAsync();
        var call = await BeginAsync(host, grain => grain.Enter("call", "gate"));

        host.Clock.Advance(TimeSpan.FromSeconds(30) + Resolution);

        await Assert.ThrowsAsync<TimeoutException>(() => call);
        host.Journal.Open("gate");
        await Eventually.True(() => host.Journal.Count("call ends") == 1, "the turn ends");
    }

    [Fact]
    public async Task Call_ShorterThanThirtySeconds_DoesNotTimeOut()
    {
        await using var host = await TestHost.StartAsync();
        var call = await BeginAsync(host, grain => grain.Enter("call", "gate"));

        host.Clock.Advance(TimeSpan.FromSeconds(29));

        Assert.False(call.IsCompleted);
        host.Journal.Open("gate");
        await Eventually.Ends(call, "the call");
    }

    [Fact]
    public async Task Call_StillWaitingAtTheTimeout_NeverRuns()
    {
        await using var host = await TestHost.StartAsync();
        var running = await BeginAsync(host, grain => grain.Enter("running", "running"));
        var waiting = host.Get<IPlainGateGrain>("g").Enter("waiting", "waiting");
        host.Clock.Advance(TimeSpan.FromSeconds(30) + Resolution);
        await Assert.ThrowsAsync<TimeoutException>(() => waiting);
        await Assert.ThrowsAsync<TimeoutException>(() => running);

        host.Journal.Open("running");
        host.Journal.Open("later");
        await Eventually.Ends(host.Get<IPlainGateGrain>("g").Enter("later", "later"), "a later call");

        Assert.Equal(0, host.Journal.Count("waiting begins"));
    }

    [Fact]
    public async Task Call_WithItsOwnTimeout_TimesOutByThat()
    {
        await using var host = await TestHost.StartAsync();
        var call = await BeginAsync(host, grain => grain.EnterBriefly("call", "gate"));

        host.Clock.Advance(TimeSpan.FromSeconds(5) + Resolution);

        await Assert.ThrowsAsync<TimeoutException>(() => call);
        host.Journal.Open("gate");
    }

    [Fact]
    public async Task Call_TimedOutAndOthersAfterIt_EachHasItsOwnTime()
    {
        await using var host = await TestHost.StartAsync();
        var first = await BeginAsync(host, grain => grain.Interleave("first", "first"));
        host.Clock.Advance(TimeSpan.FromSeconds(20));
        var second = host.Get<IPlainGateGrain>("g").Interleave("second", "second");
        await Eventually.True(() => host.Journal.Count("second begins") == 1, "the second call begins");

        host.Clock.Advance(TimeSpan.FromSeconds(11));

        await Assert.ThrowsAsync<TimeoutException>(() => first);
        Assert.False(second.IsCompleted);
        host.Clock.Advance(TimeSpan.FromSeconds(20));
        await Assert.ThrowsAsync<TimeoutException>(() => second);
    }

    [Fact]
    public async Task Call_ClockIsStill_NoTimerIsArmedOnceAllIsIdle()
    {
        await using var host = await TestHost.StartAsync();
        var idle = host.Clock.ArmedTimers;
        await host.Get<IEchoGrain>("e").Add(1, 1);

        host.Clock.Advance(TimeSpan.FromSeconds(2));

        await Eventually.True(() => host.Clock.ArmedTimers == idle, "the deadline timer goes to sleep");
    }

    [Fact]
    public async Task Call_TokenCancelled_CallerStopsWaitingAndTheGrainSeesIt()
    {
        await using var host = await TestHost.StartAsync();
        using var cancellation = new CancellationTokenSource();
        var call = host.Get<IPlainGateGrain>("g").EnterCancellable("call", cancellation.Token);
        await Eventually.True(() => host.Journal.Count("call begins") == 1, "the call begins");

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        host.Journal.Open("next");
        await Eventually.Ends(host.Get<IPlainGateGrain>("g").Enter("next", "next"), "the next call, which waits for the cancelled one");
    }

    private static async Task<Task> BeginAsync(TestHost host, Func<IPlainGateGrain, Task> call)
    {
        var task = call(host.Get<IPlainGateGrain>("g"));
        await Eventually.True(() => host.Journal.Lines.Any(line => line.EndsWith("begins", StringComparison.Ordinal)), "the call begins");
        return task;
    }
}
