using System.Collections.Concurrent;
using OwpPool.Grains;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting.Health;

/// <summary>Whether requests can be served: every repo is awake, the server is not stopping, storage and silo answer.</summary>
public sealed partial class Readiness(
    SqliteStorage storage, IGrainFactory grains, PoolStartup startup, Drain drain, TimeProvider clock, ILogger<Readiness> logger)
{
    internal const string Ready = "ready";
    private const string Starting = "starting";
    private const string Draining = "draining";
    private const string Failing = "failing";
    private const string Ok = "ok";

    /// <summary>What the whole can be.</summary>
    internal static readonly string[] Statuses = [Ready, Starting, Draining, Failing];

    /// <summary>What one check can find.</summary>
    internal static readonly string[] Findings = [Ok, Failing];

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Probes within this time share one look, so that probing costs nothing to speak of, however often it happens.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, bool> _failing = new(StringComparer.Ordinal);
    private Task<ReadyResponse>? _look;
    private long _lookedAt;

    /// <summary>Looks, or answers with a look that is fresh.</summary>
    public Task<ReadyResponse> LookAsync()
    {
        if (drain.Stopping.IsCancellationRequested) return Task.FromResult(Not(Draining));
        if (!startup.Completed) return Task.FromResult(Not(Starting));
        lock (_gate)
        {
            if (_look is null || (_look.IsCompleted && clock.GetElapsedTime(_lookedAt) >= Lifetime))
            {
                _lookedAt = clock.GetTimestamp();
                _look = LookFreshAsync();
            }
            return _look;
        }
    }

    private async Task<ReadyResponse> LookFreshAsync()
    {
        var checks = await Task.WhenAll(
            CheckAsync("storage", RequireStorageAsync),
            // A version that no directory reaches: whether a grain answers.
            CheckAsync("silo", token => grains.GetDirectory().GetAsync(long.MaxValue).WaitAsync(token)));
        var healthy = checks.All(static check => check.Value == Ok);
        return new ReadyResponse { Status = healthy ? Ready : Failing, Checks = checks.ToDictionary() };
    }

    private async Task RequireStorageAsync(CancellationToken token)
    {
        // One page of one index: whether the file can be read.
        await storage.ReadModel.ReadPhasesAsync(["t_readiness"], token);
        // Tried only after a write has failed.
        if (!await storage.CanWriteAsync().WaitAsync(token)) throw new IOException("The storage takes no writes.");
    }

    private async Task<KeyValuePair<string, string>> CheckAsync(string name, Func<CancellationToken, Task> check)
    {
        using var patience = new CancellationTokenSource(Patience, clock);
        try
        {
            await check(patience.Token);
            if (_failing.TryRemove(name, out _)) LogWell(logger, name);
            return new(name, Ok);
        }
        catch (Exception fault)
        {
            // Once, however often it is looked at.
            if (_failing.TryAdd(name, true)) LogFailing(logger, name, fault);
            return new(name, Failing);
        }
    }

    private static ReadyResponse Not(string status) => new() { Status = status, Checks = new Dictionary<string, string>() };

    [LoggerMessage(EventId = 411, Level = LogLevel.Warning, Message = "The readiness check {Check} fails.")]
    private static partial void LogFailing(ILogger logger, string check, Exception fault);

    [LoggerMessage(EventId = 412, Level = LogLevel.Information, Message = "The readiness check {Check} passes again.")]
    private static partial void LogWell(ILogger logger, string check);
}
