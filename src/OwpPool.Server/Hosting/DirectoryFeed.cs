using OwpPool.Grains;
using OwpPool.Grains.Directory;

namespace OwpPool.Server.Hosting;

/// <summary>Brings this silo's board what repos on other silos published. Repos of this silo write to the board themselves; one that did
/// not, because its activation ended before it could tell what has changed, is woken to do so.</summary>
public sealed partial class DirectoryFeed(
    IGrainFactory grains, SupplyBoard board, Waker waker, TimeProvider clock, ILogger<DirectoryFeed> logger)
    : BackgroundService
{
    private const int TicksBetweenLooks = 10;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(5);
    private readonly Dictionary<string, Task> _waking = new(StringComparer.Ordinal);
    private IReadOnlyDictionary<string, long> _stale = new Dictionary<string, long>();
    private long _version;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        for (var tick = 1; await timer.WaitForNextTickAsync(stoppingToken); tick = (tick + 1) % TicksBetweenLooks)
        {
            try
            {
                await ReadAsync();
                if (tick == 0) WakeSilent(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // Hints only: claims still work on what this silo knows, and the next tick asks again.
                LogFeedFailed(logger, exception);
            }
        }
    }

    private async Task ReadAsync()
    {
        var picture = await grains.GetDirectory().GetAsync(_version);
        foreach (var supply in picture.Supplies) board.Publish(supply);
        _version = picture.Version;
    }

    /// <summary>A summary follows a change within milliseconds; one that is missing at two looks in a row does not come by itself.</summary>
    private void WakeSilent(CancellationToken stop)
    {
        foreach (var (repo, waking) in _waking.ToList())
            if (waking.IsCompleted) _waking.Remove(repo);
        var before = _stale;
        _stale = board.StaleRepos();
        foreach (var (repo, mark) in _stale)
            if (before.TryGetValue(repo, out var known) && known == mark && !_waking.ContainsKey(repo)) _waking[repo] = WakeAsync(repo, stop);
    }

    /// <summary>Each by itself: one that does not answer for long, or never, keeps none of the others waiting.</summary>
    private async Task WakeAsync(string repo, CancellationToken stop)
    {
        if ((await waker.WakeAsync([waker.Repo(repo)], stop)).Count > 0) await Task.Delay(PauseAfterFailure, clock, stop);
    }

    [LoggerMessage(EventId = 312, Level = LogLevel.Warning, Message = "Could not read the directory of repos; retrying.")]
    private static partial void LogFeedFailed(ILogger logger, Exception exception);
}
