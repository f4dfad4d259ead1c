namespace OwpPool.Simulator.Tests;

public interface ITroubledGrain : IGrainWithStringKey
{
    Task<string> Work();

    Task End();
}

/// <summary>Fails while it is activated or deactivated, as <see cref="Trouble"/> says.</summary>
internal sealed class TroubledGrain : Grain, ITroubledGrain
{
    private readonly Journal _journal;
    private readonly Trouble _trouble;

    public TroubledGrain(IGrainContext context, Journal journal, Trouble trouble)
        : base(context)
    {
        _journal = journal;
        _trouble = trouble;
        if (trouble.Where == "constructor") throw new InvalidDataException("constructor");
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _journal.Write("activating");
        switch (_trouble.Where)
        {
            case "activate":
                throw new InvalidDataException("activate");
            case "hang":
                await _journal.WaitAtAsync("never");
                break;
            case "end":
                _trouble.Where = string.Empty;
                DeactivateOnIdle();
                break;
        }
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        _journal.Write("deactivating");
        if (_trouble.Where == "deactivate") throw new InvalidDataException("deactivate");
        if (_trouble.Where == "deactivate slowly") await _journal.WaitAtAsync("gone");
        _journal.Write("deactivated");
    }

    public Task<string> Work()
    {
        _journal.Write("working");
        return Task.FromResult("works");
    }

    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }
}

public interface ILostStateGrain : IGrainWithStringKey
{
    Task Nothing();
}

internal sealed class LostStateGrain(IGrainContext context, [PersistentState("lost", "nowhere")] IPersistentState<Note> state)
    : Grain(context), ILostStateGrain
{
    public Task Nothing() => Task.FromResult(state);
}

public interface ILifeGrain : IGrainWithStringKey
{
    /// <summary>Is to be kept for that long.</summary>
    Task Touch(TimeSpan delay);

    Task WaitAt(string gate);
}

/// <summary>Writes its key when it goes.</summary>
internal abstract class LifeGrain(IGrainContext context, Journal journal) : Grain(context), ILifeGrain
{
    public Task Touch(TimeSpan delay)
    {
        if (delay > TimeSpan.Zero) DelayDeactivation(delay);
        return Task.CompletedTask;
    }

    public Task WaitAt(string gate) => journal.WaitAtAsync(gate);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        journal.Write($"{this.GetPrimaryKeyString()} activated");
        return Task.CompletedTask;
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        journal.Write($"{this.GetPrimaryKeyString()} gone: {reason.ReasonCode}");
        return Task.CompletedTask;
    }
}

public interface IShortLivedGrain : ILifeGrain;

internal sealed class ShortLivedGrain(IGrainContext context, Journal journal) : LifeGrain(context, journal), IShortLivedGrain;

public interface ILongLivedGrain : ILifeGrain;

internal sealed class LongLivedGrain(IGrainContext context, Journal journal) : LifeGrain(context, journal), ILongLivedGrain;

public interface IKeptGrain : ILifeGrain;

[Orleans.KeepAlive]
internal sealed class KeptGrain(IGrainContext context, Journal journal) : LifeGrain(context, journal), IKeptGrain;

public interface IDisposableGrain : IGrainWithStringKey
{
    Task End();
}

internal sealed class DisposableGrain(IGrainContext context, Journal journal) : Grain(context), IDisposableGrain, IDisposable
{
    public Task End()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    public void Dispose() => journal.Write("disposed");
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
