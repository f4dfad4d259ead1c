using System.Net;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using OwpPool.Server.GitHub;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Hosting.RateLimits;
using OwpPool.Server.Hosting.Settings;

namespace OwpPool.Server.Hosting.Access;

/// <summary>Counts the credentials that are refused, by remote address: more than the limit are answered with 429, and the log has one line
/// a minute for each address. A credential that is right passes whatever its address has spent: many callers may share one, and to check
/// costs little. A request without any credential is not counted.</summary>
public sealed partial class RefusedCredentials : BackgroundService
{
    /// <summary>Addresses that are counted apart in a minute; more of them are counted together.</summary>
    internal const int MaxAddresses = 1_000;

    /// <summary>Lines of the log a minute, before the one that tells of the rest.</summary>
    internal const int MaxLines = 50;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly string[] Credentials = ["Authorization", AdminToken.Header, WebhookSignature.Header];

    private readonly PartitionedRateLimiter<IPAddress?> _limit;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private Dictionary<string, int> _counts = new(StringComparer.Ordinal);
    private int _others;

    public RefusedCredentials(IOptions<RateLimitOptions> options, TimeProvider clock, ILogger<RefusedCredentials> logger)
    {
        (_clock, _logger) = (clock, logger);
        var limits = options.Value;
        var bucket = RateLimits.RateLimits.BucketOf(
            limits.RefusedCredentials, limits.RefusedCredentialsWindowSeconds, limits.RefusedCredentialsBurst);
        _limit = PartitionedRateLimiter.Create<IPAddress?, int>(address => RateLimitPartition.GetTokenBucketLimiter(
            RateLimits.RateLimits.AddressCounter(address, limits.Counters), _ => bucket));
    }

    /// <summary>Counts a request that is about to be answered with 401.</summary>
    /// <returns>What it is answered with instead; null = 401 it is.</returns>
    public Problem? Count(HttpContext http)
    {
        if (!Array.Exists(Credentials, name => http.Request.Headers[name].Count > 0)) return null;
        var address = http.Connection.RemoteIpAddress;
        Note(RemoteNetwork.NameOf(RemoteNetwork.Of(address)));
        using var lease = _limit.AttemptAcquire(address);
        if (lease.IsAcquired) return null;
        return new Problem
        {
            Kind = ProblemKind.RateLimited,
            Message = "Too many credentials from this address were refused, and so was this one.",
            Suggestion = "Correct the token; a right one is taken at any time.",
            RetryAfter = lease.TryGetMetadata(MetadataName.RetryAfter, out var delay) ? delay : Problem.RetryDelay,
        };
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        base.Dispose();
        _limit.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) Tell();
        }
        finally
        {
            Tell();
        }
    }

    private void Note(string address)
    {
        lock (_gate)
        {
            if (_counts.TryGetValue(address, out var count) || _counts.Count < MaxAddresses) _counts[address] = count + 1;
            else _others++;
        }
    }

    private void Tell()
    {
        Dictionary<string, int> counts;
        int others;
        lock (_gate)
        {
            (counts, others) = (_counts, _others);
            if (counts.Count > 0) _counts = new Dictionary<string, int>(StringComparer.Ordinal);
            _others = 0;
        }
        var lines = counts.OrderByDescending(static item => item.Value).ToList();
        foreach (var (address, count) in lines.Take(MaxLines)) LogRefused(_logger, count, address);
        others += lines.Skip(MaxLines).Sum(static item => item.Value);
        if (others > 0) LogRefusedElsewhere(_logger, others);
    }

    [LoggerMessage(EventId = 441, Level = LogLevel.Warning, Message = "Refused {Count} credentials from {Address} in the last minute.")]
    private static partial void LogRefused(ILogger logger, int count, string address);

    [LoggerMessage(EventId = 442, Level = LogLevel.Warning, Message = "Refused {Count} credentials from other addresses in the last minute.")]
    private static partial void LogRefusedElsewhere(ILogger logger, int count);
}
