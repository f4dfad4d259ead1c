using System.Text.Json;
using OwpPool.Core.Shared;
using OwpPool.Server.GitHub.Api;
using OwpPool.Storage;
using OwpPool.Storage.EventLog;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub.Outward;

/// <summary>Follows the event log and notes in the outbox what is to be shown on GitHub. The position is stored with it, so over restarts
/// nothing is lost and nothing comes twice; GitHub itself is not waited for.</summary>
public sealed partial class OutwardFeed(
    SqliteStorage storage, GitHubTransport transport, OutwardPlan plan, OutwardWorker worker, TimeProvider clock,
    ILogger<OutwardFeed> logger) : BackgroundService
{
    private const string Cursor = "github.outward";

    /// <summary>Events without anything to show that are passed before the position is noted: a note is a write.</summary>
    private const int NoteEvery = 1_000;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!transport.HasToken)
        {
            // For a position old events are kept: not where nothing will be shown when there is a token again.
            if (!(await storage.GitHubRepos.ListAsync(stoppingToken)).Any(repo => repo.Sync.Bidirectional))
                await storage.Cursors.RemoveAsync(Cursor, stoppingToken);
            return;
        }
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await FollowAsync(stoppingToken);
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                // The pool's own storage; the position says where to go on.
                LogFailed(logger, fault);
                await Task.Delay(RetryDelay, clock, stoppingToken);
            }
        }
    }

    private async Task FollowAsync(CancellationToken stoppingToken)
    {
        var position = await storage.Cursors.BeginAsync(Cursor, () => storage.Feed.LatestSeq, stoppingToken);
        await foreach (var page in storage.Feed.FollowPagesAsync(position, OutwardPlan.Filter, stoppingToken))
        {
            foreach (var item in page.Events)
            {
                if (await ReadAsync(item, stoppingToken) is not { Count: > 0 } rows) continue;
                position = item.Seq;
                await storage.GitHubOutbox.AddAsync(rows, Cursor, position, clock.Now(), stoppingToken);
                worker.Wake(rows[0].Repo);
            }
            if (page.UpTo - position < NoteEvery) continue;
            position = page.UpTo;
            await storage.Cursors.AdvanceAsync(Cursor, position, stoppingToken);
        }
    }

    private async Task<IReadOnlyList<OutwardRow>> ReadAsync(PoolEvent item, CancellationToken stoppingToken)
    {
        try
        {
            return await plan.ReadAsync(item, stoppingToken);
        }
        catch (JsonException fault)
        {
            // It would be the same for ever, and all others wait behind it.
            LogUnreadable(logger, item.Seq, item.Target, fault);
            return [];
        }
    }

    [LoggerMessage(EventId = 522, Level = LogLevel.Error,
        Message = "Event {Seq} of {Target} cannot be read and is not shown on GitHub.")]
    private static partial void LogUnreadable(ILogger logger, long seq, string target, Exception fault);

    [LoggerMessage(EventId = 523, Level = LogLevel.Warning, Message = "Could not follow the event log for GitHub; retrying.")]
    private static partial void LogFailed(ILogger logger, Exception fault);
}
