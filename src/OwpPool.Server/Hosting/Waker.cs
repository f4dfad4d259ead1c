using System.Collections.Concurrent;
using OwpPool.Grains;

namespace OwpPool.Server.Hosting;

/// <summary>Wakes grains, a few at a time. One that fails is told of in the log and keeps none of the others asleep.</summary>
public sealed partial class Waker(IGrainFactory grains, ILogger<Waker> logger)
{
    private const int Parallelism = 8;

    /// <summary>The grain that knows whether the pool is paused.</summary>
    public Sleeper Pool() => new("pool", GrainNames.Pool, () => grains.GetPoolControl().WakeAsync());

    /// <summary>The grain of a repo.</summary>
    /// <param name="repo">Its canonical key.</param>
    public Sleeper Repo(string repo) => new("repo", repo, () => grains.GetRepo(repo).WakeAsync());

    /// <summary>The grain of a worker.</summary>
    public Sleeper Worker(string workerId) => new("worker", workerId, () => grains.GetWorker(workerId).WakeAsync());

    /// <summary>Wakes them all, and returns when each has been tried.</summary>
    /// <returns>Those that failed.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> came first.</exception>
    public async Task<IReadOnlyCollection<Sleeper>> WakeAsync(IEnumerable<Sleeper> sleepers, CancellationToken stop)
    {
        var asleep = new ConcurrentBag<Sleeper>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = stop };
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

    [LoggerMessage(EventId = 301, Level = LogLevel.Error, Message = "Could not activate {Kind} {Key}; retrying.")]
    private static partial void LogWakeFailed(ILogger logger, string kind, string key, Exception exception);

    /// <summary>A grain that may have work or deadlines of which nobody knows yet.</summary>
    /// <param name="Kind"><c>pool</c>, <c>repo</c> or <c>worker</c>.</param>
    /// <param name="Key">Which one.</param>
    /// <param name="WakeAsync">Wakes it; may be repeated.</param>
    public sealed record Sleeper(string Kind, string Key, Func<Task> WakeAsync);
}
