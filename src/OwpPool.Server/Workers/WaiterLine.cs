using OwpPool.Core.Matching;

namespace OwpPool.Server.Workers;

/// <summary>Waiters, the better reputed first (rule 11) and in order of arrival between equals, and by skill, so that a task is looked at by those only who have one of its skills. Not
/// thread-safe: guarded by <see cref="WorkWaiters"/>.</summary>
internal sealed class WaiterLine
{
    private static readonly LinkedList<WorkWaiter> Nobody = new();

    private readonly LinkedList<WorkWaiter> _all = new();
    private readonly Dictionary<string, LinkedList<WorkWaiter>> _bySkill = new(StringComparer.Ordinal);

    /// <summary>How many wait.</summary>
    public int Count => _all.Count;

    /// <summary>Puts the waiter in its place, by its <see cref="WorkWaiter.Capability"/>.</summary>
    public void Add(WorkWaiter waiter)
    {
        waiter.Places.Add(Insert(_all, waiter));
        foreach (var skill in waiter.Capability!.Skills)
        {
            if (!_bySkill.TryGetValue(skill, out var line)) _bySkill.Add(skill, line = new());
            waiter.Places.Add(Insert(line, waiter));
        }
    }

    /// <summary>Takes the waiter out; does nothing if it is not here.</summary>
    public void Remove(WorkWaiter waiter)
    {
        foreach (var place in waiter.Places) place.List!.Remove(place);
        if (waiter.Places.Count > 1)
            foreach (var skill in waiter.Capability!.Skills)
                if (_bySkill.TryGetValue(skill, out var line) && line.Count == 0) _bySkill.Remove(skill);
        waiter.Places.Clear();
    }

    /// <summary>Those who have the rarest of the shape's skills, in their order; everybody if it asks for none.</summary>
    public LinkedList<WorkWaiter> CandidatesFor(TaskShape shape)
    {
        var rarest = _all;
        foreach (var skill in shape.Skills)
        {
            if (!_bySkill.TryGetValue(skill, out var line)) return Nobody;
            if (line.Count < rarest.Count) rarest = line;
        }
        return rarest;
    }

    private static LinkedListNode<WorkWaiter> Insert(LinkedList<WorkWaiter> line, WorkWaiter waiter)
    {
        var before = line.Last;
        while (before is not null && before.Value.Capability!.Reputation < waiter.Capability!.Reputation) before = before.Previous;
        return before is null ? line.AddFirst(waiter) : line.AddAfter(before, waiter);
    }
}
