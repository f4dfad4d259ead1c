using System.Net;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Hosting.RateLimits;

/// <summary>Counts what callers send, before anything is done for them: by remote address, by token, and registrations by address again.
/// </summary>
public static class RateLimits
{
    /// <summary>The policy of endpoints that make workers.</summary>
    public const string Registration = "registration";

    private const int NoCounter = -1;

    /// <summary>Adds the limits.</summary>
    public static IServiceCollection AddPoolRateLimits(this IServiceCollection services, RateLimitOptions options)
    {
        var address = BucketOf(options.AddressRequests, options.WindowSeconds, options.AddressBurst);
        var token = BucketOf(options.TokenRequests, options.WindowSeconds, options.TokenBurst);
        var registration = BucketOf(options.Registrations, options.RegistrationWindowSeconds, options.RegistrationBurst);
        services.AddRateLimiter(static _ => { });
        services.AddOptions<RateLimiterOptions>().Configure<WorkerTokens, AdminToken>((limiter, workers, admin) =>
        {
            limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(
                PartitionedRateLimiter.Create<HttpContext, int>(http => Counter(AddressCounter(http, options.Counters), address)),
                PartitionedRateLimiter.Create<HttpContext, int>(
                    http => Counter(TokenCounter(http, workers, admin, options.Counters), token)));
            limiter.AddPolicy(Registration, http => Counter(AddressCounter(http, options.Counters), registration));
            limiter.OnRejected = static (rejected, _) => new ValueTask(Refuse(rejected).ExecuteAsync(rejected.HttpContext));
        });
        return services;
    }

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

    private static int AddressCounter(HttpContext http, int counters) => AddressCounter(http.Connection.RemoteIpAddress, counters);

    /// <summary>Only what is right, or may be, has a counter: invented tokens would fill the memory with them.</summary>
    private static int TokenCounter(HttpContext http, WorkerTokens workers, AdminToken admin, int counters)
    {
        switch (http.GetEndpoint()?.Metadata.GetMetadata<AccessMetadata>()?.Rule)
        {
            case AccessRule.Worker or AccessRule.AdminOrWorker when !http.IsAdmin() && workers.TryRead(http.Request.Headers, out var caller):
                // Read once; the access check takes it from here. By the token's hash: a token that the worker's grain refuses has a
                // counter of its own, and uses up nobody else's.
                http.Features.Set(caller);
                return Fold(caller.TokenHash.GetHashCode(StringComparison.Ordinal), counters);
            case AccessRule.Admin or AccessRule.AdminOrWorker or AccessRule.Metrics when admin.IsIn(http.Request.Headers):
                return Fold(AdminToken.Header.GetHashCode(StringComparison.Ordinal), counters);
            default:
                return NoCounter;
        }
    }

    /// <summary>The counter of a hash.</summary>
    internal static int Fold(int hash, int counters) => (int)((uint)hash % (uint)counters);

    private static RateLimitPartition<int> Counter(int counter, TokenBucketRateLimiterOptions bucket) => counter == NoCounter
        ? RateLimitPartition.GetNoLimiter(counter)
        : RateLimitPartition.GetTokenBucketLimiter(counter, _ => bucket);

    private static Problem Refuse(OnRejectedContext rejected) => new()
    {
        Kind = ProblemKind.RateLimited,
        Message = ProblemKind.RateLimited.Meaning,
        RetryAfter = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var delay) ? delay : Problem.RetryDelay,
    };
}
