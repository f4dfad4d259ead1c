using System.Runtime.InteropServices;

namespace OwpPool.Core.Matching;

/// <summary>The ready tasks of one shape: by priority, inside it by area, inside that oldest first. Of each area only the oldest is ever a
/// candidate, so a pick passes by a locked area in one step, however much waits in it.</summary>
internal sealed class ShapeQueue
{
    private static readonly Comparer<ReadyTask> ByAge = Comparer<ReadyTask>.Create(CompareAge);

    private readonly Dictionary<int, Lane> _lanes = [];
    private readonly Dictionary<string, int> _tasksOfArea = new(StringComparer.Ordinal);
    private int _areaTasks;

    /// <summary>How many tasks.</summary>
    public int Count { get; private set; }

    /// <summary>Older first, then by id.</summary>
    public static int CompareAge(ReadyTask left, ReadyTask right)
    {
        var byAge = left.ReadyAt.CompareTo(right.ReadyAt);
        return byAge != 0 ? byAge : string.CompareOrdinal(left.TaskId, right.TaskId);
    }

    public void Add(ReadyTask task)
    {
        if (!_lanes.TryGetValue(task.Priority, out var lane)) _lanes.Add(task.Priority, lane = new Lane());
        lane.Add(task);
        Count++;
        if (task.AreaKey is not { } area) return;
        _areaTasks++;
        CollectionsMarshal.GetValueRefOrAddDefault(_tasksOfArea, area, out _)++;
    }

    public void Remove(ReadyTask task)
    {
        if (!_lanes.TryGetValue(task.Priority, out var lane) || !lane.Remove(task)) return;
        if (lane.IsEmpty) _lanes.Remove(task.Priority);
        Count--;
        if (task.AreaKey is not { } area) return;
        _areaTasks--;
        if (--CollectionsMarshal.GetValueRefOrNullRef(_tasksOfArea, area) == 0) _tasksOfArea.Remove(area);
    }

    /// <summary>The oldest task of each priority that is neither locked nor excluded.</summary>
    public IEnumerable<ReadyTask> Candidates(IReadOnlySet<string> lockedAreas, IReadOnlySet<string> excluded)
    {
        foreach (var lane in _lanes.Values)
            if (lane.First(lockedAreas, excluded) is { } task) yield return task;
    }

    /// <summary>How many could be leased at once: one area yields one task, whatever priorities wait in it.</summary>
    public int CountTakeable(IReadOnlySet<string> lockedAreas) =>
        Count - _areaTasks + _tasksOfArea.Count - lockedAreas.Count(_tasksOfArea.ContainsKey);

    /// <summary>How many are kept by a locked area.</summary>
    public int CountLocked(IReadOnlySet<string> lockedAreas) => lockedAreas.Sum(area => _tasksOfArea.GetValueOrDefault(area));

    /// <summary>Tasks of one priority.</summary>
    private sealed class Lane
    {
        private readonly SortedSet<ReadyTask> _free = new(ByAge);
        private readonly Dictionary<string, SortedSet<ReadyTask>> _areas = new(StringComparer.Ordinal);

        /// <summary>The oldest task of each area.</summary>
        private readonly SortedSet<ReadyTask> _heads = new(ByAge);

        public bool IsEmpty => _free.Count == 0 && _areas.Count == 0;

        public void Add(ReadyTask task)
        {
            if (task.AreaKey is not { } key)
            {
                _free.Add(task);
                return;
            }
            if (!_areas.TryGetValue(key, out var area)) _areas.Add(key, area = new(ByAge));
            var head = area.Min;
            area.Add(task);
            if (head is not null && CompareAge(head, task) < 0) return;
            if (head is not null) _heads.Remove(head);
            _heads.Add(task);
        }

        public bool Remove(ReadyTask task)
        {
            if (task.AreaKey is not { } key) return _free.Remove(task);
            if (!_areas.TryGetValue(key, out var area) || !area.Remove(task)) return false;
            if (_heads.Remove(task) && area.Count > 0) _heads.Add(area.Min!);
            if (area.Count == 0) _areas.Remove(key);
            return true;
        }

        public ReadyTask? First(IReadOnlySet<string> lockedAreas, IReadOnlySet<string> excluded)
        {
            var best = FirstOf(_free, excluded);
            // Nearly always one of the two oldest is it; only past locked areas and excluded tasks is there more to look at.
            if (_heads.Min is not { } oldest || (best is not null && CompareAge(best, oldest) < 0)) return best;
            if (excluded.Count == 0 && !lockedAreas.Contains(oldest.AreaKey!)) return oldest;
            foreach (var head in _heads)
            {
                if (best is not null && CompareAge(best, head) < 0) break;
                if (lockedAreas.Contains(head.AreaKey!)) continue;
                if (FirstOf(_areas[head.AreaKey!], excluded) is { } task && (best is null || CompareAge(task, best) < 0)) best = task;
            }
            return best;
        }

        private static ReadyTask? FirstOf(SortedSet<ReadyTask> tasks, IReadOnlySet<string> excluded) =>
            excluded.Count == 0 ? tasks.Min : tasks.FirstOrDefault(task => !excluded.Contains(task.TaskId));
    }
}
