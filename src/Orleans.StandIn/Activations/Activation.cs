using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Runtime;

/// <summary>One activation of one grain: its object, its scope, its mailbox and the scheduler of its turns.</summary>
/// <remarks>State is guarded by the queue's lock; grain code runs outside of it.</remarks>
internal sealed partial class Activation : TurnQueue, IGrainContext
{
    private readonly TaskCompletionSource _deactivated;
    private AsyncServiceScope? _scope;
    private GrainReference? _reference;
    private List<IIncomingGrainCallFilter>? _filters;

    internal Activation(Silo silo, GrainClass grainClass, GrainId grainId)
        : base(silo.Turns)
    {
        _deactivated = new TaskCompletionSource(silo.Turns.CompletionOptions);
        Silo = silo;
        Class = grainClass;
        GrainId = grainId;
        _lastUsed = silo.Clock.GetTimestamp();
    }

    public GrainId GrainId { get; }

    public GrainReference GrainReference => Reference;

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => _scope?.ServiceProvider
        ?? throw new InvalidOperationException($"{this} has no services: it has not been activated.");

    public Task Deactivated => _deactivated.Task;

    internal Silo Silo { get; }

    internal GrainClass Class { get; }

    internal GrainReference Reference => _reference ??= new GrainReference(Silo.GrainFactory, GrainId, null);

    /// <summary>The filters of this grain's calls: the silo's, then its own.</summary>
    internal IReadOnlyList<IIncomingGrainCallFilter> Filters => _filters ?? Silo.Filters;

    protected override Activation Context => this;

    public override string ToString() => $"[Activation {GrainId} {_state}]";
}
