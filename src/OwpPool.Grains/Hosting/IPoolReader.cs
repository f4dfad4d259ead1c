using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains.Hosting;

/// <summary>What grains read when they come to life: the task rows say who holds what, so no grain keeps a second copy of it.
/// Reads what is committed; never a dirty state.</summary>
public interface IPoolReader
{
    /// <summary>The ready tasks of a repo.</summary>
    IAsyncEnumerable<ReadyTask> ReadBacklogAsync(string repo, CancellationToken cancellationToken);

    /// <summary>The tasks of a repo that count against its budget.</summary>
    Task<IReadOnlyList<LedgerEntry>> ReadHeldAsync(string repo, CancellationToken cancellationToken);

    /// <summary>The tasks that the worker holds, under review included.</summary>
    Task<IReadOnlyList<TaskState>> ReadHeldByWorkerAsync(string workerId, CancellationToken cancellationToken);

    /// <summary>The tasks that are under review or merged by the worker's word alone, at most <paramref name="limit"/> of them.</summary>
    Task<IReadOnlyList<TaskState>> ReadUnconfirmedAsync(string workerId, int limit, CancellationToken cancellationToken);

    /// <summary>The tasks of which something waits for the worker: see <see cref="TaskState.Wish"/>.</summary>
    Task<IReadOnlyList<string>> ReadWishesAsync(string workerId, CancellationToken cancellationToken);

    /// <summary>The workers that could take something now if they held nothing, a thousand at most.</summary>
    Task<IReadOnlyList<OnlineWorker>> ReadOnlineWorkersAsync(DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>The phases of those of the tasks that exist.</summary>
    Task<IReadOnlyDictionary<string, TaskPhase>> ReadPhasesAsync(IReadOnlyCollection<string> taskIds, CancellationToken cancellationToken);

    /// <summary>The task that has the pull request as its own; null if there is none.</summary>
    Task<string?> ReadTaskOfPullRequestAsync(string prUrl, CancellationToken cancellationToken);

    /// <summary>Those of the tasks that have an event of the bulk act.</summary>
    Task<IReadOnlySet<string>> ReadChangedInBulkAsync(IReadOnlyCollection<string> taskIds, string bulkId, CancellationToken cancellationToken);

    /// <summary>Whether any of the tasks waits for the other to be merged, itself or through more tasks; looks at 10,000 at most.</summary>
    Task<bool> DependsOnAsync(IReadOnlyCollection<string> taskIds, string otherId, CancellationToken cancellationToken);
}
