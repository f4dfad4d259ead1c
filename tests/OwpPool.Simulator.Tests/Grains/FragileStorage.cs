using Orleans.Storage;

namespace OwpPool.Simulator.Tests;

/// <summary>Storage that can be broken, takes several turns for a write, and counts what it does.</summary>
internal sealed class FragileStorage : IGrainStorage
{
    private readonly MemoryGrainStorage _inner = new();
    private int _running;

    internal bool IsBroken { get; set; }

    internal int Writes { get; private set; }

    internal int Overlaps { get; private set; }

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        IsBroken ? throw new IOException("The disk is broken.") : _inner.ReadStateAsync(stateName, grainId, grainState);

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (Interlocked.Increment(ref _running) > 1) Overlaps++;
        Writes++;
        for (var turn = 0; turn < 3; turn++) await Task.Yield();
        Interlocked.Decrement(ref _running);
        if (IsBroken) throw new IOException("The disk is broken.");
        await _inner.WriteStateAsync(stateName, grainId, grainState);
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState) =>
        _inner.ClearStateAsync(stateName, grainId, grainState);
}
