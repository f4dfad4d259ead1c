using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using OwpPool.Storage;

namespace OwpPool.Server.GitHub;

/// <summary>Removes deliveries, and what was last said of pull requests and shown on GitHub, when they are no longer needed to tell old from
/// new: when the server starts, and every hour.</summary>
public sealed partial class DeliveryCleaner(
    SqliteStorage storage, IOptions<GitHubOptions> options, TimeProvider clock, ILogger<DeliveryCleaner> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Signals are asked for as long as a delivery may still come, and then some.</summary>
    private static readonly TimeSpan KeepSignals = TimeSpan.FromDays(60);

    /// <summary>So long GitHub may refuse what the pool has to show: what comes then tells nobody anything.</summary>
    private static readonly TimeSpan KeepUnshown = TimeSpan.FromDays(30);

    private const int Batch = 200;

    /// <summary>Removes what is too old by now.</summary>
    /// <returns>How many deliveries.</returns>
    public async Task<int> CleanAsync(CancellationToken cancellationToken)
    {
        var now = clock.Now();
        var before = now - TimeSpan.FromDays(options.Value.KeepDeliveriesDays);
        var given = await AllAsync(limit => storage.GitHubOutbox.RemoveOldAsync(now - KeepUnshown, limit, cancellationToken));
        if (given > 0) LogGivenUp(logger, given, (int)KeepUnshown.TotalDays);
        await AllAsync(limit => storage.GitHubOutbox.RemoveShownAsync(now - KeepSignals, limit, cancellationToken));
        await AllAsync(limit => storage.PullRequests.RemoveAsync(now - KeepSignals, limit, cancellationToken));
        return await AllAsync(limit => storage.GitHubInbox.RemoveAsync(before, limit, cancellationToken));
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                await CleanAsync(stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // They do no harm but to the disk; the next hour tries again.
                LogFailed(logger, fault);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static async Task<int> AllAsync(Func<int, Task<int>> remove)
    {
        var all = 0;
        int removed;
        do
        {
            removed = await remove(Batch);
            all += removed;
        }
        while (removed == Batch);
        return all;
    }

    [LoggerMessage(EventId = 503, Level = LogLevel.Warning, Message = "GitHub's old deliveries could not be removed.")]
    private static partial void LogFailed(ILogger logger, Exception fault);

    [LoggerMessage(EventId = 529, Level = LogLevel.Error,
        Message = "Gave up {Count} comments, labels and statuses that GitHub has not taken for {Days} days.")]
    private static partial void LogGivenUp(ILogger logger, int count, int days);
}
