using Orleans.Core;

namespace Orleans.Runtime;

/// <summary>State injected into a grain's constructor by <see cref="PersistentStateAttribute"/>; it is read before
/// OnActivateAsync.</summary>
public interface IPersistentState<TState> : IStorage<TState>;
