using Orleans.Concurrency;

namespace OwpPool.Simulator.Tests;

public interface ITimerGrain : IGrainWithStringKey
{
    Task Start(TimeSpan dueTime, TimeSpan period);

    Task StartInterleaving(TimeSpan period);

    Task StartKeepingAlive(TimeSpan period);

    /// <summary>Each tick waits at the gate.</summary>
    Task StartSlow(string gate, TimeSpan period);

    Task StartThrowing(TimeSpan period);

    /// <summary>The first tick asks for the end of the activation.</summary>
    Task StartEnding(TimeSpan period);

    /// <summary>Each tick goes on until its token is cancelled.</summary>
    Task StartUntilCancelled(TimeSpan period);

    /// <summary>The first tick sets the timer anew.</summary>
    Task StartChanging(TimeSpan period, TimeSpan newDueTime, TimeSpan newPeriod);

    /// <summary>Each tick writes what it finds in the request context.</summary>
    Task StartReadingContext(string key, TimeSpan period);

    [AlwaysInterleave]
    Task StopBetween();

    Task Mark(string text);

    Task WaitAt(string gate);

    /// <summary>Waits, then sets the timer anew.</summary>
    Task WaitAtAndChange(string gate, TimeSpan dueTime, TimeSpan period);

    Task Change(TimeSpan dueTime, TimeSpan period);

    Task Stop();

    Task EndAt(string gate);

    Task End();
}

public interface IPlainTimerGrain : ITimerGrain;

public interface IReentrantTimerGrain : ITimerGrain;

internal sealed class PlainTimerGrain(IGrainContext context, Journal journal) : TimerGrain(context, journal), IPlainTimerGrain;

[Reentrant]
internal sealed class ReentrantTimerGrain(IGrainContext context, Journal journal) : TimerGrain(context, journal), IReentrantTimerGrain;

/// <summary>Has one timer, whose ticks write "tick".</summary>
internal abstract class TimerGrain(IGrainContext context, Journal journal) : Grain(context), ITimerGrain
{
    private IGrainTimer? _timer;

    public Task Start(TimeSpan dueTime, TimeSpan period) => Begin(_ => Tick(), new(dueTime, period));

    public Task StartInterleaving(TimeSpan period) => Begin(_ => Tick(), new(period, period) { Interleave = true });

    public Task StartKeepingAlive(TimeSpan period) => Begin(_ => Tick(), new(period, period) { KeepAlive = true });

    public Task StartSlow(string gate, TimeSpan period) => Begin(
        async _ =>
        {
            journal.Write("tick");
            await journal.WaitAtAsync(gate);
            journal.Write("tick over");
        },
        new(period, period));

    public Task StartThrowing(TimeSpan period) => Begin(
        _ =>
        {
            journal.Write("tick");
            throw new InvalidDataException("The tick fails.");
        },
        new(period, period));

    public Task StartEnding(TimeSpan period) => Begin(
        _ =>
        {
            DeactivateOnIdle();
            return Tick();
        },
        new(period, period));

    public Task StartUntilCancelled(TimeSpan period) => Begin(
        async cancellationToken =>
        {
            journal.Write("tick");
            var cancelled = new TaskCompletionSource();
            await using var registration = cancellationToken.Register(cancelled.SetResult);
            await cancelled.Task;
            journal.Write("tick cancelled");
        },
        new(period, period));

    public Task StartChanging(TimeSpan period, TimeSpan newDueTime, TimeSpan newPeriod)
    {
        var isFirst = true;
        return Begin(
            _ =>
            {
                if (isFirst) _timer!.Change(newDueTime, newPeriod);
                isFirst = false;
                return Tick();
            },
            new(period, period));
    }

    public Task StartReadingContext(string key, TimeSpan period) => Begin(
        _ =>
        {
            journal.Write($"tick sees {RequestContext.Get(key) ?? "nothing"}");
            return Task.CompletedTask;
        },
        new(period, period));

    public Task StopBetween() => Stop();

    public Task Mark(string text)
    {
        journal.Write(text);
        return Task.CompletedTask;
    }

    public Task WaitAt(string gate)
    {
        journal.Write("waiting");
        return journal.WaitAtAsync(gate);
    }

    public async Task WaitAtAndChange(string gate, TimeSpan dueTime, TimeSpan period)
    {
        await WaitAt(gate);
        _timer!.Change(dueTime, period);
    }

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

    public Task EndAt(string gate)
    {
        DeactivateOnIdle();
        return WaitAt(gate);
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

    private Task Begin(Func<CancellationToken, Task> tick, GrainTimerCreationOptions options)
    {
        _timer = this.RegisterGrainTimer(tick, options);
        return Task.CompletedTask;
    }

    private Task Tick()
    {
        journal.Write("tick");
        return Task.CompletedTask;
    }
}
