using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Runtime;

/// <summary>The runtime of one process: the catalog of activations and the way that calls take to them.</summary>
internal sealed partial class Silo
{
    private readonly ConcurrentDictionary<GrainId, Activation> _catalog = new();
    private readonly TimeSpan _responseTimeout;
    private volatile SiloState _state;

    public Silo(IServiceProvider services, ILogger<Silo> logger)
    {
        Services = services;
        Log = new SiloLog(logger);
        Clock = services.GetService<TimeProvider>() ?? TimeProvider.System;
        Turns = services.GetService<ITurnScheduler>() ?? new ThreadPoolTurnScheduler();
        Filters = [.. services.GetServices<IIncomingGrainCallFilter>()];
        Collection = services.GetRequiredService<IOptions<GrainCollectionOptions>>().Value;
        // A simulation that starts silos by the thousand looks its classes up once.
        Classes = services.GetService<GrainClassMap>() ?? new GrainClassMap(GrainAssemblies.All, Collection);
        GrainFactory = new GrainFactory(this, services);
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

    internal SiloLog Log { get; }

    internal TimeProvider Clock { get; }

    internal ITurnScheduler Turns { get; }

    internal IReadOnlyList<IIncomingGrainCallFilter> Filters { get; }

    internal GrainCollectionOptions Collection { get; }

    internal GrainClassMap Classes { get; }

    internal GrainFactory GrainFactory { get; }

    internal int ActivationCount => _catalog.Count;

    internal long TimestampAfter(TimeSpan span) => Clock.GetTimestamp() + ToTimestamp(span);

    internal void Send(GrainId target, Invocation call, TimeSpan? timeout)
    {
        if (_state is not SiloState.Running && !MayStillCall())
        {
            call.Refuse(new SiloUnavailableException($"{call} is refused: the silo is {_state}."));
            return;
        }
        var wait = timeout ?? _responseTimeout;
        if (wait != Timeout.InfiniteTimeSpan)
            call.Deadline = TimestampAfter(wait);
        if (!Turns.Postpone(this, target, call))
            Forward(target, call);
    }

    /// <summary>Puts the call into the mailbox of the grain's activation, a new one if need be.</summary>
    internal void Forward(GrainId target, Invocation call)
    {
        while (true)
        {
            Activation activation;
            try
            {
                activation = Turns.Route(FindOrCreate(target));
            }
            catch (Exception exception) when (exception is ArgumentException or SiloUnavailableException)
            {
                call.Refuse(exception);
                return;
            }
            if (activation.TryEnqueue(call))
                return;
        }
    }

    internal Activation? Find(GrainId grainId) => _catalog.GetValueOrDefault(grainId);

    /// <summary>Takes the activation out of the catalog, if it is the one registered there.</summary>
    internal void Remove(Activation activation) => _catalog.TryRemove(KeyValuePair.Create(activation.GrainId, activation));

    private Activation FindOrCreate(GrainId target)
    {
        if (_catalog.TryGetValue(target, out var activation))
            return activation;
        if (_state is SiloState.Deactivating or SiloState.Stopped)
            throw new SiloUnavailableException($"Grain {target} is not activated any more: the silo is {_state}.");
        var grainClass = Classes.Get(target.Type);
        return _catalog.GetOrAdd(target, static (grainId, from) => new Activation(from.Silo, from.Class, grainId), (Silo: this, Class: grainClass));
    }

    private bool MayStillCall() => _state is SiloState.Stopping or SiloState.Deactivating && RuntimeContext.Current is not null;

    private long ToTimestamp(TimeSpan span) => (long)(span.TotalSeconds * Clock.TimestampFrequency);

    private ITimer CreateTimer(Action<Silo> callback)
    {
        using (SuppressedFlow.Begin())
            return Clock.CreateTimer(_ => callback(this), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }
}
