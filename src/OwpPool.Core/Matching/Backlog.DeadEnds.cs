namespace OwpPool.Core.Matching;

/// <summary>Tasks that wait for one that was cancelled or is a dead letter. Nobody gets them until a maintainer changes what they wait for,
/// or revives that.</summary>
public sealed partial class Backlog
{
    private readonly HashSet<string> _dead = new(StringComparer.Ordinal);

    /// <summary>The tasks here that wait in vain, in the order of their ids.</summary>
    public IReadOnlyList<string> DeadEnds =>
    [
        .. _dead.SelectMany(need => _waitingFor.GetValueOrDefault(need) ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    /// <summary>Notes how a task stands that others may wait for.</summary>
    /// <param name="taskId">The task, of this repo or another.</param>
    /// <param name="isDead">It was cancelled or is a dead letter. A dead letter may come back.</param>
    public void Note(string taskId, bool isDead)
    {
        if (isDead && _waitingFor.ContainsKey(taskId)) _dead.Add(taskId);
        else _dead.Remove(taskId);
    }

    /// <summary>What the task waits for and is not known to be merged.</summary>
    public IReadOnlyList<string> OpenNeedsOf(string taskId) => _openOf.TryGetValue(taskId, out var open) ? [.. open] : [];

    /// <summary>What the task waits for in vain.</summary>
    public IReadOnlyList<string> DeadNeedsOf(string taskId) => [.. OpenNeedsOf(taskId).Where(_dead.Contains).Order(StringComparer.Ordinal)];
}
