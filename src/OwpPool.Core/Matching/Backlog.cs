using System.Collections.Frozen;
using OwpPool.Core.Repos;

namespace OwpPool.Core.Matching;

/// <summary>A repo's ready tasks in rank order (protocol rule 2), indexed so that a pick costs by the number of different shapes and
/// priorities, not by the number of tasks or areas. In memory only; rebuilt from the task rows.</summary>
/// <remarks>Waiting raises a task's priority by a point for each full hour, so among tasks of one priority the oldest is always first, and
/// only these are compared. Not thread-safe: it belongs to one grain.</remarks>
public sealed partial class Backlog
{
    private static readonly FrozenSet<string> NoTasks = FrozenSet<string>.Empty;

    private readonly int _pointsPerHour;
    private readonly Dictionary<string, ReadyTask> _tasks = new(StringComparer.Ordinal);
    private readonly Dictionary<TaskShape, ShapeQueue> _queues = [];
    private readonly SortedSet<ReadyTask> _resting = new(ByEligibility);
    private readonly Dictionary<string, HashSet<string>> _openOf = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _waitingFor = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _freedBy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<string>> _lateOf = new(StringComparer.Ordinal);

    /// <param name="ageingPointsPerHour">Priority that a task gains for each full hour of waiting; 0 = none.</param>
    public Backlog(int ageingPointsPerHour = 1) => _pointsPerHour = ageingPointsPerHour;

    /// <summary>All ready tasks, those that rest or depend on others included.</summary>
    public int Count => _tasks.Count;

    /// <summary>Tasks that wait for another to be merged.</summary>
    public int DependentCount => _openOf.Count;

    /// <summary>Tasks whose time has not come.</summary>
    public int RestingCount => _resting.Count;

    /// <summary>When the next resting task becomes eligible; null if none rests.</summary>
    public DateTimeOffset? NextEligibleAt => _resting.Min?.EligibleAt;

    /// <summary>The tasks that others wait for and that are not known to be merged.</summary>
    public IReadOnlyCollection<string> OpenDependencies => _waitingFor.Keys;

    /// <summary>The merged tasks that others here have waited for: a merge that nobody has confirmed may be undone.</summary>
    public IReadOnlyCollection<string> MetDependencies => _freedBy.Keys;

    /// <summary>Whether the task is here.</summary>
    public bool Contains(string taskId) => _tasks.ContainsKey(taskId);

    /// <summary>The task as it was heard of; null if it is not here.</summary>
    public ReadyTask? Find(string taskId) => _tasks.GetValueOrDefault(taskId);

    /// <summary>Adds a ready task, or replaces an older picture of it.</summary>
    public void Add(ReadyTask task)
    {
        // Nearly always it is new: one look, not two.
        if (!_tasks.TryAdd(task.TaskId, task))
        {
            Remove(task.TaskId);
            _tasks.Add(task.TaskId, task);
        }
        foreach (var holder in task.LateHolders) SetOf(_lateOf, holder.WorkerId).Add(task.TaskId);
        if (task.DependsOn.Count == 0)
        {
            Place(task);
            return;
        }
        var open = task.DependsOn.ToHashSet(StringComparer.Ordinal);
        _openOf.Add(task.TaskId, open);
        foreach (var dependency in open) SetOf(_waitingFor, dependency).Add(task.TaskId);
    }

    /// <summary>Takes a task out; does nothing if it is not here.</summary>
    public ReadyTask? Remove(string taskId)
    {
        if (!_tasks.Remove(taskId, out var task)) return null;
        foreach (var holder in task.LateHolders) Leave(_lateOf, holder.WorkerId, taskId);
        foreach (var dependency in task.DependsOn) Leave(_freedBy, dependency, taskId);
        if (_openOf.Remove(taskId, out var open))
            foreach (var dependency in open) Leave(_waitingFor, dependency, taskId);
        else Unplace(task);
        return task;
    }

