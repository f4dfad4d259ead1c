using OwpPool.Core.Answers;
using OwpPool.Core.Shared;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting.Idempotency;

/// <summary>Removes answers that are not replayed any more: when the server starts, and every hour.</summary>
public sealed partial class AnswerCleaner(SqliteStorage storage, TimeProvider clock, ILogger<AnswerCleaner> logger) : BackgroundService
{
    /// <summary>Longer than a grain lives that nobody calls: hardly one is left that still knows the row.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromHours(1);

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>So few that the writes of others, which share the commit, hardly wait.</summary>
    private const int Batch = 200;

    /// <summary>Removes what is too old by now.</summary>
    /// <returns>How many.</returns>
    public async Task<int> CleanAsync(CancellationToken cancellationToken)
    {
        var before = clock.Now() - AnswerState.Lifetime - Margin;
        var all = 0;
        int removed;
        do
        {
            removed = await storage.Answers.RemoveAsync(before, Batch, cancellationToken);
            all += removed;
        }
        while (removed == Batch);
        return all;
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                var removed = await CleanAsync(stoppingToken);
                if (removed > 0) LogRemoved(logger, removed);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Old answers do no harm but to the disk; the next hour tries again.
                LogFailed(logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(EventId = 421, Level = LogLevel.Debug, Message = "{Count} old answers were removed.")]
    private static partial void LogRemoved(ILogger logger, int count);

    [LoggerMessage(EventId = 422, Level = LogLevel.Warning, Message = "Old answers could not be removed.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
