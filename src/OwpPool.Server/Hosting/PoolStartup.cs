using OwpPool.Storage;

namespace OwpPool.Server.Hosting;

/// <summary>Wakes, when the silo is up, everything that has deadlines or work to be found: first the repos, and the server is ready when each
/// has been tried; then, beside the requests, the workers that are online or hold leases, so that those which died meanwhile are noticed. A
/// few at a time. What failed is tried again until it wakes: nobody asks a repo for work that never said it has any.</summary>
public sealed partial class PoolStartup(SqliteStorage storage, Waker waker, TimeProvider clock, ILogger<PoolStartup> logger)
    : BackgroundService
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(30);
    private readonly TaskCompletionSource _awake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _completed;

    /// <summary>All repos are awake, but for those that failed to wake.</summary>
    public bool Completed => _completed;

    /// <summary>Ends when everything that is awake after a start has been woken.</summary>
    public Task Awake => _awake.Task;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!storage.IsChecked) LogNotChecked(logger, storage.Options.CheckTime.TotalSeconds);
        foreach (var file in storage.OpenToOthers) LogOpenToOthers(logger, file);
        if (storage.LogSetAside is { } aside) LogLogSetAside(logger, storage.Options.Path, aside);
        // Nobody is known before, and nothing is granted that a pause forbids.
        await RetryAsync(await waker.WakeAsync([waker.Pool()], stoppingToken), stoppingToken);
        var repos = (await storage.ReadModel.ListRepoKeysAsync(stoppingToken)).Select(waker.Repo).ToList();
        var asleep = await waker.WakeAsync(repos, stoppingToken);
        _completed = true;
        SayAwake(repos.Count - asleep.Count, "repo");
        var workers = (await storage.ReadModel.ListWatchedWorkersAsync(stoppingToken)).Select(waker.Worker).ToList();
        var silent = await waker.WakeAsync(workers, stoppingToken);
        SayAwake(workers.Count - silent.Count, "worker");
        _awake.TrySetResult();
        await RetryAsync([.. asleep, .. silent], stoppingToken);
    }

    private async Task RetryAsync(IReadOnlyCollection<Waker.Sleeper> asleep, CancellationToken stoppingToken)
    {
        while (asleep.Count > 0)
        {
            await Task.Delay(RetryInterval, clock, stoppingToken);
            asleep = await waker.WakeAsync(asleep, stoppingToken);
        }
    }

    private void SayAwake(int count, string kind)
    {
        if (count > 0) LogAwake(logger, count, count == 1 ? kind : kind + "s");
    }

    [LoggerMessage(EventId = 302, Level = LogLevel.Information, Message = "Recovered {Count} {Kind}.")]
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
}
