using System.Collections.Concurrent;
using OwpPool.Grains;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting;

/// <summary>Wakes every repo when the silo is up, so that its work can be found and its deadlines are watched; the server is ready when
/// each has been tried. One that failed is tried again until it wakes: nobody asks a repo for work that never said it has any.</summary>
public sealed partial class PoolStartup(SqliteStorage storage, IGrainFactory grains, TimeProvider clock, ILogger<PoolStartup> logger)
    : BackgroundService
{
    private const int Parallelism = 8;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(30);
    private volatile bool _completed;

    /// <summary>All repos are awake, but for those that failed to wake.</summary>
    public bool Completed => _completed;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var repos = await storage.ReadModel.ListRepoKeysAsync(stoppingToken);
        var asleep = await WakeAsync(repos, stoppingToken);
        _completed = true;
        LogAwake(logger, repos.Count - asleep.Count);
        while (asleep.Count > 0)
        {
            await Task.Delay(RetryInterval, clock, stoppingToken);
            asleep = await WakeAsync(asleep, stoppingToken);
        }
    }

    /// <returns>Those that failed. One damaged repo must not keep the others from being served; its own calls will say what is wrong.</returns>
    private async Task<IReadOnlyCollection<string>> WakeAsync(IReadOnlyCollection<string> repos, CancellationToken stoppingToken)
    {
        var asleep = new ConcurrentBag<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = stoppingToken };
        await Parallel.ForEachAsync(repos, options, async (repo, _) =>
        {
            try
            {
                await grains.GetRepo(repo).WakeAsync();
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogWakeFailed(logger, repo, exception);
                asleep.Add(repo);
            }
        });
        return asleep;
    }

    [LoggerMessage(EventId = 301, Level = LogLevel.Error, Message = "Repo {Repo} could not be woken; it is tried again.")]
    private static partial void LogWakeFailed(ILogger logger, string repo, Exception exception);

    [LoggerMessage(EventId = 302, Level = LogLevel.Information, Message = "{Count} repos are awake.")]
    private static partial void LogAwake(ILogger logger, int count);
}
