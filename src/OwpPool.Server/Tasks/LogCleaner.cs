using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using OwpPool.Storage;

namespace OwpPool.Server.Tasks;

/// <summary>Removes log lines that are older than they are kept: when the server starts, and every hour.</summary>
public sealed partial class LogCleaner(
    SqliteStorage storage, IOptions<TaskLogOptions> options, TimeProvider clock, ILogger<LogCleaner> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>So few that the writes of others, which share the commit, hardly wait.</summary>
    private const int Batch = 500;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                var before = clock.Now() - TimeSpan.FromDays(options.Value.KeepDays);
                while (await storage.TaskLogs.RemoveAsync(before, Batch, stoppingToken) == Batch)
                    stoppingToken.ThrowIfCancellationRequested();
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Old lines do no harm but to the disk; the next hour tries again.
                LogFailed(logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(EventId = 531, Level = LogLevel.Warning, Message = "Old log lines of tasks could not be removed.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
