using OwpPool.Grains.Hosting;

namespace OwpPool.Server.Hosting;

/// <summary>Looks at the clock every second, so that a time in which the process did not run shows: a suspended machine, a stopped container,
/// a stall. It keeps to the system's clock, as what is suspended is the system.</summary>
public sealed class StallWatch(HearingBoard hearing) : BackgroundService
{
    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(HearingBoard.Interval);
        hearing.StartWatching(TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) hearing.Look();
        }
        finally
        {
            hearing.StopWatching();
        }
    }
}
