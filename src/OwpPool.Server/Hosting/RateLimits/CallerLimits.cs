using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Hosting.RateLimits;

/// <summary>Counts what callers send, before anything is done for them: by remote address, by token, and registrations by address again.
/// </summary>
/// <remarks>The middleware of ASP.NET Core does the same, but never ends the timers of its limiters: each server that is stopped in a process
/// that goes on, as in tests, would stay in memory with all that it has.</remarks>
public sealed class CallerLimits : IMiddleware, IDisposable
{
    private const int NoCounter = -1;

    private readonly PartitionedRateLimiter<HttpContext> _byAddress;
    private readonly PartitionedRateLimiter<HttpContext> _byToken;
    private readonly PartitionedRateLimiter<HttpContext> _registrations;

    public CallerLimits(IOptions<RateLimitOptions> settings, WorkerTokens workers, Maintainers maintainers)
    {
        var options = settings.Value;
        _byAddress = Create(
            http => AddressCounter(http, options.Counters), options.AddressRequests, options.WindowSeconds, options.AddressBurst);
        _byToken = Create(
            http => TokenCounter(http, workers, maintainers, options.Counters), options.TokenRequests, options.WindowSeconds, options.TokenBurst);
        _registrations = Create(http => http.GetEndpoint()?.Metadata.GetMetadata<MakesWorkers>() is null ? NoCounter
            : AddressCounter(http, options.Counters), options.Registrations, options.RegistrationWindowSeconds, options.RegistrationBurst);
    }

    /// <inheritdoc />
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<DisableRateLimitingAttribute>() is not null)
        {
            await next(context);
            return;
        }
        foreach (var limit in (ReadOnlySpan<PartitionedRateLimiter<HttpContext>>)[_byAddress, _byToken, _registrations])
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
        _byAddress.Dispose();
        _byToken.Dispose();
        _registrations.Dispose();
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
