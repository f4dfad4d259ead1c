using Orleans.Runtime;

namespace Orleans.StandIn.Tests;

public interface ITimerGrain : IGrainWithStringKey
{
    Task Start(string name, TimeSpan dueTime, TimeSpan period);

    Task StartInterleaving(string name, TimeSpan period);

    Task StartKeepingAlive(string name, TimeSpan period);

    Task StartSlow(string name, string gate, TimeSpan period);

    Task StartThrowing(string name, TimeSpan period);

    Task StartUntilCancelled(string name, TimeSpan period);

    [Concurrency.AlwaysInterleave]
    Task StopBetween();

    Task WaitAt(string gate);

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
            async () =>
            {
                journal.Write(name);
                await journal.Gate(gate);
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

    public Task StartUntilCancelled(string name, TimeSpan period)
    {
        _timer = this.RegisterGrainTimer(
            async cancellationToken =>
            {
                journal.Write(name);
                var cancelled = new TaskCompletionSource();
                using var registration = cancellationToken.Register(cancelled.SetResult);
                await cancelled.Task;
                journal.Write($"{name} cancelled");
            },
            period,
            period);
        return Task.CompletedTask;
    }

    public Task StopBetween() => Stop();

    public async Task WaitAt(string gate)
    {
        journal.Write("waiting");
        await journal.Gate(gate);
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
