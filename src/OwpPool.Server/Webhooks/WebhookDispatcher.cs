using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using OwpPool.Grains.Hosting;
using OwpPool.Server.Events;
using OwpPool.Server.Hosting;
using OwpPool.Storage;
using OwpPool.Storage.EventLog;
using OwpPool.Storage.Webhooks;

namespace OwpPool.Server.Webhooks;

/// <summary>Delivers the event log to operators' webhooks: for each hook by itself, in order, each event at least once. The position is
/// durable and moves when a delivery was taken or put aside. What was put aside is sent once more when the receiver takes such
/// events again.</summary>
public sealed partial class WebhookDispatcher(
    SqliteStorage storage, WebhookSender sender, DeadLetterSender letters, HearingBoard hearing, IOptions<WebhookOptions> options,
    TimeProvider clock, ILogger<WebhookDispatcher> logger)
    : BackgroundService
{
    /// <summary>Unwanted events that are passed before the position is noted: a note is a write.</summary>
    private const int NoteEvery = 1_000;

    private static readonly TimeSpan RestartDelay = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<string, (Task Run, CancellationTokenSource Stop)> _runs = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changed = new(1);

    /// <summary>The hooks were changed: look at them again.</summary>
    public void Changed() => _changed.Release();

    /// <summary>The body of an event's delivery.</summary>
    public static byte[] BodyOf(PoolEvent item) => JsonSerializer.SerializeToUtf8Bytes(EventMessage.From(item), Wire.Json.EventMessage);

    /// <inheritdoc />
    public override void Dispose()
    {
        base.Dispose();
        _changed.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await _changed.WaitAsync(stoppingToken);
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    LogFailed(logger, fault);
                    await Task.Delay(RestartDelay, clock, stoppingToken);
                    Changed();
                }
            }
        }
        finally
        {
            foreach (var (run, stop) in _runs.Values)
            {
                await stop.CancelAsync();
                await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                stop.Dispose();
            }
        }
    }

    /// <summary>Starts what should run and ends what should not.</summary>
    private async Task LookAsync(CancellationToken stoppingToken)
    {
        var active = (await storage.Webhooks.ListAsync(stoppingToken)).Where(hook => hook.IsActive).Select(hook => hook.HookId).ToHashSet();
        foreach (var (hookId, (run, stop)) in _runs)
        {
            if (active.Contains(hookId) && !run.IsCompleted) continue;
            await stop.CancelAsync();
            await run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.Dispose();
            _runs.TryRemove(hookId, out _);
        }
        foreach (var hookId in active.Where(id => !_runs.ContainsKey(id)))
        {
            var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            _runs[hookId] = (RunAsync(hookId, stop.Token), stop);
        }
    }

    private async Task RunAsync(string hookId, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (!await FollowAsync(hookId, stop)) return;
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // The pool's own storage; the position says where to go on.
                LogHookFailed(logger, hookId, fault);
                await Task.Delay(RestartDelay, clock, stop);
            }
        }
    }

    /// <returns>False if the hook is gone or disabled.</returns>
    private async Task<bool> FollowAsync(string hookId, CancellationToken stop)
    {
        if (await storage.Webhooks.FindAsync(hookId, stop) is not { IsActive: true } hook) return false;
        if (await storage.Cursors.GetAsync(WebhookTable.CursorOf(hookId), stop) is not { } position) return false;
        var filter = new EventFilter { Topics = hook.Topics };
        // It may have been put right while it was disabled, or the server stopped.
        var isFirst = true;
        var putAside = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var page in storage.Feed.FollowPagesAsync(position, filter, stop))
        {
            foreach (var item in page.Events)
            {
                var end = await DeliverAsync(hookId, item, stop);
                if (end is DeliveryEnd.HookStopped) return false;
                position = item.Seq;
                if (end is DeliveryEnd.PutAside) putAside.Add(item.Type);
                // What shows that such an event would be taken now is that one was.
                else if (isFirst || putAside.Remove(item.Type)) await letters.SendAgainAsync(hookId, isFirst ? null : item.Type, stop);
                isFirst = false;
            }
            if (page.UpTo - position < NoteEvery) continue;
            position = page.UpTo;
            await storage.Webhooks.PassAsync(hookId, position, stop);
        }
        return true;
    }

    /// <summary>Delivers one event, or gives it up.</summary>
    private async Task<DeliveryEnd> DeliverAsync(string hookId, PoolEvent item, CancellationToken stop)
    {
        var body = BodyOf(item);
        var triedAt = clock.Now();
        for (var tries = 1; ; tries++)
        {
            // This process or its machine stood still since the last try: earlier failures no longer count.
            if (hearing.Current.HearsSince > triedAt) tries = 1;
            triedAt = clock.Now();
            // Read each time: the secret may be another by now.
            if (await storage.Webhooks.FindAsync(hookId, stop) is not { IsActive: true } hook) return DeliveryEnd.HookStopped;
            var outcome = await sender.SendAsync(hook, item.Seq, item.Type, body, stop);
            var now = clock.Now();
            if (outcome.Failure is not { } failure)
            {
                await storage.Webhooks.SetDeliveredAsync(hookId, item.Seq, now, stop);
                return DeliveryEnd.Taken;
            }
            LogNotTaken(logger, hookId, item.Seq, tries, failure);
            if (await storage.Webhooks.SetFailedAsync(hookId, failure, now, stop) is not { } failingSince)
                return DeliveryEnd.HookStopped;
            if (tries < options.Value.MaxTries)
            {
                await Task.Delay(Rest(tries, outcome.RetryAfter), clock, stop);
                continue;
            }
            // Only after the last try: a server that was down for days must try again before it judges.
            if (now - failingSince >= TimeSpan.FromSeconds(options.Value.DisableAfterSeconds))
            {
                await storage.Webhooks.DisableAsync(hookId, $"Nothing was taken since {Instants.Text(failingSince)}. {failure}",
                    Actors.System, now, stop);
                LogDisabled(logger, hookId);
                return DeliveryEnd.HookStopped;
            }
            var text = System.Text.Encoding.UTF8.GetString(body);
            await storage.Webhooks.BuryAsync(new DeadLetter(hookId, item.Seq, item.Type, text, tries, failure, now), stop);
            return DeliveryEnd.PutAside;
        }
    }

    private enum DeliveryEnd
    {
        /// <summary>The hook is gone or was disabled meanwhile.</summary>
        HookStopped,
        Taken,
        PutAside,
    }

    private TimeSpan Rest(int tries, TimeSpan? asked)
    {
        var longest = TimeSpan.FromSeconds(options.Value.LongestRetrySeconds);
        var rest = TimeSpan.FromMilliseconds(options.Value.RetryDelayMilliseconds) * Math.Pow(2, Math.Min(tries - 1, 30));
        if (asked > rest) rest = asked.Value;
        return rest < longest ? rest : longest;
    }

    [LoggerMessage(EventId = 601, Level = LogLevel.Information,
        Message = "Webhook {HookId} did not take event {Seq} at try {Try}: {Failure}")]
    private static partial void LogNotTaken(ILogger logger, string hookId, long seq, int @try, string failure);

    [LoggerMessage(EventId = 602, Level = LogLevel.Warning, Message = "Webhook {HookId} is disabled: nothing was taken for too long.")]
    private static partial void LogDisabled(ILogger logger, string hookId);

    [LoggerMessage(EventId = 603, Level = LogLevel.Warning, Message = "Could not read events for webhook {HookId}; retrying.")]
    private static partial void LogHookFailed(ILogger logger, string hookId, Exception fault);

    [LoggerMessage(EventId = 604, Level = LogLevel.Warning, Message = "Could not read the webhooks; retrying.")]
    private static partial void LogFailed(ILogger logger, Exception fault);
}
