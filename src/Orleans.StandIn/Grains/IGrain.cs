using Orleans.Runtime;

namespace Orleans;

/// <summary>Root of all grain interfaces.</summary>
public interface IGrain : IAddressable;
