using OwpPool.Core.Shared;

namespace OwpPool.Core.Matching;

/// <summary>Where a task stands among the others, and what would put it elsewhere. A place is a priority and an age, nothing else: waiting
/// raises both alike, so a task that takes its neighbour's priority and is a little older stays before it, whatever overtakes both later.
/// Each costs a look at every ready task.</summary>
public sealed partial class Backlog
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Room = TimeSpan.FromSeconds(1);

    /// <summary>How many ready tasks come before this one, those that rest or depend on others included.</summary>
    public int Ahead(string taskId, DateTimeOffset now)
    {
        var task = _tasks[taskId];
        return _tasks.Values.Count(other => Precedes(other, task, now));
    }

    /// <summary>Before all others; null if it is there.</summary>
    public BacklogPlace? Front(string taskId, DateTimeOffset now)
    {
        var first = Extreme(taskId, now, wantsFirst: true);
        return first is null || Precedes(_tasks[taskId], first, now) ? null : new BacklogPlace(first.Priority, first.ReadyAt - Step);
    }

    /// <summary>Behind all others; null if it is there.</summary>
    public BacklogPlace? Back(string taskId, DateTimeOffset now)
    {
        var last = Extreme(taskId, now, wantsFirst: false);
        return last is null || Precedes(last, _tasks[taskId], now) ? null : new BacklogPlace(last.Priority, last.ReadyAt + Step);
    }

    /// <summary>Before the neighbour and behind what comes before that; null if it is there. Where no millisecond is free between the two,
    /// it comes before what is as old as the neighbour, and perhaps before the other too.</summary>
    public BacklogPlace? Before(string taskId, string neighbourId, DateTimeOffset now)
    {
        var neighbour = _tasks[neighbourId];
        ReadyTask? previous = null;
        foreach (var other in _tasks.Values)
            if (Precedes(other, neighbour, now) && (previous is null || Precedes(previous, other, now))) previous = other;
        if (previous?.TaskId == taskId) return null;
        // Between two of one priority in the middle, so that others find room there too.
        var room = previous?.Priority == neighbour.Priority ? (neighbour.ReadyAt - previous.ReadyAt) / 2 : Step;
        var older = room < Step ? Step : room > Room ? Room : room;
        return new BacklogPlace(neighbour.Priority, Instants.Cut(neighbour.ReadyAt - older));
    }

    private ReadyTask? Extreme(string exceptId, DateTimeOffset now, bool wantsFirst)
    {
        ReadyTask? best = null;
        foreach (var task in _tasks.Values)
            if (task.TaskId != exceptId && (best is null || Precedes(task, best, now) == wantsFirst)) best = task;
        return best;
    }
}

/// <summary>What gives a task its place.</summary>
/// <param name="Priority">0..1000.</param>
/// <param name="ReadyAt">Since when it counts as waiting.</param>
public sealed record BacklogPlace(int Priority, DateTimeOffset ReadyAt);
