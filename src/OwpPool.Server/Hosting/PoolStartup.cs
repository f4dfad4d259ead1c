using OwpPool.Grains;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting;

/// <summary>Wakes every repo when the silo is up, so that its work can be found and its deadlines are watched; the server is ready when
/// that is done.</summary>
public sealed partial class PoolStartup(SqliteStorage storage, IGrainFactory grains, ILogger<PoolStartup> logger) : BackgroundService
{
    private const int Parallelism = 8;
    private volatile bool _completed;

    /// <summary>All repos are awake.</summary>
    public bool Completed => _completed;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var repos = await storage.ReadModel.ListRepoKeysAsync(stoppingToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = stoppingToken };
        await Parallel.ForEachAsync(repos, options, async (repo, _) =>
        {
            try
            {
                await grains.GetRepo(repo).WakeAsync();
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // One damaged repo must not keep the others from being served; its own calls will say what is wrong.
                LogWakeFailed(logger, repo, exception);
            }
        });
        _completed = true;
        LogAwake(logger, repos.Count);
    }

    [LoggerMessage(EventId = 301, Level = LogLevel.Error, Message = "Repo {Repo} could not be woken.")]
    private static partial void LogWakeFailed(ILogger logger, string repo, Exception exception);

    [LoggerMessage(EventId = 302, Level = LogLevel.Information, Message = "{Count} repos are awake.")]
    private static partial void LogAwake(ILogger logger, int count);
}
