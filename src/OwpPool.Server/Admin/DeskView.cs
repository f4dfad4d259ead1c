using OwpPool.Core.Matching;
using OwpPool.Core.Pools;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Workers;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.State;

namespace OwpPool.Server.Admin;

/// <summary>The desk as it is sent, made of rows of one instant.</summary>
/// <param name="picture">The rows.</param>
/// <param name="repo">The one repo that it is about, as compared; null = all.</param>
/// <param name="limit">Items of each list.</param>
/// <param name="statusOf">A worker's status as of now.</param>
/// <param name="now">The present.</param>
internal sealed class DeskView(
    DeskPicture picture, string? repo, int limit, Func<WorkerState, WorkerStatus> statusOf, DateTimeOffset now)
{
    /// <summary>Who can pause a worker.</summary>
    internal static readonly string[] PausedByWords = [ByMaintainer, ByPool, ByWorker];

    private const string ByMaintainer = "maintainer";
    private const string ByPool = "pool";
    private const string ByWorker = "worker";

    /// <summary>An offline worker leaves the desk after this long.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromDays(7);

    private readonly List<WorkerState> _failing =
    [
        .. picture.FailingWorkers.Select(static state => PoolStateJson.Deserialize<WorkerState>(state))
            .Where(worker => IsShown(worker, repo, statusOf, now))
            .OrderByDescending(static worker => worker.Reputation.FailuresInARow).ThenByDescending(static worker => worker.LastSeenAt)
            .ThenBy(static worker => worker.WorkerId, StringComparer.Ordinal),
    ];

    private readonly List<TaskState> _reviews = TasksOf(picture.Reviews);
    private readonly List<TaskState> _merges = TasksOf(picture.Merges);
    private readonly List<TaskState> _blocked = TasksOf(picture.Blocked);
    private readonly List<TaskState> _dead = TasksOf(picture.DeadLetters);

    /// <summary>Those who have, or had, the tasks that it lists.</summary>
    public IReadOnlyCollection<string> HolderIds =>
        [.. _reviews.Concat(_merges).Concat(_blocked).Concat(_dead).Select(WorkerOf).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>The failing workers that it lists.</summary>
    public IReadOnlyCollection<string> FailingIds => [.. _failing.Take(limit).Select(static worker => worker.WorkerId)];

    /// <param name="holders">The states of <see cref="HolderIds"/>.</param>
    /// <param name="pauseNotes">What was last said of the pauses of <see cref="FailingIds"/>.</param>
    /// <param name="pool">What maintainers decided about the whole pool.</param>
    public DeskResponse ToWire(
        IReadOnlyDictionary<string, byte[]> holders, IReadOnlyDictionary<string, string> pauseNotes, PoolControlState pool)
    {
        var known = holders.ToDictionary(
            static item => item.Key, static item => PoolStateJson.Deserialize<WorkerState>(item.Value), StringComparer.Ordinal);
        var isPaused = pool.IsPaused(now);
        return new DeskResponse
        {
            At = now,
            Paused = isPaused,
            PauseNote = isPaused ? pool.PauseNote : null,
            PauseUntil = isPaused ? pool.PauseUntil : null,
            Reviews = List(picture.Reviews.Total, _reviews, "status=pr_opened&merge_reported=false&sort=status_since"),
            Merges = List(picture.Merges.Total, _merges, "status=pr_opened,merged&merge_reported=true&sort=created"),
            Blocked = List(picture.Blocked.Total, _blocked, "status=blocked&sort=status_since"),
            DeadLetters = List(picture.DeadLetters.Total, _dead, "status=dead_letter&sort=-updated"),
            Workers = new DeskWorkers
            {
                Total = _failing.Count,
                Items = [.. _failing.Take(limit).Select(worker => ToWire(worker, pauseNotes.GetValueOrDefault(worker.WorkerId)))],
                List = "/v1/workers?sort=-failures",
            },
            Repos = new DeskRepos { Total = picture.Repos.Count, Items = [.. picture.Repos.Take(limit).Select(ToWire)], List = "/v1/admin/repos" },
        };

        DeskTasks List(int total, List<TaskState> tasks, string query) => new()
        {
            Total = total,
            Items = [.. tasks.Select(task => ToWire(task, WorkerOf(task) is { } id ? known.GetValueOrDefault(id) : null))],
            List = $"/v1/tasks?{(repo is null ? "" : $"repo={Uri.EscapeDataString(repo)}&")}{query}",
        };
    }

    private static DeskTask ToWire(TaskState task, WorkerState? worker) => new()
    {
        TaskId = task.TaskId,
        Repo = task.RepoName,
        Title = task.Title,
        Status = task.Phase.Wire(),
        StatusSince = task.PhaseAt,
        PrUrl = task.Artifact.PrUrl,
        WorkerId = WorkerOf(task),
        WorkerName = worker?.Name,
        TrustTier = worker is null ? null : EnumWords<TrustTier>.Of(worker.TrustTier),
        Message = task.Phase switch
        {
            TaskPhase.Blocked => task.Message,
            TaskPhase.DeadLetter => task.History is [.., var last] ? last.Reason : null,
            _ => null,
        },
        AttemptCount = task.Attempts,
        MergeReportedAt = task.MergeReportedAt,
        ReviewConfirmedBy = task.ReviewConfirmedBy,
        ReviewUntil = task.ReviewUntil,
    };

    private DeskWorker ToWire(WorkerState worker, string? note) => new()
    {
        WorkerId = worker.WorkerId,
        Name = worker.Name,
        Status = EnumWords<WorkerStatus>.Of(statusOf(worker)),
        TrustTier = EnumWords<TrustTier>.Of(worker.TrustTier),
        FailuresInARow = worker.Reputation.FailuresInARow,
        PausedBy = worker.PausedByAdmin ? ByMaintainer : now < worker.PausedUntil ? ByPool : worker.Status is WorkerStatus.Paused ? ByWorker : null,
        PausedUntil = now < worker.PausedUntil ? worker.PausedUntil : null,
        Message = note,
        LastSeenAt = worker.LastSeenAt,
    };

    private static DeskRepo ToWire(DeskRepoRow row) => new()
    {
        Repo = row.Name,
        Reason = ExplainMapping.WordOf(row.Paused ? Ineligibility.RepoPaused : Ineligibility.BudgetExhausted),
        Ready = row.Ready,
        Reserved = row.Reserved,
        UnderReview = row.UnderReview,
        MaxOpenPrs = row.MaxOpenPrs,
    };

    private static bool IsShown(WorkerState worker, string? repo, Func<WorkerState, WorkerStatus> statusOf, DateTimeOffset now) =>
        !worker.Revoked && (repo is null || worker.Repos.Count == 0 || worker.Repos.Contains(repo))
        && (statusOf(worker) is not WorkerStatus.Offline || now - worker.LastSeenAt < Remembered);

    private static List<TaskState> TasksOf(DeskRows rows) => [.. rows.Items.Select(static item => PoolStateJson.Deserialize<TaskState>(item))];

    /// <summary>A dead letter has no holder; its last holder is shown.</summary>
    private static string? WorkerOf(TaskState task) => task.WorkerId ?? (task.History is [.., var last] ? last.WorkerId : null);
}
