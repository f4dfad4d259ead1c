using OwpPool.Core.Pools;

namespace OwpPool.Grains.Pools;

/// <summary>This silo's copy of the pool's row: read on every request and on every claim. Thread-safe.</summary>
public sealed class PoolBoard
{
    private volatile PoolControlState _state = new();

    /// <summary>As last stored.</summary>
    public PoolControlState State => _state;

    /// <summary>Replaces the copy.</summary>
    public void Publish(PoolControlState state) => _state = state;
}
