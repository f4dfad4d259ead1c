namespace OwpPool.Simulator;

/// <summary>One activation of one grain: its object, its mailbox and the scheduler of its turns. It is also what the grain is made from:
/// asked for its context it answers itself, for everything else the silo's services.</summary>
internal sealed partial class Activation : TurnQueue, IGrainContext, IServiceProvider
{
    private readonly TaskCompletionSource _deactivated = new();
    private readonly TimeSpan? _ageLimit;
    private GrainReference? _reference;

    internal Activation(SiloProcess silo, GrainClass grainClass, GrainId grainId)
        : base(silo.Scheduler)
    {
        Silo = silo;
        Class = grainClass;
        GrainId = grainId;
        ActivationId = new ActivationId(new Guid(silo.Scheduler.NextActivation(), 0, 0, [0, 0, 0, 0, 0, 0, 0, 0]));
        _ageLimit = grainClass.AgeLimit(silo.Collection);
        _lastUsed = silo.Clock.GetTimestamp();
    }

    public GrainId GrainId { get; }

    public ActivationId ActivationId { get; }

    public GrainAddress Address => new() { GrainId = GrainId, ActivationId = ActivationId };

    public GrainReference GrainReference => _reference ??= Silo.GrainFactory.CreateReference(GrainId, Class.MainInterface);

    public object? GrainInstance { get; private set; }

    public IServiceProvider ActivationServices => this;

    public Task Deactivated => _deactivated.Task;

    public IGrainLifecycle ObservableLifecycle => throw Unsupported("a lifecycle");

    IWorkItemScheduler IGrainContext.Scheduler => throw Unsupported("Orleans' work item scheduler");

    internal SiloProcess Silo { get; }

    internal GrainClass Class { get; }

    protected override Activation Context => this;

    public object? GetService(Type serviceType) =>
        serviceType == typeof(IGrainContext) || serviceType == typeof(IServiceProvider) ? this : Silo.Services.GetService(serviceType);

    public object? GetTarget() => GrainInstance;

    public object? GetComponent(Type componentType) => null;

    public void SetComponent<TComponent>(TComponent? value)
        where TComponent : class =>
        throw Unsupported("components");

    public void ReceiveMessage(object message) => throw Unsupported("messages");

    public void Activate(Dictionary<string, object>? requestContext, CancellationToken cancellationToken = default) =>
        throw Unsupported("activation by others: a call activates a grain");

    public void Rehydrate(IRehydrationContext context) => throw Unsupported("migration");

    public void Migrate(Dictionary<string, object>? requestContext, CancellationToken cancellationToken = default) => throw Unsupported("migration");

    public bool Equals(IGrainContext? other) => ReferenceEquals(this, other);

    public override string ToString() => $"[Activation {GrainId} {_state}]";

    private static NotSupportedException Unsupported(string what) => new($"The simulator has no {what}.");
}
