using System.Collections.Concurrent;
using OwpPool.Grains;
using OwpPool.Storage;

namespace OwpPool.Server.Hosting;

/// <summary>Wakes, when the silo is up, everything that has deadlines or work to be found: first the repos, and the server is ready when each
/// has been tried; then, beside the requests, the workers that are online or hold leases, so that those which died meanwhile are noticed. A
/// few at a time. What failed is tried again until it wakes: nobody asks a repo for work that never said it has any.</summary>
public sealed partial class PoolStartup(SqliteStorage storage, IGrainFactory grains, TimeProvider clock, ILogger<PoolStartup> logger)
    : BackgroundService
{
    private const int Parallelism = 8;
    private const long SmallHeapBytes = 64 * 1024 * 1024;
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(30);
    private volatile bool _completed;

    /// <summary>All repos are awake, but for those that failed to wake.</summary>
    public bool Completed => _completed;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!storage.IsChecked) LogNotChecked(logger, storage.Options.CheckTime.TotalSeconds);
        foreach (var file in storage.OpenToOthers) LogOpenToOthers(logger, file);
        if (storage.LogSetAside is { } aside) LogLogSetAside(logger, storage.Options.Path, aside);
        // Nobody is known before, and nothing is granted that a pause forbids.
        var unknown = await WakeAsync([new Sleeper("pool", GrainNames.Pool, () => grains.GetPoolControl().WakeAsync())], stoppingToken);
        while (unknown.Count > 0)
        {
            await Task.Delay(RetryInterval, clock, stoppingToken);
            unknown = await WakeAsync(unknown, stoppingToken);
        }
        var repos = (await storage.ReadModel.ListRepoKeysAsync(stoppingToken))
            .Select(repo => new Sleeper("repo", repo, () => grains.GetRepo(repo).WakeAsync())).ToList();
        var asleep = await WakeAsync(repos, stoppingToken);
        _completed = true;
        LogAwake(logger, repos.Count - asleep.Count, "repos");
        var workers = (await storage.ReadModel.ListWatchedWorkersAsync(stoppingToken))
            .Select(worker => new Sleeper("worker", worker, () => grains.GetWorker(worker).WakeAsync())).ToList();
        asleep = [.. asleep, .. await WakeAsync(workers, stoppingToken)];
        LogAwake(logger, workers.Count, "workers");
        ReturnMemory();
        while (asleep.Count > 0)
        {
            await Task.Delay(RetryInterval, clock, stoppingToken);
            asleep = await WakeAsync(asleep, stoppingToken);
        }
    }

    /// <summary>Gives the memory of what only the start needed back to the system. An idle server allocates so little that the collector would
    /// not come to it for hours. A large heap is left alone: this collection stops all threads for as long as the heap is large.</summary>
    private static void ReturnMemory()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) < SmallHeapBytes)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    /// <returns>Those that failed. One damaged row must not keep the others from being served; its own calls will say what is wrong.</returns>
    private async Task<IReadOnlyCollection<Sleeper>> WakeAsync(IReadOnlyCollection<Sleeper> sleepers, CancellationToken stoppingToken)
    {
        var asleep = new ConcurrentBag<Sleeper>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = stoppingToken };
        await Parallel.ForEachAsync(sleepers, options, async (sleeper, _) =>
        {
            try
            {
                await sleeper.WakeAsync();
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogWakeFailed(logger, sleeper.Kind, sleeper.Key, exception);
                asleep.Add(sleeper);
            }
        });
        return asleep;
    }

    [LoggerMessage(EventId = 301, Level = LogLevel.Error, Message = "The {Kind} {Key} could not be woken; it is tried again.")]
    private static partial void LogWakeFailed(ILogger logger, string kind, string key, Exception exception);

    [LoggerMessage(EventId = 302, Level = LogLevel.Information, Message = "{Count} {Kind} are awake.")]
    private static partial void LogAwake(ILogger logger, int count, string kind);

    [LoggerMessage(EventId = 303, Level = LogLevel.Information,
        Message = "Not all pages of the database were looked at for damage in {Seconds} s; see OwpPool__Storage__CheckSeconds.")]
    private static partial void LogNotChecked(ILogger logger, double seconds);

    [LoggerMessage(EventId = 304, Level = LogLevel.Warning,
        Message = "Other users may be able to read {File}: this process may not change its mode. Make it 600, owned by the pool's user.")]
    private static partial void LogOpenToOthers(ILogger logger, string file);

    [LoggerMessage(EventId = 305, Level = LogLevel.Warning, Message = "The database {Path} was replaced by a backup: the log of the earlier "
        + "database was set aside as {Aside}. The pool continues from the backup; 'owp db restore' does this without a warning.")]
    private static partial void LogLogSetAside(ILogger logger, string path, string aside);

    private sealed record Sleeper(string Kind, string Key, Func<Task> WakeAsync);
}
