using OwpPool.Grains;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting;

/// <summary>Finishes batches of new tasks, and acts on many tasks, whose request did not live to do it: when the server starts, and now and then.</summary>
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
            await FinishAllAsync(storage.ReadModel.ListOpenBatchesAsync, key => grains.GetBatch(key).ContinueAsync(), stoppingToken);
            await FinishAllAsync(
                storage.ReadModel.ListOpenBulksAsync, async key => (await grains.GetBulk(key).ContinueAsync()).Done, stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task FinishAllAsync(
        Func<CancellationToken, Task<IReadOnlyList<string>>> list, Func<string, Task<bool>> step, CancellationToken stoppingToken)
    {
        IReadOnlyList<string> open = [];
        await TryAsync("the open batches", async () => open = await list(stoppingToken));
        foreach (var key in open)
        {
            await TryAsync(key, async () =>
            {
                while (!await step(key)) stoppingToken.ThrowIfCancellationRequested();
            });
        }
    }

    /// <summary>Nothing is lost by a failure: the next round continues. The others do not wait for it.</summary>
    private async Task TryAsync(string key, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(logger, key, exception);
        }
    }

    [LoggerMessage(EventId = 321, Level = LogLevel.Warning, Message = "Could not finish {Batch}; retrying.")]
    private static partial void LogFailed(ILogger logger, string batch, Exception exception);
}
