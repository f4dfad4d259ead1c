using OwpPool.Grains;
using OwpPool.Grains.Directory;

namespace OwpPool.Server.Hosting;

/// <summary>Brings this silo's board what repos on other silos published. Repos of this silo write to the board themselves.</summary>
public sealed partial class DirectoryFeed(IGrainFactory grains, SupplyBoard board, TimeProvider clock, ILogger<DirectoryFeed> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var version = 0L;
        using var timer = new PeriodicTimer(Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                var picture = await grains.GetDirectory().GetAsync(version);
                foreach (var supply in picture.Supplies) board.Publish(supply);
                version = picture.Version;
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Hints only: claims still work on what this silo knows, and the next tick asks again.
                LogFeedFailed(logger, exception);
            }
        }
    }

    [LoggerMessage(EventId = 311, Level = LogLevel.Warning, Message = "The directory did not answer.")]
    private static partial void LogFeedFailed(ILogger logger, Exception exception);
}
