using OwpPool.Core.Matching;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Grains.Workers;

/// <summary>What a worker holds, in memory: rebuilt from the task rows when its grain comes to life, and kept by the answers of repos.</summary>
public sealed class HeldTasks
{
    private readonly Dictionary<string, (string Repo, LeaseView Lease)> _leases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _underReview = new(StringComparer.Ordinal);

    /// <summary>The running leases, oldest deadline first.</summary>
    public IReadOnlyList<LeaseView> Leases => Where(phase => phase.IsLeased());

    /// <summary>The open offers, most urgent first: those of one request end within the same milliseconds.</summary>
    public IReadOnlyList<LeaseView> Offers => [.. Where(phase => phase is TaskPhase.Offered).OrderByDescending(offer => offer.Priority)];

    /// <summary>Leases and offers whose work has not begun.</summary>
    public IReadOnlyList<LeaseView> Unstarted => Where(phase => phase is TaskPhase.Offered or TaskPhase.Leased);

    /// <summary>How many leases and offers there are.</summary>
    public int Count => _leases.Count;

    /// <summary>How many leases and offers the request of this key has brought.</summary>
    public int CountOf(string requestKey) => _leases.Values.Count(held => held.Lease.RequestKey == requestKey);

    /// <summary>Leases and offers by canonical repo key.</summary>
    public IEnumerable<IGrouping<string, LeaseView>> ByRepo => _leases.Values.GroupBy(held => held.Repo, held => held.Lease, StringComparer.Ordinal);

    /// <summary>Tasks under review by canonical repo key.</summary>
    public IEnumerable<IGrouping<string, string>> UnderReview =>
        _underReview.GroupBy(held => held.Value, held => held.Key, StringComparer.Ordinal);

    /// <summary>The repo of a task that this worker holds or has under review; null if it is not known to.</summary>
    public string? RepoOf(string taskId) =>
        _leases.TryGetValue(taskId, out var held) ? held.Repo : _underReview.GetValueOrDefault(taskId);

    /// <summary>The running lease of a task, or its open offer; null if there is neither.</summary>
    public LeaseView? Find(string taskId) => _leases.TryGetValue(taskId, out var held) ? held.Lease : null;

    /// <summary>What the worker can still take.</summary>
    public WorkerCapability CapabilityOf(WorkerState worker, DateTimeOffset now)
    {
        var capability = WorkerCapability.Of(worker, now);
        return capability with
        {
            FreePoints = capability.FreePoints - _leases.Values.Sum(held => held.Lease.EstimatePoints),
            FreeSlots = capability.FreeSlots - _leases.Count,
        };
    }

    /// <summary>A task was under review and is so no longer: merged or gone, or back in its worker's hands.</summary>
    public void Judged(TaskState task, string workerId)
    {
        Drop(task.TaskId);
        if (task.WorkerId == workerId) Load(task);
    }

    /// <summary>A task as its row says.</summary>
    public void Load(TaskState task)
    {
        if (task.Phase.OccupiesWorker()) Add(LeaseView.From(task));
        else if (task.Phase is TaskPhase.PrOpened) _underReview[task.TaskId] = task.Repo;
    }

    /// <summary>A lease that a repo granted, or an offer that it made.</summary>
    public void Add(LeaseView lease) => _leases[lease.TaskId] = (Names.CanonicalRepo(lease.Repo), lease);

    /// <summary>The lease's end moved.</summary>
    public void Renewed(string taskId, DateTimeOffset expiresAt)
    {
        if (_leases.TryGetValue(taskId, out var held)) _leases[taskId] = held with { Lease = held.Lease with { ExpiresAt = expiresAt } };
    }

    /// <summary>Follows where a task went by this worker's own report; a task that came back under lease must be loaded.</summary>
    public void Moved(TaskProgress progress, string repo)
    {
        if (progress.Phase.IsLeased() && _leases.TryGetValue(progress.TaskId, out var held))
        {
            _leases[progress.TaskId] = held with
            {
                Lease = held.Lease with
                {
                    Phase = progress.Phase,
                    ExpiresAt = progress.LeaseExpiresAt ?? held.Lease.ExpiresAt,
                    FencingToken = progress.FencingToken,
                },
            };
            return;
        }
        Drop(progress.TaskId);
        if (progress.Phase is TaskPhase.PrOpened) _underReview[progress.TaskId] = repo;
    }

    /// <summary>The lease is over, and the task's pull request under review.</summary>
    public void Reviewed(string taskId)
    {
        if (_leases.Remove(taskId, out var held)) _underReview[taskId] = held.Repo;
    }

    /// <summary>The worker neither holds the task any more nor is offered it.</summary>
    public void Drop(string taskId)
    {
        _leases.Remove(taskId);
        _underReview.Remove(taskId);
    }

    private List<LeaseView> Where(Func<TaskPhase, bool> filter) =>
    [
        .. _leases.Values.Select(held => held.Lease).Where(lease => filter(lease.Phase))
            .OrderBy(lease => lease.ExpiresAt).ThenBy(lease => lease.TaskId, StringComparer.Ordinal),
    ];
}
