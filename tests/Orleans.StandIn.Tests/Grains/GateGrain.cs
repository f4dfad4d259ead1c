using Orleans.Concurrency;

namespace Orleans.StandIn.Tests;

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
    Task EnterBriefly(string call, string gate);

    Task EnterCancellable(string call, CancellationToken cancellationToken);

    Task End();
}

internal abstract class GateGrain(Journal journal) : Grain, IGateGrain
{
    public Task Enter(string call, string gate) => WaitAsync(call, gate);

    public Task Read(string call, string gate) => WaitAsync(call, gate);

    public Task Interleave(string call, string gate) => WaitAsync(call, gate);

    public Task Send(string call, string gate) => WaitAsync(call, gate);

    public Task EnterBriefly(string call, string gate) => WaitAsync(call, gate);

    public async Task EnterCancellable(string call, CancellationToken cancellationToken)
    {
        journal.Write($"{call} begins");
        await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
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
        await journal.Gate(gate);
        journal.Write($"{call} ends");
    }
}

public interface IReentrantGateGrain : IGateGrain;

[Reentrant]
internal sealed class ReentrantGateGrain(Journal journal) : GateGrain(journal), IReentrantGateGrain;

public interface IPlainGateGrain : IGateGrain;

internal sealed class PlainGateGrain(Journal journal) : GateGrain(journal), IPlainGateGrain;
