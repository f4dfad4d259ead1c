using Orleans.Runtime;

namespace Orleans.StandIn.Tests;

public sealed class TimerTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Timer_DueAndPeriod_TicksAtThoseTimes()
    {
        await using var host = await TestHost.StartAsync();
        await host.Get<ITimerGrain>("t").Start("tick", 5 * Second, 2 * Second);

        host.Clock.Advance(4.9 * Second);
        Assert.Equal(0, host.Journal.Count("tick"));
        await AdvanceToTickAsync(host, 0.1 * Second, 1);
        await AdvanceToTickAsync(host, 2 * Second, 2);
        await AdvanceToTickAsync(host, 2 * Second, 3);
    }

    [Fact]
    public async Task Timer_InfinitePeriod_TicksOnce()
    {
        await using var host = await TestHost.StartAsync();
        await host.Get<ITimerGrain>("t").Start("tick", TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        await AdvanceToTickAsync(host, Second, 1);

        await AdvanceSecondsAsync(host, 60);

        Assert.Equal(1, host.Journal.Count("tick"));
    }

    [Fact]
    public async Task Tick_WhileACallRuns_Waits()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<ITimerGrain>("t");
        await grain.Start("tick", Second, Second);
        var call = grain.WaitAt("gate");
        await Eventually.True(() => host.Journal.Count("waiting") == 1, "the call waits");

        await AdvanceSecondsAsync(host, 5);
        Assert.Equal(0, host.Journal.Count("tick"));

        host.Journal.Open("gate");
        await Eventually.Ends(call, "the call");
        await Eventually.True(() => host.Journal.Count("tick") == 1, "the tick comes after the call");
    }

    [Fact]
    public async Task Tick_Interleaving_RunsWhileACallRuns()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<ITimerGrain>("t");
        await grain.StartInterleaving("tick", Second);
        var call = grain.WaitAt("gate");
        await Eventually.True(() => host.Journal.Count("waiting") == 1, "the call waits");

        await AdvanceToTickAsync(host, Second, 1);

        host.Journal.Open("gate");
        await Eventually.Ends(call, "the call");
    }

    [Fact]
    public async Task Tick_LongerThanThePeriod_NeverOverlapsItself()
    {
        await using var host = await TestHost.StartAsync();
        await host.Get<ITimerGrain>("t").StartSlow("tick", "gate", Second);
        host.Clock.Advance(Second);
        await Eventually.True(() => host.Journal.Count("tick") == 1, "the first tick");

        await AdvanceSecondsAsync(host, 10);
        Assert.Equal(1, host.Journal.Count("tick"));

        host.Journal.Open("gate");
        await Eventually.True(() => host.Journal.Count("tick over") == 1, "the first tick ends");
        await AdvanceToTickAsync(host, Second, 2);
    }

    [Fact]
    public async Task Tick_Throws_TimerGoesOn()
    {
        await using var host = await TestHost.StartAsync();
        await host.Get<ITimerGrain>("t").StartThrowing("tick", Second);

        await AdvanceToTickAsync(host, Second, 1);
        await AdvanceToTickAsync(host, Second, 2);
    }

    [Fact]
    public async Task Dispose_OfATimer_EndsIt()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<ITimerGrain>("t");
        await grain.Start("tick", Second, Second);
        await AdvanceToTickAsync(host, Second, 1);

        await grain.Stop();
        await AdvanceSecondsAsync(host, 10);

        Assert.Equal(1, host.Journal.Count("tick"));
    }

    [Fact]
    public async Task Change_OfATimer_SetsItAnew()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<ITimerGrain>("t");
        await grain.Start("tick", Second, Second);

        await grain.Change(10 * Second, 20 * Second);

        await AdvanceSecondsAsync(host, 9);
        Assert.Equal(0, host.Journal.Count("tick"));
        await AdvanceToTickAsync(host, Second, 1);
        await AdvanceSecondsAsync(host, 19);
        Assert.Equal(1, host.Journal.Count("tick"));
        await AdvanceToTickAsync(host, Second, 2);
    }

    [Fact]
    public async Task Deactivation_OfTheGrain_EndsItsTimers()
    {
        await using var host = await TestHost.StartAsync();
        var grain = host.Get<ITimerGrain>("t");
        await grain.Start("tick", Second, Second);
        await grain.End();
        await Eventually.True(() => host.Journal.Count("gone") == 1, "the grain is deactivated");

        await AdvanceSecondsAsync(host, 10);

        Assert.Equal(0, host.Journal.Count("tick"));
    }

    [Fact]
    public async Task Ticks_WithoutKeepAlive_DoNotKeepTheGrain()
    {
        await using var host = await TestHost.StartAsync();
        await host.Get<ITimerGrain>("t").Start("tick", 30 * Second, 30 * Second);

        await AdvanceSecondsAsync(host, 17 * 60, step: 30);

        await Eventually.True(() => host.Journal.Count("gone") == 1, "the grain is deactivated");
    }

    [Fact]
    public async Task Ticks_WithKeepAlive_KeepTheGrain()
    {
        await using var host = await TestHost.StartAsync();
        await host.Get<ITimerGrain>("t").StartKeepingAlive("tick", 30 * Second);

        for (var i = 1; i <= 60; i++)
            await AdvanceToTickAsync(host, 30 * Second, i);

        Assert.Equal(0, host.Journal.Count("gone"));
    }

    [Fact]
    public async Task Register_NegativeSpan_Throws()
    {
        await using var host = await TestHost.StartAsync();

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => host.Get<ITimerGrain>("t").Start("tick", -2 * Second, Second));
    }

    private static async Task AdvanceToTickAsync(TestHost host, TimeSpan by, int count)
    {
        host.Clock.Advance(by);
        await Eventually.True(() => host.Journal.Count("tick") == count, $"tick number {count}");
        // A tick has ended, and the timer is armed again, once the next call has gone through.
        await host.Get<ITimerGrain>("t").Pass();
    }

    private static async Task AdvanceSecondsAsync(TestHost host, int seconds, int step = 1)
    {
        for (var i = 0; i < seconds; i += step)
        {
            host.Clock.Advance(step * Second);
            await host.Get<IEchoGrain>("settle").Add(1, 1);
        }
    }
}

