using System.Net;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.RateLimits;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Hosting.Idempotency;

/// <summary>How many answers, and how much of them, are stored for each caller: without a limit one caller fills the disk with keys that
/// nobody ever sends again. Counted in memory, so from the start of the server on.</summary>
/// <remarks>Workers by their ids, who sends no credential by its address. The admin, who may fill the disk with tasks as well, has a hundred
/// times as much.</remarks>
public sealed class AnswerQuota : IDisposable
{
    private const int AdminShare = 100;
    private const int DaySeconds = 86_400;
    private const int AdminCounter = -1;

    private readonly RateLimitOptions _limits;
    private readonly PartitionedRateLimiter<HttpContext> _answers;
    private readonly PartitionedRateLimiter<HttpContext> _kilobytes;

    public AnswerQuota(IOptions<RateLimitOptions> options)
    {
        var limits = _limits = options.Value;
        _answers = Limiter(limits.StoredAnswers, limits.StoredAnswersBurst, limits.Counters);
        _kilobytes = Limiter(limits.StoredAnswerKilobytes, limits.StoredAnswerKilobytesBurst, limits.Counters);
    }

    /// <summary>How long the caller has to wait until another answer can be stored for it; null = not at all.</summary>
    public TimeSpan? WaitOf(HttpContext http) => WaitOf(_answers, http) ?? WaitOf(_kilobytes, http);

    /// <summary>An answer is stored for the caller.</summary>
    /// <param name="http">Whose request it was.</param>
    /// <param name="bytes">Size of the answer. One that is larger than what is left takes all of it: what was done is remembered.</param>
    public void Spend(HttpContext http, int bytes)
    {
        Spend(_answers, http, 1);
        var most = _limits.StoredAnswerKilobytesBurst * (CounterOf(http, _limits.Counters) == AdminCounter ? AdminShare : 1);
        Spend(_kilobytes, http, Math.Min((bytes + 1023) / 1024, most));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _answers.Dispose();
        _kilobytes.Dispose();
    }

    private static TimeSpan? WaitOf(PartitionedRateLimiter<HttpContext> limiter, HttpContext http)
    {
        // Looked at, not taken: what has no effect is not stored. A part of a permit is none.
        if (limiter.GetStatistics(http) is not { CurrentAvailablePermits: < 1 }) return null;
        using var lease = limiter.AttemptAcquire(http, 1);
        return lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) && wait > TimeSpan.Zero ? wait : TimeSpan.FromSeconds(1);
    }

    private static void Spend(PartitionedRateLimiter<HttpContext> limiter, HttpContext http, int permits)
    {
        using var whole = limiter.AttemptAcquire(http, permits);
        if (whole.IsAcquired || limiter.GetStatistics(http) is not { CurrentAvailablePermits: > 0 and var left }) return;
        using var rest = limiter.AttemptAcquire(http, (int)Math.Min(left, permits));
    }

    private static PartitionedRateLimiter<HttpContext> Limiter(int aDay, int burst, int counters)
    {
        var bucket = RateLimits.RateLimits.BucketOf(aDay, DaySeconds, burst);
        var admins = RateLimits.RateLimits.BucketOf(aDay * AdminShare, DaySeconds, burst * AdminShare);
        return PartitionedRateLimiter.Create<HttpContext, int>(http => CounterOf(http, counters) is var counter && counter == AdminCounter
            ? RateLimitPartition.GetTokenBucketLimiter(counter, _ => admins)
            : RateLimitPartition.GetTokenBucketLimiter(counter, _ => bucket));
    }

    private static int CounterOf(HttpContext http, int counters) => http.GetEndpoint()?.Metadata.GetMetadata<AccessMetadata>()?.Rule switch
    {
        AccessRule.Admin => AdminCounter,
        AccessRule.Worker => RateLimits.RateLimits.Fold(http.Worker().WorkerId.GetHashCode(StringComparison.Ordinal), counters),
        _ => RateLimits.RateLimits.AddressCounter(http.Connection.RemoteIpAddress ?? IPAddress.None, counters),
    };
}
