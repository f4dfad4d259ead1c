using Microsoft.Extensions.Options;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Settings;
using OwpPool.Storage;
using OwpPool.Storage.Audit;

namespace OwpPool.Server.Audit;

/// <summary>Removes events that are older than the operator wants them kept: when the server starts, and every hour.</summary>
public sealed partial class AuditCleaner(
    SqliteStorage storage, IOptions<AuditOptions> options, TimeProvider clock, ILogger<AuditCleaner> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    /// <summary>Removes what is too old by now.</summary>
    /// <returns>What was removed; null if there was nothing.</returns>
    public Task<AuditTrim?> CleanAsync(CancellationToken cancellationToken)
    {
        var now = clock.Now();
        var before = now.AddDays(-options.Value.RetentionDays);
        return storage.Retention.TrimAsync(before, before.AddDays(-options.Value.UnreadDays), now, cancellationToken);
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
                if (await CleanAsync(stoppingToken) is not { } trim) continue;
                LogRemoved(logger, trim.Through);
                if (trim.UnreadBy.Count > 0) LogUnread(logger, string.Join(", ", trim.UnreadBy));
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

    [LoggerMessage(EventId = 433, Level = LogLevel.Warning,
        Message = "Deleted events past OwpPool__Audit__UnreadDays before these consumers read them: {Consumers}.")]
    private static partial void LogUnread(ILogger logger, string consumers);

    [LoggerMessage(EventId = 432, Level = LogLevel.Warning, Message = "The audit log could not be trimmed.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