    /// <summary>A task was merged: those that waited for nothing else can go.</summary>
    public void Merged(string taskId)
    {
        if (!_waitingFor.Remove(taskId, out var waiters)) return;
        _dead.Remove(taskId);
        foreach (var waiter in waiters)
        {
            SetOf(_freedBy, taskId).Add(waiter);
            var open = _openOf[waiter];
            open.Remove(taskId);
            if (open.Count > 0) continue;
            _openOf.Remove(waiter);
            Place(_tasks[waiter]);
        }
    }

    /// <summary>A merge that nobody had confirmed was undone: those that it let go wait again.</summary>
    public void Unmerged(string taskId)
    {
        if (!_freedBy.Remove(taskId, out var waiters)) return;
        foreach (var waiter in waiters)
        {
            SetOf(_waitingFor, taskId).Add(waiter);
            if (!_openOf.TryGetValue(waiter, out var open))
            {
                _openOf.Add(waiter, open = new(StringComparer.Ordinal));
                Unplace(_tasks[waiter]);
            }
            open.Add(taskId);
        }
    }

    /// <summary>The tasks that the worker has failed, lost or released so lately that it has to wait, if only for others.</summary>
    public IReadOnlyList<(ReadyTask Task, LateHolder Holder)> LateFor(string workerId, DateTimeOffset now)
    {
        if (!_lateOf.TryGetValue(workerId, out var taskIds)) return [];
        return
        [
            .. taskIds.Select(taskId => _tasks[taskId])
                .Select(task => (task, task.LateHolders.First(holder => holder.WorkerId == workerId)))
                .Where(late => late.Item2.IsLate(now)),
        ];
    }

    /// <summary>Lets the tasks go whose rest is over.</summary>
    /// <returns>Whether there were any.</returns>
    public bool Advance(DateTimeOffset now)
    {
        var resting = _resting.Count;
        while (_resting.Min is { } task && task.EligibleAt <= now)
        {
            _resting.Remove(task);
            QueueOf(task.Shape).Add(task);
        }
        return _resting.Count < resting;
    }

    /// <summary>The task that the worker gets next, and does not take it out; null if there is none for it.</summary>
    /// <param name="worker">Who asks.</param>
    /// <param name="trust">The repo's trust policy.</param>
    /// <param name="lockedAreas">Areas that are held.</param>
    /// <param name="excluded">Task ids that the worker does not want or get.</param>
    /// <param name="now">Call <see cref="Advance"/> with it first.</param>
    public ReadyTask? Best(
        WorkerCapability worker, TrustPolicy trust, IReadOnlySet<string> lockedAreas, IReadOnlySet<string> excluded, DateTimeOffset now)
    {
        ReadyTask? best = null;
        foreach (var (shape, queue) in _queues)
        {
            if (Eligibility.WhyNot(shape, worker, trust) is not null) continue;
            foreach (var task in queue.Candidates(lockedAreas, excluded))
                if (best is null || Precedes(task, best, now)) best = task;
        }
        return best;
    }

    /// <summary>How many tasks the worker does not get, by reason; a task counts once, under the first reason that applies.</summary>
    public Dictionary<Ineligibility, int> WhyNot(
        WorkerCapability worker, TrustPolicy trust, IReadOnlySet<string> lockedAreas, IReadOnlySet<string> excluded)
    {
        var counts = new Dictionary<Ineligibility, int>();
        Count(Ineligibility.NotBefore, _resting.Count);
        var deadEnds = DeadEnds.Count;
        Count(Ineligibility.DependencyDead, deadEnds);
        Count(Ineligibility.DependencyOpen, DependentCount - deadEnds);
        foreach (var (shape, queue) in _queues)
        {
            if (Eligibility.WhyNot(shape, worker, trust) is { } reason) Count(reason, queue.Count);
            else Count(Ineligibility.AreaLocked, queue.CountLocked(lockedAreas));
        }
        foreach (var taskId in excluded)
            if (WhyNot(taskId, worker, trust, lockedAreas, excluded) is Ineligibility.Excluded) Count(Ineligibility.Excluded, 1);
        return counts;

        void Count(Ineligibility reason, int tasks)
        {
            if (tasks > 0) counts[reason] = counts.GetValueOrDefault(reason) + tasks;
        }
    }

