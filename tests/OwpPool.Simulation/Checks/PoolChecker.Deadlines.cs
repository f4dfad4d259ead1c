using OwpPool.Core.Tasks;

namespace OwpPool.Simulation;

/// <summary>I5: no lease outlives its worker and its end for long while the silo runs, whatever goes wrong.</summary>
internal sealed partial class PoolChecker
{
    /// <summary>One reminder period.</summary>
    private static readonly TimeSpan Detection = TimeSpan.FromSeconds(60);

    /// <summary>How many looks in a row may fail: each fails now and then, and the next one comes a minute later.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);

    private readonly Dictionary<string, TimeSpan> _overdueSince = new(StringComparer.Ordinal);

    /// <param name="workers">All workers that ever were.</param>
    /// <param name="patience">How much later than one reminder period; null while faults are injected.</param>
    internal void CheckDeadlines(IEnumerable<SimulatedWorker> workers, TimeSpan? patience = null)
    {
        if (!_world.IsUp || _world.Elapsed < _world.SetBackUntil) return;
        var grace = Detection + (patience ?? Patience);
        var now = _world.Now;
        foreach (var repo in _repos.Values)
            foreach (var task in repo.Held.Values)
                if (task.Lease is { } lease && lease.ExpiresAt <= now) CheckOverdue(task, lease.LeaseId, lease.ExpiresAt, grace);
                else if (task.ReviewUntil <= now)
                    CheckOverdue(task, $"the review of version {task.Version}", task.ReviewUntil.Value, grace + _world.Plan.Review.Hearing);
        var options = _world.Plan.Worker;
        var longest = TimeSpan.FromSeconds(options.HeartbeatTtlSeconds + options.OfflineGraceSeconds) + grace;
        foreach (var worker in workers)
        {
            var silentFor = _world.Elapsed - Later(worker.LastSent, _world.UpSince);
            if (silentFor <= longest || !_workers.TryGetValue(worker.Id, out var book)) continue;
            var kept = book.Held.Values.FirstOrDefault(task => task.Phase.IsLeased());
            Require(kept is null, "I5",
                $"{worker.Id} has been silent for {silentFor}, and {kept?.TaskId} is {kept?.Phase.Wire()} with it.");
        }
    }

    private void CheckOverdue(TaskState task, string what, DateTimeOffset end, TimeSpan grace)
    {
        var key = $"{task.TaskId} {what}";
        _overdueSince.TryAdd(key, _world.Elapsed);
        var overdueFor = _world.Elapsed - Later(_overdueSince[key], _world.UpSince);
        Require(overdueFor <= grace, "I5", $"{task.TaskId} is {task.Phase.Wire()} {overdueFor} after the end of {what} at {end:o}.");
    }

    private static TimeSpan Later(TimeSpan left, TimeSpan right) => left > right ? left : right;
}
