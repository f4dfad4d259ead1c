using Orleans.Core;
using Orleans.Timers;

namespace OwpPool.Simulator;

/// <summary>What a grain's base class asks of its silo.</summary>
internal sealed class SimulatedGrainRuntime(SiloProcess silo) : IGrainRuntime, ITimerRegistry
{
    public IGrainFactory GrainFactory => silo.GrainFactory;

    public IServiceProvider ServiceProvider => silo.Services;

    public SiloAddress SiloAddress => SiloAddress.Zero;

    public string SiloIdentity => "simulated";

    public TimeProvider TimeProvider => silo.Clock;

    public ITimerRegistry TimerRegistry => this;

    public void DeactivateOnIdle(IGrainContext grainContext) => grainContext.Deactivate(
        new DeactivationReason(DeactivationReasonCode.ApplicationRequested, "The grain asked to be deactivated."));

    public void DelayDeactivation(IGrainContext grainContext, TimeSpan timeSpan) => ((Activation)grainContext).DelayDeactivation(timeSpan);

    public IGrainTimer RegisterGrainTimer<TState>(
        IGrainContext grainContext, Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options) =>
        ((Activation)grainContext).RegisterTimer(callback, state, options);

    [Obsolete("The pool's timers are grain timers.")]
    public IDisposable RegisterTimer(
        IGrainContext grainContext, Func<object?, Task> callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        throw new NotSupportedException("The simulator has grain timers only.");

    public IStorage<TGrainState> GetStorage<TGrainState>(IGrainContext grainContext) =>
        throw new NotSupportedException("The simulator has states by [PersistentState] only.");
}
