using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Storage;

namespace OwpPool.Server.Audit;

/// <summary>Removes events that are older than the operator wants them kept: when the server starts, and every hour.</summary>
public sealed partial class AuditCleaner(
    SqliteStorage storage, IOptions<AuditOptions> options, TimeProvider clock, ILogger<AuditCleaner> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Removes what is too old by now.</summary>
    /// <returns>The number of the last event removed; null if there was none.</returns>
    public Task<long?> CleanAsync(CancellationToken cancellationToken)
    {
        var now = clock.Now();
        return storage.Retention.TrimAsync(now.AddDays(-options.Value.RetentionDays), now, cancellationToken);
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.RetentionDays == 0) return;
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                if (await CleanAsync(stoppingToken) is { } through) LogRemoved(logger, through);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Nothing but the disk suffers; the next hour tries again.
                LogFailed(logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(EventId = 431, Level = LogLevel.Information, Message = "The audit log was trimmed through event {Through}.")]
    private static partial void LogRemoved(ILogger logger, long through);

    [LoggerMessage(EventId = 432, Level = LogLevel.Warning, Message = "The audit log could not be trimmed.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
