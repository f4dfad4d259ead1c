using Orleans.Runtime;

namespace Orleans;

/// <summary>What the runtime asks of a grain class; <see cref="Grain"/> is the usual way to have it.</summary>
public interface IGrainBase
{
    IGrainContext GrainContext { get; }

    /// <summary>Runs as the first turn, after persistent state was read. If it throws, the waiting calls fail with that
    /// exception.</summary>
    Task OnActivateAsync(CancellationToken token) => Task.CompletedTask;

    /// <summary>Runs as the last turn, if the process lives that long: never the only place that saves anything.</summary>
    Task OnDeactivateAsync(DeactivationReason reason, CancellationToken token) => Task.CompletedTask;
}
