using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.CodeGeneration;
using Orleans.Configuration;
using Orleans.Serialization.Invocation;

namespace OwpPool.Simulator;

/// <summary>The runtime of one process, until it stops or is killed: the catalog of activations and the way that calls take to them.</summary>
internal sealed partial class SiloProcess : IGrainReferenceRuntime
{
    // Walked by a kill and by collection: a dictionary keeps the order of its own changes, one of hashes would differ in each process.
    private readonly Dictionary<GrainId, Activation> _catalog = [];
    private readonly TimeSpan _responseTimeout;
    private SiloState _state;

    public SiloProcess(IServiceProvider services, SimulationScheduler scheduler, ILogger<SiloProcess> logger)
    {
        Services = services;
        Scheduler = scheduler;
        Log = new ProcessLog(logger);
        Collection = services.GetRequiredService<IOptions<GrainCollectionOptions>>().Value;
        GrainFactory = new SimulatedGrainFactory(this);
        _responseTimeout = services.GetRequiredService<IOptions<SiloMessagingOptions>>().Value.ResponseTimeout;
        _deadlineTimer = CreateTimer(static silo => silo.ExpireCalls());
        _collectionTimer = CreateTimer(static silo => silo.CollectIdleActivations());
    }

    private enum SiloState
    {
        Created,
        Running,

        /// <summary>The host's client is refused; grains may still call each other.</summary>
        Stopping,

        /// <summary>No new activations.</summary>
        Deactivating,
        Stopped,
    }

    internal IServiceProvider Services { get; }

    internal SimulationScheduler Scheduler { get; }

    internal SimulationClock Clock => Scheduler.Clock;

    internal ProcessLog Log { get; }

    internal GrainCollectionOptions Collection { get; }

    internal SimulatedGrainFactory GrainFactory { get; }

    public ValueTask<T?> InvokeMethodAsync<T>(GrainReference reference, IInvokable request, InvokeMethodOptions options) =>
        new(new Call<T?>(this, reference.GrainId, request, options, static response => response.GetResult<T>()).Send().Completion);

    public ValueTask InvokeMethodAsync(GrainReference reference, IInvokable request, InvokeMethodOptions options) =>
        new(CallFor(reference, request, options).Completion);

    public void InvokeMethod(GrainReference reference, IInvokable request, InvokeMethodOptions options) =>
        CallFor(reference, request, options);

    public object Cast(IAddressable grain, Type interfaceType) => GrainFactory.CreateReference(grain.GetGrainId(), interfaceType);

    internal long TimestampAfter(TimeSpan span) => Clock.GetTimestamp() + (long)(span.TotalSeconds * Clock.TimestampFrequency);

    internal void Send(GrainId target, Invocation call, TimeSpan? timeout)
    {
        if (_state is not SiloState.Running && !MayStillCall())
        {
            call.Refuse(new SiloUnavailableException($"{call} is refused: the silo is {_state}."));
            return;
        }
        var wait = timeout ?? _responseTimeout;
        if (wait != Timeout.InfiniteTimeSpan) call.Deadline = TimestampAfter(wait);
        if (!Scheduler.Postpone(this, target, call)) Forward(target, call);
    }

    /// <summary>Puts the call into the mailbox of the grain's activation, a new one if need be.</summary>
    internal void Forward(GrainId target, Invocation call)
    {
        while (true)
        {
            Activation activation;
            try
            {
                activation = Scheduler.Route(FindOrCreate(target));
            }
            catch (Exception exception) when (exception is ArgumentException or SiloUnavailableException)
            {
                call.Refuse(exception);
                return;
            }
            if (activation.TryEnqueue(call)) return;
        }
    }

    internal Activation? Find(GrainId grainId) => _catalog.GetValueOrDefault(grainId);

    /// <summary>Takes the activation out of the catalog, if it is the one registered there.</summary>
    internal void Remove(Activation activation)
    {
        if (ReferenceEquals(Find(activation.GrainId), activation)) _catalog.Remove(activation.GrainId);
    }

    private Call<object?> CallFor(GrainReference reference, IInvokable request, InvokeMethodOptions options) =>
        new Call<object?>(this, reference.GrainId, request, options, static _ => null).Send();

    private Activation FindOrCreate(GrainId target)
    {
        if (_catalog.TryGetValue(target, out var activation)) return activation;
        if (_state is SiloState.Deactivating or SiloState.Stopped)
            throw new SiloUnavailableException($"Grain {target} is not activated any more: the silo is {_state}.");
        return _catalog[target] = new Activation(this, OrleansParts.Classes.Get(target.Type), target);
    }

    private bool MayStillCall() => _state is SiloState.Stopping or SiloState.Deactivating && Turn.Current is not null;

    private ITimer CreateTimer(Action<SiloProcess> callback)
    {
        using (SuppressedFlow.Begin())
            return Clock.CreateTimer(_ => callback(this), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
