namespace Orleans.Core;

/// <summary>A grain's state in memory.</summary>
public interface IStorage<TState> : IStorage
{
    /// <summary>A default-constructed value while storage holds none. Changing it stores nothing.</summary>
    TState State { get; set; }
}
