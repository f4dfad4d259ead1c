using System.Collections.Concurrent;

namespace OwpPool.EndToEnd.Tests;

/// <summary>What the server has acknowledged to anybody: it must all be there, whatever happened to the server since.</summary>
public sealed class History
{
    private readonly ConcurrentDictionary<string, int> _phases = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Task, long Token), string> _leases = new();
    private readonly ConcurrentQueue<string> _violations = new();
    private long _acknowledged;

    private static readonly string[] Order = ["ready", "leased", "in_progress", "pr_opened", "merged"];

    /// <summary>Answers so far.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>Tasks that are known to exist.</summary>
    public int Tasks => _phases.Count;

    /// <summary>Leases that were told to a worker.</summary>
    public int Leases => _leases.Count;

    /// <summary>What must never happen and did, as clients saw it.</summary>
    public IReadOnlyCollection<string> Violations => _violations;

    /// <summary>The server said that the task stands in this phase.</summary>
    public void Saw(string taskId, string phase)
    {
        Interlocked.Increment(ref _acknowledged);
        _phases.AddOrUpdate(taskId, Array.IndexOf(Order, phase), (_, known) => Math.Max(known, Array.IndexOf(Order, phase)));
    }

    /// <summary>The server told the worker that it holds this lease.</summary>
    public void SawLease(string taskId, long token, string workerId)
    {
        Saw(taskId, "leased");
        var holder = _leases.GetOrAdd((taskId, token), workerId);
        if (holder != workerId) _violations.Enqueue($"{taskId} token {token} was told to {holder} and to {workerId}");
    }

    /// <summary>What is missing from the database: acknowledged tasks, phases and leases.</summary>
    public IEnumerable<string> Missing(IReadOnlyDictionary<string, string> phases, IReadOnlySet<(string, long, string)> leased)
    {
        foreach (var (taskId, least) in _phases)
        {
            if (!phases.TryGetValue(taskId, out var phase)) yield return $"{taskId} is gone";
            else if (Array.IndexOf(Order, phase) < least) yield return $"{taskId} is {phase}, was {Order[least]}";
        }
        foreach (var ((taskId, token), worker) in _leases)
            if (!leased.Contains((taskId, token, worker))) yield return $"the lease {token} of {taskId} by {worker} is gone";
    }
}
