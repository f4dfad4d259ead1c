namespace OwpPool.Client;

/// <summary>What runs at the other end.</summary>
/// <param name="Name">Of the program.</param>
/// <param name="Version">Of the program.</param>
/// <param name="Protocol">Of the protocol, such as <c>OWP 0.1</c>.</param>
/// <param name="Commit">What it was built from; null where the build did not know.</param>
/// <param name="Orleans">Of Microsoft Orleans, which runs its grains; null where the pool does not say.</param>
/// <param name="Runtime">Of .NET.</param>
public sealed record PoolVersion(string Name, string Version, string Protocol, string? Commit, string? Orleans, string? Runtime);

/// <summary>A look at a pool from afar.</summary>
/// <param name="Version">What runs there.</param>
/// <param name="ServerTime">Its clock, to the second, about when it answered; null = it did not say.</param>
/// <param name="RoundTrip">From the request to the answer.</param>
public sealed record PoolProbe(PoolVersion Version, DateTimeOffset? ServerTime, TimeSpan RoundTrip);
