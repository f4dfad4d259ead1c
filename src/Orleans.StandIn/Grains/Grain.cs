using System.Diagnostics.CodeAnalysis;
using Orleans.Runtime;

namespace Orleans;

/// <summary>Base class of grain classes.</summary>
public abstract class Grain : IGrainBase, IAddressable
{
    /// <summary>Takes the context of the activation that is being created.</summary>
    protected Grain() => GrainContext = RuntimeContext.Current;

    [AllowNull]
    public IGrainContext GrainContext { get; private set; }

    public GrainReference GrainReference => Activation.Reference;

    /// <summary><c>type/key</c>.</summary>
    public string IdentityString => Activation.GrainId.ToString();

    protected IGrainFactory GrainFactory => Activation.Silo.GrainFactory;

    /// <summary>The activation's own scope; it ends with the activation.</summary>
    protected IServiceProvider ServiceProvider => Activation.ActivationServices;

    private Activation Activation => GrainContext as Activation
        ?? throw new InvalidOperationException("Grain was created outside of the Orleans creation process and no runtime was specified.");

    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Ends this activation once the running turns are done; waiting calls go to the next one.</summary>
    protected void DeactivateOnIdle() => GrainBaseExtensions.DeactivateOnIdle(this);

    /// <summary>Keeps this activation from idle collection for <paramref name="timeSpan"/>; a span of zero or less takes that
    /// back.</summary>
    protected void DelayDeactivation(TimeSpan timeSpan) => Activation.DelayDeactivation(timeSpan);
}
