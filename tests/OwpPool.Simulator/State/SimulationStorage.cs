using Orleans.Storage;

namespace OwpPool.Simulator;

/// <summary>Storage that takes its time and fails when told. What it wraps outlives the silo, as a disk does.</summary>
internal sealed class SimulationStorage(IGrainStorage inner, SimulationScheduler scheduler) : IGrainStorage
{
    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        RunAsync("read", stateName, grainId, () => inner.ReadStateAsync(stateName, grainId, grainState));

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        RunAsync("write", stateName, grainId, () => inner.WriteStateAsync(stateName, grainId, grainState));

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        RunAsync("clear", stateName, grainId, () => inner.ClearStateAsync(stateName, grainId, grainState));

    /// <summary>A kill during the first pause comes before the commit, one during the second after it.</summary>
    private async Task RunAsync(string operation, string stateName, GrainId grainId, Func<Task> commit)
    {
        await PauseAsync("begin", operation, stateName, grainId);
        if (scheduler.Chance(scheduler.Faults.StorageFailsBefore))
        {
            scheduler.Injected.StorageFailedBefore++;
            throw new IOException($"Simulated: the {operation} failed and nothing was done.");
        }
        await commit();
        if (scheduler.IsTracing)
            scheduler.Note($"{operation} {stateName}", grainId);
        await PauseAsync("end", operation, stateName, grainId);
        if (scheduler.Chance(scheduler.Faults.StorageFailsAfter))
        {
            scheduler.Injected.StorageFailedAfter++;
            throw new IOException($"Simulated: the {operation} was done and reports failure.");
        }
    }

    private Task PauseAsync(string what, string operation, string stateName, GrainId grainId) =>
        scheduler.Pause(scheduler.IsTracing ? $"{what} {operation} {stateName} {grainId}" : what);
}
