using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Workers;

namespace OwpPool.Core.Tests.Matching;

/// <summary>What a backlog is by protocol rules 1, 2 and 5, as a scan over a list: slow, without any index, and its own reading of them.</summary>
internal sealed class NaiveBacklog(int pointsPerHour)
{
    private readonly Dictionary<string, (ReadyTask Task, HashSet<string> Open)> _tasks = [];
    private DateTimeOffset _advancedTo = DateTimeOffset.MinValue;

    public int Count => _tasks.Count;

    public int DependentCount => _tasks.Values.Count(item => item.Open.Count > 0);

    public IEnumerable<string> OpenDependencies => _tasks.Values.SelectMany(item => item.Open).Distinct();

    public DateTimeOffset? NextEligibleAt => _tasks.Values.Where(item => item.Open.Count == 0 && item.Task.EligibleAt > _advancedTo)
        .Min(item => item.Task.EligibleAt);

    public void Add(ReadyTask task) => _tasks[task.TaskId] = (task, [.. task.DependsOn]);

    public bool Remove(string id) => _tasks.Remove(id);

    public void Merged(string id)
    {
        foreach (var (_, open) in _tasks.Values) open.Remove(id);
    }

    public void Unmerged(string id)
    {
        foreach (var (task, open) in _tasks.Values)
            if (task.DependsOn.Contains(id)) open.Add(id);
    }

    public void Advance(DateTimeOffset now) => _advancedTo = now;

    public ReadyTask? Best(WorkerCapability worker, TrustPolicy trust, ISet<string> locked, ISet<string> excluded, DateTimeOffset now) =>
        Free.Where(task => ReasonAgainst(task, worker, trust, locked, excluded) is null)
            .OrderByDescending(task => Rank(task, now))
            .ThenBy(task => task.ReadyAt)
            .ThenBy(task => task.TaskId, StringComparer.Ordinal)
            .FirstOrDefault();

    /// <summary>Reasons against the tasks that neither rest nor wait for others.</summary>
    public Dictionary<Ineligibility, int> WhyNot(WorkerCapability worker, TrustPolicy trust, ISet<string> locked, ISet<string> excluded) =>
        Free.Select(task => ReasonAgainst(task, worker, trust, locked, excluded)).OfType<Ineligibility>()
            .GroupBy(reason => reason).ToDictionary(group => group.Key, group => group.Count());

    public Dictionary<TaskShape, (int Tasks, int BestRank)> Supply(ISet<string> locked, DateTimeOffset now) =>
        Free.Where(task => task.AreaKey is null || !locked.Contains(task.AreaKey))
            .GroupBy(task => task.Shape)
            .ToDictionary(group => group.Key, group => (
                group.Count(task => task.AreaKey is null) + group.Select(task => task.AreaKey).OfType<string>().Distinct().Count(),
                group.Max(task => Rank(task, now))));

    private IEnumerable<ReadyTask> Free => _tasks.Values
        .Where(item => item.Open.Count == 0 && !(item.Task.EligibleAt > _advancedTo)).Select(item => item.Task);

    private int Rank(ReadyTask task, DateTimeOffset now)
    {
        var rank = task.Priority;
        for (var hour = task.ReadyAt.AddHours(1); hour <= now; hour = hour.AddHours(1)) rank += pointsPerHour;
        return rank;
    }

    private static Ineligibility? ReasonAgainst(
        ReadyTask task, WorkerCapability worker, TrustPolicy trust, ISet<string> locked, ISet<string> excluded)
    {
        int[] tiers = [trust.Untrusted, trust.Basic, trust.Trusted, trust.Maintainer];
        if (task.Shape.Skills.Except(worker.Skills).Any()) return Ineligibility.SkillMissing;
        if (task.Shape.Tier > tiers[(int)worker.Trust]) return Ineligibility.TrustTooLow;
        if (task.Shape.Points > worker.FreePoints) return Ineligibility.CapacityExceeded;
        if (task.AreaKey is not null && locked.Contains(task.AreaKey)) return Ineligibility.AreaLocked;
        return excluded.Contains(task.TaskId) ? Ineligibility.Excluded : null;
    }
}
