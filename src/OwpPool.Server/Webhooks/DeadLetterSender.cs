using System.Collections.Concurrent;
using System.Text;
using OwpPool.Storage;
using OwpPool.Storage.Webhooks;

namespace OwpPool.Server.Webhooks;

/// <summary>Sends what was put aside again: when somebody asks, and when its receiver takes such events again. A receiver that refused for
/// want of a right, or was away, misses nothing.</summary>
public sealed partial class DeadLetterSender(SqliteStorage storage, WebhookSender sender, ILogger<DeadLetterSender> logger) : IDisposable
{
    private const int Batch = 50;

    /// <summary>After so many in a row that are not taken, the others wait for the next time.</summary>
    private const int MaxFailures = 3;

    /// <summary>One at a time for each hook, so that nothing is sent by two at once.</summary>
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _turns = new(StringComparer.Ordinal);

    /// <summary>Sends one delivery, once. What is taken is no longer kept.</summary>
    /// <returns>How it ended; null = there is no such delivery, or not any more.</returns>
    public async Task<DeliveryOutcome?> SendAsync(Webhook hook, long seq, CancellationToken stop)
    {
        var turn = _turns.GetOrAdd(hook.HookId, static _ => new SemaphoreSlim(1, 1));
        await turn.WaitAsync(stop);
        try
        {
            if (await storage.Webhooks.FindDeadLetterAsync(hook.HookId, seq, stop) is not { } letter) return null;
            var outcome = await sender.SendAsync(hook, seq, letter.Type, Encoding.UTF8.GetBytes(letter.Body), stop);
            if (outcome.Failure is null) await storage.Webhooks.RemoveDeadLetterAsync(hook.HookId, seq, stop);
            return outcome;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Sends those of a hook, oldest first, each once.</summary>
    /// <param name="hookId">The hook.</param>
    /// <param name="type">Events of this type; null = all.</param>
    /// <param name="stop">Stops sending.</param>
    public async Task SendAgainAsync(string hookId, string? type, CancellationToken stop)
    {
        var (after, failures) = (0L, 0);
        while (await storage.Webhooks.ListDeadLettersAsync(hookId, after, Batch, stop) is { Count: > 0 } letters)
        {
            foreach (var letter in letters)
            {
                after = letter.Seq;
                if (type is not null && letter.Type != type) continue;
                if (await storage.Webhooks.FindAsync(hookId, stop) is not { IsActive: true } hook) return;
                var failure = (await SendAsync(hook, letter.Seq, stop))?.Failure;
                failures = failure is null ? 0 : failures + 1;
                if (failure is not null) LogNotTaken(logger, hookId, letter.Seq, failure);
                if (failures == MaxFailures) return;
            }
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var turn in _turns.Values) turn.Dispose();
    }

    [LoggerMessage(EventId = 605, Level = LogLevel.Information,
        Message = "Webhook {HookId} did not take event {Seq}, which was put aside before: {Failure}")]
    private static partial void LogNotTaken(ILogger logger, string hookId, long seq, string failure);
}
