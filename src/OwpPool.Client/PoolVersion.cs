namespace OwpPool.Client;

/// <summary>What runs at the other end.</summary>
/// <param name="Version">Of the program.</param>
public sealed record PoolVersion(string Version);