public interface ITimerGrain : IGrainWithStringKey
{
    Task Start(string name, TimeSpan dueTime, TimeSpan period);

    Task StartInterleaving(string name, TimeSpan period);

    Task StartKeepingAlive(string name, TimeSpan period);

    Task StartSlow(string name, string gate, TimeSpan period);

    Task StartThrowing(string name, TimeSpan period);

    Task WaitAt(string gate);

    [Concurrency.AlwaysInterleave]
    Task Pass();

    Task Change(TimeSpan dueTime, TimeSpan period);

    Task Stop();

    Task End();
}

internal sealed class TimerGrain(Journal journal) : Grain, ITimerGrain
{
    private IGrainTimer? _timer;

    public Task Start(string name, TimeSpan dueTime, TimeSpan period)
    {
        _timer = this.RegisterGrainTimer(() => Write(name), dueTime, period);
        return Task.CompletedTask;
    }

    public Task StartInterleaving(string name, TimeSpan period)
    {
        _timer = this.RegisterGrainTimer(
            static (pair, _) => pair.Grain.Write(pair.Name),
            (Grain: this, Name: name),
            new GrainTimerCreationOptions { DueTime = period, Period = period, Interleave = true });
        return Task.CompletedTask;
    }

    public Task StartKeepingAlive(string name, TimeSpan period)
    {
        _timer = this.RegisterGrainTimer(
            _ => Write(name), new GrainTimerCreationOptions { DueTime = period, Period = period, KeepAlive = true });
        return Task.CompletedTask;
    }

    public Task StartSlow(string name, string gate, TimeSpan period)
    {
        _timer = this.RegisterGrainTimer(
            async cancellationToken =>
            {
                journal.Write(name);
                await journal.Gate(gate).WaitAsync(cancellationToken);
                journal.Write($"{name} over");
            },
            period,
            period);
        return Task.CompletedTask;
    }

    public Task StartThrowing(string name, TimeSpan period)
    {
        _timer = this.RegisterGrainTimer(
            (text, _) =>
            {
                journal.Write(text);
                throw new InvalidDataException("The tick fails.");
            },
            name,
            period,
            period);
        return Task.CompletedTask;
    }

    public async Task WaitAt(string gate)
    {
        journal.Write("waiting");
        await journal.Gate(gate);
    }

    public Task Pass() => Task.CompletedTask;

    public Task Change(TimeSpan dueTime, TimeSpan period)
    {
        _timer!.Change(dueTime, period);
        return Task.CompletedTask;
    }

    public Task Stop()
    {
        _timer!.Dispose();
        return Task.CompletedTask;
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.Write("gone");
        return Task.CompletedTask;
    }

    private Task Write(string name)
    {
        journal.Write(name);
        return Task.CompletedTask;
    }
}
