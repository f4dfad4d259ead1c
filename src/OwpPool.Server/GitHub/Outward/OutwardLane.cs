using OwpPool.Core.Shared;
using OwpPool.Server.GitHub.Api;
using OwpPool.Storage;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub.Outward;

/// <summary>Shows what one repo has to show, in order. What GitHub refuses for want of rights waits until it takes it, and holds up only what
/// follows it on the same issue or pull request.</summary>
internal sealed partial class OutwardLane(
    string repo, SqliteStorage storage, RepoFinder finder, IssueMirror mirror, GitHubOptions options, TimeProvider clock, ILogger logger)
    : IDisposable
{
    /// <summary>So many of a kind are tried again and again while all are refused: the others would be, too.</summary>
    private const int MaxRefused = 3;

    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan StorageRetry = TimeSpan.FromSeconds(1);
    private readonly Bell _bell = new();
    private readonly Dictionary<OutwardKind, HashSet<long>> _refused = new()
    {
        [OutwardKind.Comment] = [], [OutwardKind.Label] = [], [OutwardKind.Status] = [],
    };
    private int _failures;

    /// <summary>There is something new to show.</summary>
    public void Ring() => _bell.Ring();

    /// <inheritdoc />
    public void Dispose() => _bell.Dispose();

    /// <summary>Shows what there is and what comes.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            var wait = StorageRetry;
            try
            {
                wait = await WorkAsync(stop);
            }
            catch (Exception fault) when (!stop.IsCancellationRequested)
            {
                LogStorageFailed(logger, repo, fault);
            }
            await _bell.WaitAsync(wait, clock, stop);
        }
    }

    /// <returns>When to look again, unless there is something new before.</returns>
    private async Task<TimeSpan> WorkAsync(CancellationToken stop)
    {
        // One by one: by the next, the setting, the rights or the repository may be another.
        while (await storage.GitHubOutbox.ReadDueAsync(repo, clock.Now(), limit: 1, stop) is [var row])
        {
            if (await storage.GitHubRepos.FindAsync(repo, stop) is not { Sync.Bidirectional: true } synced)
            {
                await storage.GitHubOutbox.ClearAsync(repo, stop);
                continue;
            }
            try
            {
                var found = await finder.FindAsync(synced, stop);
                if (_failures > 0) LogTakenAgain(logger, repo);
                _failures = 0;
                await ShowAsync(row, synced, found, stop);
            }
            catch (GitHubException fault)
            {
                await RestAsync(fault, stop);
            }
        }
        return await storage.GitHubOutbox.ReadNextDueAsync(repo, stop) is { } next && next - clock.Now() < LongestRetry
            ? next - clock.Now() : LongestRetry;
    }

    /// <exception cref="GitHubException">GitHub takes nothing at all for now.</exception>
    private async Task ShowAsync(OutwardRow row, SyncedRepo synced, GitHubRepository found, CancellationToken stop)
    {
        if (row.Tries == 0 && _refused[row.Kind].Count >= MaxRefused)
        {
            // Next time it is tried itself: perhaps GitHub refuses only the issues of the others.
            await storage.GitHubOutbox.BeginAsync(row.Id, stop);
            await storage.GitHubOutbox.PutOffAsync(row.Id, clock.Now() + LongestRetry, stop);
            return;
        }
        try
        {
            await storage.GitHubOutbox.BeginAsync(row.Id, stop);
            var shown = IsWanted(row, synced) ? await mirror.ShowAsync(row, found, stop) : null;
            await DoneAsync(row, shown, stop);
            if (row.Tries > 0) LogTakenAgain(logger, repo);
            if (_refused[row.Kind].Count == 0) return;
            _refused[row.Kind].Clear();
            await storage.GitHubOutbox.HurryAsync(repo, row.Kind, clock.Now(), stop);
        }
        catch (GitHubException fault) when (fault.Fault is GitHubFault.Gone or GitHubFault.Moved or GitHubFault.Refused)
        {
            // A deleted or transferred issue, a commit that is not there: another try would be the same.
            LogSkipped(logger, row.Seq, row.TaskId, fault);
            await DoneAsync(row, null, stop);
        }
        catch (GitHubException fault) when (fault.Fault is not GitHubFault.RateLimited)
        {
            if (row.Tries == 0) LogRefused(logger, row.Kind, repo, fault);
            _refused[row.Kind].Add(row.Id);
            await storage.GitHubOutbox.PutOffAsync(row.Id, clock.Now() + Backoff(row.Tries), stop);
        }
    }

    private async Task DoneAsync(OutwardRow row, string? shown, CancellationToken stop)
    {
        await storage.GitHubOutbox.SetDoneAsync(row, shown, clock.Now(), stop);
        _refused[row.Kind].Remove(row.Id);
    }

    private async Task RestAsync(GitHubException fault, CancellationToken stop)
    {
        if (_failures++ == 0) LogWaits(logger, repo, fault);
        var rest = Backoff(_failures);
        await Task.Delay(fault.RetryAfter is { } after && after > rest ? after : rest, clock, stop);
    }

    /// <summary>Asked for by now, and not of another repository that had the name when it happened.</summary>
    private static bool IsWanted(OutwardRow row, SyncedRepo synced) => !(row.At < synced.Sync.RepositoryFrom) && row.Kind switch
    {
        OutwardKind.Comment => synced.Sync.Comments,
        OutwardKind.Label => synced.Sync.WritesLabels,
        _ => synced.Sync.WritesStatus,
    };

    private TimeSpan Backoff(int tries)
    {
        var rest = TimeSpan.FromMilliseconds(options.RetryDelayMilliseconds) * Math.Pow(2, Math.Min(tries, 30));
        return rest < LongestRetry ? rest : LongestRetry;
    }

    [LoggerMessage(EventId = 521, Level = LogLevel.Warning, Message = "GitHub takes nothing for {Repo} now; retrying until it does.")]
    private static partial void LogWaits(ILogger logger, string repo, Exception fault);

    [LoggerMessage(EventId = 524, Level = LogLevel.Warning,
        Message = "Skipped event {Seq} of {TaskId}: GitHub cannot show it.")]
    private static partial void LogSkipped(ILogger logger, long seq, string taskId, Exception fault);

    [LoggerMessage(EventId = 526, Level = LogLevel.Warning, Message = "GitHub refuses a {Kind} in {Repo}; retrying until it takes it.")]
    private static partial void LogRefused(ILogger logger, OutwardKind kind, string repo, Exception fault);

    [LoggerMessage(EventId = 527, Level = LogLevel.Information, Message = "GitHub takes what is to be shown in {Repo} again.")]
    private static partial void LogTakenAgain(ILogger logger, string repo);

    [LoggerMessage(EventId = 528, Level = LogLevel.Warning, Message = "Could not read or note what is to be shown in {Repo}; retrying.")]
    private static partial void LogStorageFailed(ILogger logger, string repo, Exception fault);
}
