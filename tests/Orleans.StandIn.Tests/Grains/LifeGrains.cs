using Orleans.Runtime;

namespace Orleans.StandIn.Tests;

internal sealed class Trouble
{
    internal string Where { get; set; } = string.Empty;
}

public interface ITroubledGrain : IGrainWithStringKey
{
    Task<string> Work();
}

internal sealed class TroubledGrain : Grain, ITroubledGrain
{
    private readonly Journal _journal;
    private readonly Trouble _trouble;

    public TroubledGrain(Journal journal, Trouble trouble)
    {
        _journal = journal;
        _trouble = trouble;
        if (trouble.Where == "constructor")
            throw new InvalidDataException("constructor");
    }

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (_trouble.Where == "activate")
            throw new InvalidDataException("activate");
        if (_trouble.Where != "hang")
            return Task.CompletedTask;
        _journal.Write("hanging");
        return _journal.Gate("never");
    }

    public Task<string> Work() => Task.FromResult("works");
}

public interface ILostStateGrain : IGrainWithStringKey
{
    Task Nothing();
}

internal sealed class LostStateGrain([PersistentState("lost", "nowhere")] IPersistentState<Basket> state) : Grain, ILostStateGrain
{
    public Task Nothing() => Task.FromResult(state);
}

public interface IShortLivedGrain : IGrainWithStringKey
{
    Task Touch(TimeSpan delay);
}

[CollectionAgeLimit(Minutes = 2)]
internal sealed class ShortLivedGrain(Journal journal) : Grain, IShortLivedGrain
{
    public Task Touch(TimeSpan delay)
    {
        DelayDeactivation(delay);
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.Write("short gone");
        return Task.CompletedTask;
    }
}

public interface IKeptGrain : IGrainWithStringKey
{
    Task Touch(TimeSpan delay);
}

[KeepAlive]
internal sealed class KeptGrain(Journal journal) : Grain, IKeptGrain
{
    public Task Touch(TimeSpan delay) => Task.CompletedTask;

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (reason.ReasonCode == DeactivationReasonCode.ActivationIdle)
            journal.Write("kept gone");
        return Task.CompletedTask;
    }
}

public interface IDisposableGrain : IGrainWithStringKey
{
    Task End();
}

internal sealed class ScopedThing(Journal journal) : IDisposable
{
    public void Dispose() => journal.Write("scoped disposed");
}

internal sealed class DisposableGrain(Journal journal, ScopedThing thing) : Grain, IDisposableGrain, IDisposable
{
    public Task End()
    {
        DeactivateOnIdle();
        return Task.FromResult(thing);
    }

    public void Dispose() => journal.Write("grain disposed");
}

public interface IBareGrain : IGrainWithStringKey
{
    Task<string> Identity();

    Task End();
}

/// <summary>A grain by interface alone.</summary>
[GrainType("bare")]
internal sealed class BareGrain(IGrainContext context, Journal journal) : IGrainBase, IBareGrain
{
    public IGrainContext GrainContext => context;

    public Task<string> Identity() => Task.FromResult(this.GetGrainId().ToString());

    public Task End()
    {
        this.DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.Write("bare gone");
        return Task.CompletedTask;
    }
}