    /// <summary>Why the worker does not get this ready task; null if it could, or if the task is not here.</summary>
    public Ineligibility? WhyNot(
        string taskId, WorkerCapability worker, TrustPolicy trust, IReadOnlySet<string> lockedAreas, IReadOnlySet<string> excluded)
    {
        if (!_tasks.TryGetValue(taskId, out var task)) return null;
        if (_resting.Contains(task)) return Ineligibility.NotBefore;
        if (_openOf.ContainsKey(taskId)) return DeadNeedsOf(taskId).Count > 0 ? Ineligibility.DependencyDead : Ineligibility.DependencyOpen;
        if (Eligibility.WhyNot(task.Shape, worker, trust) is { } reason) return reason;
        if (task.AreaKey is { } area && lockedAreas.Contains(area)) return Ineligibility.AreaLocked;
        return excluded.Contains(taskId) ? Ineligibility.Excluded : null;
    }

    /// <summary>What could be leased now, by shape, best rank first.</summary>
    public IReadOnlyList<ShapeSupply> Supply(IReadOnlySet<string> lockedAreas, DateTimeOffset now)
    {
        var supplies = new List<ShapeSupply>(_queues.Count);
        foreach (var (shape, queue) in _queues)
        {
            var tasks = queue.CountTakeable(lockedAreas);
            if (tasks == 0) continue;
            var rank = queue.Candidates(lockedAreas, NoTasks).Max(task => RankOf(task, now));
            supplies.Add(new ShapeSupply { Shape = shape, Tasks = tasks, BestRank = rank });
        }
        return [.. supplies.OrderByDescending(supply => supply.BestRank)];
    }

    /// <summary>Priority with what waiting has added (rule 2).</summary>
    public int RankOf(ReadyTask task, DateTimeOffset now) => RankOf(task.Priority, task.ReadyAt, _pointsPerHour, now);

    /// <summary>The same of any task that waits.</summary>
    public static int RankOf(int priority, DateTimeOffset readyAt, int pointsPerHour, DateTimeOffset now) =>
        priority + pointsPerHour * (int)Math.Clamp((now - readyAt).TotalHours, 0, 1_000_000);

    private bool Precedes(ReadyTask left, ReadyTask right, DateTimeOffset now)
    {
        var byRank = RankOf(right, now).CompareTo(RankOf(left, now));
        return byRank != 0 ? byRank < 0 : ShapeQueue.CompareAge(left, right) < 0;
    }

    private void Place(ReadyTask task)
    {
        if (task.EligibleAt is not null) _resting.Add(task);
        else QueueOf(task.Shape).Add(task);
    }

    private void Unplace(ReadyTask task)
    {
        if (_resting.Remove(task) || !_queues.TryGetValue(task.Shape, out var queue)) return;
        queue.Remove(task);
        if (queue.Count == 0) _queues.Remove(task.Shape);
    }

    private static HashSet<string> SetOf(Dictionary<string, HashSet<string>> sets, string key)
    {
        if (!sets.TryGetValue(key, out var set)) sets.Add(key, set = new(StringComparer.Ordinal));
        return set;
    }

    private static void Leave(Dictionary<string, HashSet<string>> sets, string key, string taskId)
    {
        if (sets.TryGetValue(key, out var set) && set.Remove(taskId) && set.Count == 0) sets.Remove(key);
    }

    private ShapeQueue QueueOf(TaskShape shape)
    {
        if (!_queues.TryGetValue(shape, out var queue)) _queues.Add(shape, queue = new ShapeQueue());
        return queue;
    }

    private static readonly Comparer<ReadyTask> ByEligibility = Comparer<ReadyTask>.Create((left, right) =>
    {
        var byTime = Nullable.Compare(left.EligibleAt, right.EligibleAt);
        return byTime != 0 ? byTime : string.CompareOrdinal(left.TaskId, right.TaskId);
    });
}
