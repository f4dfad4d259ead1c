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
            IReadOnlyList<string> open = [];
            await TryAsync("all", async () => open = await storage.ReadModel.ListOpenBatchesAsync(stoppingToken));
            foreach (var batch in open)
            {
                await TryAsync(batch, async () =>
                {
                    while (!await grains.GetBatch(batch).ContinueAsync()) stoppingToken.ThrowIfCancellationRequested();
                });
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Nothing is lost by a failure: the next round continues. The other batches do not wait for it.</summary>
    private async Task TryAsync(string batch, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(logger, batch, exception);
        }
    }

    [LoggerMessage(EventId = 321, Level = LogLevel.Warning, Message = "Could not add the tasks of batch {Batch}; retrying.")]
    private static partial void LogFailed(ILogger logger, string batch, Exception exception);
}
