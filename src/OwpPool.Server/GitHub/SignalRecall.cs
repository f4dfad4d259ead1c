using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Storage;
using OwpPool.Storage.EventLog;

namespace OwpPool.Server.GitHub;

/// <summary>A pull request may be merged, closed or need changes before its worker tells the pool of it: that delivery found no task. When the report comes,
/// what GitHub said last is looked at again. The position in the log is durable, so a restart between the two loses nothing.</summary>
public sealed partial class SignalRecall(
    SqliteStorage storage, PullRequestDesk desk, InboxWorker inbox, IOptions<GitHubOptions> options, TimeProvider clock,
    ILogger<SignalRecall> logger) : BackgroundService
{
    private const string Cursor = "github.recall";
    private static readonly EventFilter Reports = new() { Topics = ["task.pr_opened"] };
    /// <summary>Events of others that are passed before the position is noted: a note is a write, and what is not noted is kept.</summary>
    private const int NoteEvery = 1_000;

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Without deliveries there is nothing to recall.
        if (options.Value.WebhookSecret is not { Length: > 0 }) return;
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
        await foreach (var page in storage.Feed.FollowPagesAsync(position, Reports, stoppingToken))
        {
            foreach (var item in page.Events) await RecallAsync(item, stoppingToken);
            if (page.Events.Count == 0 && page.UpTo - position < NoteEvery) continue;
            position = page.UpTo;
            await storage.Cursors.AdvanceAsync(Cursor, position, stoppingToken);
        }
    }

    private async Task RecallAsync(PoolEvent report, CancellationToken stoppingToken)
    {
        if (report.Actor == Actors.Github || PrUrlOf(report) is not { } prUrl) return;
        var key = PullRequestUrl.KeyOf(prUrl);
        try
        {
            await desk.RecallAsync(key, stoppingToken);
        }
        catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
        {
            // Other reports do not wait for this one: the inbox tries it again as if GitHub had just said it.
            LogPutAside(logger, report.Seq, report.Target, fault);
            if (await storage.PullRequests.FindStoryAsync(key, stoppingToken) is not { } story) return;
            await storage.GitHubInbox.AddAsync(
                string.Create(CultureInfo.InvariantCulture, $"recall-{report.Seq}"), "pull_request", story.Latest, clock.Now(), stoppingToken);
            inbox.Wake();
        }
    }

    private string? PrUrlOf(PoolEvent report)
    {
        try
        {
            using var details = JsonDocument.Parse(report.Details);
            return JsonRead.Text(details.RootElement, "pr_url");
        }
        catch (JsonException fault)
        {
            LogUnreadable(logger, report.Seq, report.Target, fault);
            return null;
        }
    }

    [LoggerMessage(EventId = 507, Level = LogLevel.Warning,
        Message = "Report {Seq} of {Target} could not be compared with what GitHub said before; it is tried again as a delivery.")]
    private static partial void LogPutAside(ILogger logger, long seq, string target, Exception fault);

    [LoggerMessage(EventId = 508, Level = LogLevel.Error,
        Message = "Report {Seq} of {Target} cannot be read and is not compared with what GitHub said before.")]
    private static partial void LogUnreadable(ILogger logger, long seq, string target, Exception fault);

    [LoggerMessage(EventId = 504, Level = LogLevel.Warning, Message = "Could not compare workers' reports with GitHub's deliveries; retrying.")]
    private static partial void LogFailed(ILogger logger, Exception fault);
}
