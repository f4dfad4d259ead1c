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
    public IReadOnlyList<LeaseView> Leases =>
        [.. _leases.Values.Select(held => held.Lease).OrderBy(lease => lease.ExpiresAt).ThenBy(lease => lease.TaskId, StringComparer.Ordinal)];

    /// <summary>How many leases run.</summary>
    public int Count => _leases.Count;

    /// <summary>Leases whose work has not begun.</summary>
    public bool HasUnstarted => _leases.Values.Any(held => held.Lease.Phase is TaskPhase.Leased);

    /// <summary>Leases by canonical repo key.</summary>
    public IEnumerable<IGrouping<string, LeaseView>> ByRepo => _leases.Values.GroupBy(held => held.Repo, held => held.Lease, StringComparer.Ordinal);

    /// <summary>The repo of a task that this worker holds or has under review; null if it is not known to.</summary>
    public string? RepoOf(string taskId) =>
        _leases.TryGetValue(taskId, out var held) ? held.Repo : _underReview.GetValueOrDefault(taskId);

    /// <summary>The running lease of a task; null if there is none.</summary>
    public LeaseView? Find(string taskId) => _leases.TryGetValue(taskId, out var held) ? held.Lease : null;

    /// <summary>What the worker can still take.</summary>
    public WorkerCapability CapabilityOf(WorkerState worker) => new()
    {
        WorkerId = worker.WorkerId,
        Skills = [.. worker.Skills.Select(Names.CanonicalSkill)],
        Trust = worker.TrustTier,
        FreePoints = worker.CapacityPoints - _leases.Values.Sum(held => held.Lease.EstimatePoints),
        FreeSlots = worker.MaxConcurrentTasks - _leases.Count,
        Available = worker is { Revoked: false, PausedByAdmin: false, Status: WorkerStatus.Idle or WorkerStatus.Working },
    };

    /// <summary>A task as its row says.</summary>
    public void Load(TaskState task)
    {
        if (task.Phase.IsLeased()) Add(LeaseView.From(task));
        else if (task.Phase is TaskPhase.PrOpened) _underReview[task.TaskId] = task.Repo;
    }

    /// <summary>A lease that a repo granted.</summary>
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
                Lease = held.Lease with { Phase = progress.Phase, ExpiresAt = progress.LeaseExpiresAt ?? held.Lease.ExpiresAt },
            };
            return;
        }
        Drop(progress.TaskId);
        if (progress.Phase is TaskPhase.PrOpened) _underReview[progress.TaskId] = repo;
    }

    /// <summary>The worker does not hold the task any more.</summary>
    public void Drop(string taskId)
    {
        _leases.Remove(taskId);
        _underReview.Remove(taskId);
    }
}
