using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Hosting.RateLimits;

/// <summary>Counts what callers send, before anything is done for them: by remote address, by token, and registrations by address again.
/// </summary>
/// <remarks>ASP.NET Core's rate limiting middleware does the same, but never stops the timer of its endpoint limiter. Where a process outlives
/// its server, as in tests, that timer keeps the stopped server in memory.</remarks>
public sealed class CallerLimits : IMiddleware, IDisposable
{
    private const int NoCounter = -1;

    private readonly PartitionedRateLimiter<HttpContext>[] _usual;
    private readonly PartitionedRateLimiter<HttpContext>[] _registering;

    public CallerLimits(IOptions<RateLimitOptions> settings, WorkerTokens workers, Maintainers maintainers)
    {
        var options = settings.Value;
        _usual =
        [
            Create(http => AddressCounter(http, options.Counters), options.AddressRequests, options.WindowSeconds, options.AddressBurst),
            Create(http => TokenCounter(http, workers, maintainers, options.Counters), options.TokenRequests, options.WindowSeconds, options.TokenBurst),
        ];
        _registering =
        [
            .. _usual,
            Create(http => AddressCounter(http, options.Counters), options.Registrations, options.RegistrationWindowSeconds, options.RegistrationBurst),
        ];
    }

    /// <inheritdoc />
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<DisableRateLimitingAttribute>() is not null)
        {
            await next(context);
            return;
        }
        foreach (var limit in metadata?.GetMetadata<MakesWorkers>() is null ? _usual : _registering)
        {
            using var lease = limit.AttemptAcquire(context);
            if (lease.IsAcquired) continue;
            await Refuse(lease).ExecuteAsync(context);
            return;
        }
        await next(context);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var limit in _registering) limit.Dispose();
    }

    private static PartitionedRateLimiter<HttpContext> Create(Func<HttpContext, int> counterOf, int requests, int windowSeconds, int burst)
    {
        var bucket = RateLimits.BucketOf(requests, windowSeconds, burst);
        return PartitionedRateLimiter.Create<HttpContext, int>(http => counterOf(http) is var counter and not NoCounter
            ? RateLimitPartition.GetTokenBucketLimiter(counter, _ => bucket)
            : RateLimitPartition.GetNoLimiter(NoCounter));
    }

    private static int AddressCounter(HttpContext http, int counters) => RateLimits.AddressCounter(http.Connection.RemoteIpAddress, counters);

    /// <summary>Only what is right, or may be, has a counter: invented tokens would fill the memory with them.</summary>
    private static int TokenCounter(HttpContext http, WorkerTokens workers, Maintainers maintainers, int counters)
    {
        switch (http.GetEndpoint()?.Metadata.GetMetadata<AccessMetadata>()?.Rule)
        {
            case AccessRule.Worker or AccessRule.AdminOrWorker when !http.IsAdmin() && workers.TryRead(http.Request.Headers, out var caller):
                // Read once; the access check takes it from here. By the token's hash: a token that the worker's grain refuses has a
                // counter of its own, and uses up nobody else's.
                http.Features.Set(caller);
                return RateLimits.Fold(caller.TokenHash.GetHashCode(StringComparison.Ordinal), counters);
            case AccessRule.Admin or AccessRule.AdminOrWorker or AccessRule.Metrics when maintainers.Read(http.Request.Headers) is { } maintainer:
                http.Features.Set(maintainer);
                return RateLimits.Fold(maintainer.Actor.GetHashCode(StringComparison.Ordinal), counters);
            default:
                return NoCounter;
        }
    }

    private static Problem Refuse(RateLimitLease lease) => new()
    {
        Kind = ProblemKind.RateLimited,
        Message = ProblemKind.RateLimited.Meaning,
        RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var delay) ? delay : Problem.RetryDelay,
    };
}
