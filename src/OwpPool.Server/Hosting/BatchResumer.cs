using OwpPool.Grains;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting;

/// <summary>Works off batches of tasks whose request did not live to do it: when the server starts, and now and then.</summary>
public sealed partial class BatchResumer(SqliteStorage storage, IGrainFactory grains, TimeProvider clock, ILogger<BatchResumer> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                foreach (var batch in await storage.ReadModel.ListOpenBatchesAsync(stoppingToken))
                    while (!await grains.GetBatch(batch).ContinueAsync()) stoppingToken.ThrowIfCancellationRequested();
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Nothing of it is lost: the next round goes on.
                LogFailed(logger, exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(EventId = 311, Level = LogLevel.Warning, Message = "A batch of tasks could not be worked off; it is tried again.")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
