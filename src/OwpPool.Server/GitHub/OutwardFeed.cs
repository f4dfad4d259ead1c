using OwpPool.Server.GitHub.Api;
using OwpPool.Storage;

namespace OwpPool.Server.GitHub;

/// <summary>Follows the event log and shows on GitHub what is to be shown. The position is durable, so nothing is lost over restarts; what
/// GitHub does not take is tried again until it does, and nobody in the pool waits for it.</summary>
public sealed partial class OutwardFeed(
    SqliteStorage storage, GitHubTransport transport, IssueMirror mirror, TimeProvider clock, ILogger<OutwardFeed> logger)
        : BackgroundService
{
    private const string Cursor = "github.outward";

    /// <summary>Events without anything to show that are passed before the position is noted: a note is a write.</summary>
    private const int NoteEvery = 1_000;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!transport.HasToken)
        {
            // Nothing can be shown, and for a position old events would be kept.
            if (await storage.Cursors.GetAsync(Cursor, stoppingToken) is not null) await storage.Cursors.RemoveAsync(Cursor, stoppingToken);
            return;
        }
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // The pool's own storage; the position says where to go on.
                LogFailed(logger, fault);
                await Task.Delay(FirstRetry, clock, stoppingToken);
            }
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        var noted = await storage.Cursors.GetAsync(Cursor, stoppingToken);
        if (noted is null) await storage.Cursors.AdvanceAsync(Cursor, storage.Feed.LatestSeq, stoppingToken);
        var position = noted ?? storage.Feed.LatestSeq;
        var mayBeRepeat = true;
        await foreach (var page in storage.Feed.FollowPagesAsync(position, IssueMirror.Filter, stoppingToken))
        {
            foreach (var item in page.Events)
            {
                if (!await ShowAsync(item, mayBeRepeat, stoppingToken)) continue;
                mayBeRepeat = false;
                position = item.Seq;
                await storage.Cursors.AdvanceAsync(Cursor, position, stoppingToken);
            }
            if (page.UpTo - position < NoteEvery) continue;
            position = page.UpTo;
            await storage.Cursors.AdvanceAsync(Cursor, position, stoppingToken);
        }
    }

    private async Task<bool> ShowAsync(Storage.EventLog.PoolEvent item, bool mayBeRepeat, CancellationToken stoppingToken)
    {
        for (var retry = FirstRetry; ; retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry)
        {
            try
            {
                return await mirror.ShowAsync(item, mayBeRepeat, stoppingToken);
            }
            catch (GitHubException fault) when (fault.IsTransient)
            {
                LogWaits(logger, item.Seq, fault);
                await Task.Delay(fault.RetryAfter is { } after && after > retry ? after : retry, clock, stoppingToken);
                mayBeRepeat = true;
            }
            catch (GitHubException fault)
            {
                // Deleted issue, locked conversation, right withdrawn: another try would be the same.
                LogSkipped(logger, item.Seq, item.Target, fault);
                return true;
            }
        }
    }

    [LoggerMessage(EventId = 521, Level = LogLevel.Warning, Message = "Event {Seq} waits for GitHub.")]
    private static partial void LogWaits(ILogger logger, long seq, Exception fault);

    [LoggerMessage(EventId = 522, Level = LogLevel.Warning,
        Message = "Event {Seq} of {Target} cannot be shown on GitHub; it is passed over.")]
    private static partial void LogSkipped(ILogger logger, long seq, string target, Exception fault);

    [LoggerMessage(EventId = 523, Level = LogLevel.Warning, Message = "The event log could not be followed to GitHub.")]
    private static partial void LogFailed(ILogger logger, Exception fault);
}
