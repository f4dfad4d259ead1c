using System.Runtime.CompilerServices;
using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains.Hosting;

namespace OwpPool.Simulation;

/// <summary>The read model over the committed rows. Each read sees one instant, takes its time, and fails as the writes do.</summary>
internal sealed class MemoryReader(
    PoolMemory memory, SimulationScheduler scheduler, HearingBoard hearing, LivenessRules rules) : IPoolReader
{
    /// <summary>Nothing here acts on many tasks at once.</summary>
    public Task<IReadOnlySet<string>> ReadChangedInBulkAsync(
        IReadOnlyCollection<string> taskIds, string bulkId, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlySet<string>>(new HashSet<string>());

    public async IAsyncEnumerable<ReadyTask> ReadBacklogAsync(string repo, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await ReadAsync("backlog");
        var ready = memory.Tasks.Values.Where(task => task.Repo == repo && task.Phase is TaskPhase.Ready).Select(ReadyTask.From).ToList();
        foreach (var task in ready) yield return task;
    }

    public async Task<IReadOnlyList<LedgerEntry>> ReadHeldAsync(string repo, CancellationToken cancellationToken)
    {
        await ReadAsync("held");
        return [.. memory.Tasks.Values.Where(task => task.Repo == repo).Select(ToEntry).OfType<LedgerEntry>()];
    }

    public async Task<IReadOnlyList<TaskState>> ReadHeldByWorkerAsync(string workerId, CancellationToken cancellationToken)
    {
        await ReadAsync("held by worker");
        return [.. memory.Tasks.Values.Where(task => task.WorkerId == workerId && task.Phase.CountsAgainstBudget())];
    }

    public async Task<IReadOnlyList<TaskState>> ReadUnconfirmedAsync(string workerId, int limit, CancellationToken cancellationToken)
    {
        await ReadAsync("unconfirmed of worker");
        return [.. memory.Tasks.Values.Where(task => task.WorkerId == workerId
            && (task.IsMergedUnconfirmed || task is { Phase: TaskPhase.PrOpened, ReviewConfirmedBy: null })).Take(limit)];
    }

    public async Task<IReadOnlyList<string>> ReadWishesAsync(string workerId, CancellationToken cancellationToken)
    {
        await ReadAsync("wishes");
        return [.. memory.Tasks.Values.Where(task => task.Wish?.WorkerId == workerId).Select(task => task.TaskId)];
    }

    public async Task<IReadOnlyList<OnlineWorker>> ReadOnlineWorkersAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await ReadAsync("workers online");
        return [.. memory.Workers.Values.Select(worker => WorkerPresence.AsOnline(worker, rules, hearing.Current, now)).OfType<OnlineWorker>()];
    }

    public async Task<IReadOnlyDictionary<string, TaskPhase>> ReadPhasesAsync(
        IReadOnlyCollection<string> taskIds, CancellationToken cancellationToken)
    {
        await ReadAsync("phases");
        var phases = new Dictionary<string, TaskPhase>(StringComparer.Ordinal);
        foreach (var taskId in taskIds)
            if (memory.Tasks.TryGetValue(taskId, out var task)) phases[taskId] = task.Phase;
        return phases;
    }

    public async Task<string?> ReadTaskOfPullRequestAsync(string prUrl, CancellationToken cancellationToken)
    {
        await ReadAsync("pull request");
        return memory.Tasks.Values.FirstOrDefault(task => task.Artifact.PrUrl == prUrl)?.TaskId;
    }

    public async Task<bool> DependsOnAsync(IReadOnlyCollection<string> taskIds, string otherId, CancellationToken cancellationToken)
    {
        await ReadAsync("dependencies");
        var (seen, open) = (new HashSet<string>(taskIds, StringComparer.Ordinal), new Queue<string>(taskIds));
        while (open.TryDequeue(out var taskId))
        {
            if (taskId == otherId) return true;
            foreach (var need in memory.Tasks.GetValueOrDefault(taskId)?.DependsOn ?? [])
                if (seen.Add(need)) open.Enqueue(need);
        }
        return false;
    }

    private async Task ReadAsync(string what)
    {
        await scheduler.Pause(scheduler.IsTracing ? $"read {what}" : what);
        if (!scheduler.Chance(scheduler.Faults.StorageFailsBefore)) return;
        scheduler.Injected.FailedReads++;
        throw new IOException($"Simulated: reading the {what} failed.");
    }

    /// <summary>As the server's read model makes it: a row under review has no lease to name.</summary>
    private static LedgerEntry? ToEntry(TaskState task) => RepoAdmission.EntryOf(task) is { } entry
        ? entry with { LeaseId = task.Lease?.LeaseId ?? "", GrantedAt = task.Lease?.GrantedAt ?? default }
        : null;
}
