using System.Net;
using System.Threading.RateLimiting;

namespace OwpPool.Server.Hosting.RateLimits;

/// <summary>What is counted of callers, and how.</summary>
public static class RateLimits
{
    /// <summary>Adds the limits.</summary>
    public static IServiceCollection AddPoolRateLimits(this IServiceCollection services) => services.AddSingleton<CallerLimits>();

    /// <summary>A bucket that fills with so many requests a window, in steps of at least a second.</summary>
    internal static TokenBucketRateLimiterOptions BucketOf(int requests, int windowSeconds, int burst)
    {
        var step = TimeSpan.FromSeconds(Math.Max(1.0, (double)windowSeconds / requests));
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            ReplenishmentPeriod = step,
            TokensPerPeriod = Math.Min(burst, (int)Math.Ceiling(requests * step.TotalSeconds / windowSeconds)),
            QueueLimit = 0,
        };
    }

    /// <summary>The counter of an address: some hash of it, different in every process, so that nobody can choose whom to share with.
    /// </summary>
    internal static int AddressCounter(IPAddress? address, int counters)
    {
        if (address is null) return 0;
        Span<byte> bytes = stackalloc byte[16];
        RemoteNetwork.Of(address).TryWriteBytes(bytes, out var length);
        var hash = new HashCode();
        hash.AddBytes(bytes[..length]);
        return Fold(hash.ToHashCode(), counters);
    }

    /// <summary>The counter of a hash.</summary>
    internal static int Fold(int hash, int counters) => (int)((uint)hash % (uint)counters);
}
