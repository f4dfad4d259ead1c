using Orleans.Concurrency;

namespace OwpPool.Simulator.Tests;

/// <summary>Methods that wait at a gate of the journal, under each of the concurrency attributes.</summary>
public interface IGateGrain : IGrainWithStringKey
{
    Task Enter(string call, string gate);

    [ReadOnly]
    Task Read(string call, string gate);

    [AlwaysInterleave]
    Task Interleave(string call, string gate);

    [OneWay]
    Task Send(string call, string gate);

    [ResponseTimeout("00:00:05")]
    Task EnterForFiveSeconds(string call, string gate);

    [ResponseTimeout("00:00:00.100")]
    Task EnterBriefly(string call, string gate);

    Task EnterCancellable(string call, CancellationToken cancellationToken);

    /// <summary>Asks for the end and goes on until the gate is open.</summary>
    Task EndAt(string gate);

    Task End();
}

public interface IReentrantGateGrain : IGateGrain;

public interface IPlainGateGrain : IGateGrain;

internal abstract class GateGrain(IGrainContext context, Journal journal) : Grain(context), IGateGrain
{
    public Task Enter(string call, string gate) => WaitAsync(call, gate);

    public Task Read(string call, string gate) => WaitAsync(call, gate);

    public Task Interleave(string call, string gate) => WaitAsync(call, gate);

    public Task Send(string call, string gate) => WaitAsync(call, gate);

    public Task EnterForFiveSeconds(string call, string gate) => WaitAsync(call, gate);

    public Task EnterBriefly(string call, string gate) => WaitAsync(call, gate);

    public async Task EnterCancellable(string call, CancellationToken cancellationToken)
    {
        journal.Write($"{call} begins");
        var cancelled = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(cancelled.SetResult);
        await cancelled.Task;
        journal.Write($"{call} is cancelled");
    }

    public Task EndAt(string gate)
    {
        DeactivateOnIdle();
        return WaitAsync("ending", gate);
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        journal.Write("activated");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.Write($"deactivated: {reason.ReasonCode}");
        return Task.CompletedTask;
    }

    private async Task WaitAsync(string call, string gate)
    {
        journal.Write($"{call} begins");
        await journal.WaitAtAsync(gate);
        journal.Write($"{call} ends");
    }
}

[Reentrant]
internal sealed class ReentrantGateGrain(IGrainContext context, Journal journal) : GateGrain(context, journal), IReentrantGateGrain;

internal sealed class PlainGateGrain(IGrainContext context, Journal journal) : GateGrain(context, journal), IPlainGateGrain;
