using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Session;

/// <summary>A task that was held in this session, and is not any more though nobody here ended it.</summary>
internal sealed record LostLease(string TaskId, string? Title, string Reason);

/// <summary>What the agent holds, as far as is known here, and what it lost.</summary>
/// <remarks>Safe to use from several threads. The pool's answers overtake each other and the agent's own acts; so a lease counts as lost
/// only where it was known before the question was sent, is not in the answer, and nobody here was about to end it.</remarks>
internal sealed class LeaseBook
{
    /// <summary>The pool's word for a task that a maintainer cancelled.</summary>
    public const string Cancelled = "cancelled";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LeaseView> _held = [];
    private readonly HashSet<string> _ending = [];
    private readonly Dictionary<string, LostLease> _lost = [];
    private readonly List<LostLease> _untold = [];

    /// <summary>Raised after what is held has changed.</summary>
    public event Action? Changed;

    /// <summary>What is held, oldest task id first.</summary>
    public IReadOnlyList<LeaseView> Held
    {
        get
        {
            lock (_lock) return [.. _held.Values.OrderBy(lease => lease.TaskId, StringComparer.Ordinal)];
        }
    }

    /// <summary>What was lost in this session and not got back.</summary>
    public IReadOnlyList<LostLease> Lost
    {
        get
        {
            lock (_lock) return [.. _lost.Values.OrderBy(lease => lease.TaskId, StringComparer.Ordinal)];
        }
    }

    /// <summary>The lease on a task; null = none is known.</summary>
    public LeaseView? Find(string taskId)
    {
        lock (_lock) return _held.GetValueOrDefault(taskId);
    }

    /// <summary>What was lost since the last call.</summary>
    public IReadOnlyList<LostLease> TakeLosses()
    {
        lock (_lock)
        {
            var losses = _untold.ToArray();
            _untold.Clear();
            return losses;
        }
    }

    /// <summary>Takes in an answer that lists everything held.</summary>
    /// <param name="before">What was held here when the question was sent.</param>
    /// <param name="leases">The answer.</param>
    public void Observe(IReadOnlyList<LeaseView> before, IReadOnlyList<LeaseView> leases) => Change(() =>
    {
        var listed = leases.Select(lease => lease.LeaseId).ToHashSet();
        foreach (var lease in leases.Where(lease => !_ending.Contains(lease.TaskId)))
        {
            _held[lease.TaskId] = lease;
            _lost.Remove(lease.TaskId);
        }
        LoseUnlisted(before, listed);
    });

    /// <summary>Takes in what a heartbeat told.</summary>
    public void Observe(IReadOnlyList<LeaseView> before, HeartbeatReply reply) => Change(() =>
    {
        foreach (var taskId in reply.Cancel) Lose(taskId, Cancelled);
        foreach (var task in reply.Lost) Lose(task.TaskId, task.Reason);
        foreach (var beat in reply.Leases)
        {
            if (_held.TryGetValue(beat.TaskId, out var lease) && lease.LeaseId == beat.LeaseId)
                _held[beat.TaskId] = lease with { LeaseExpiresAt = beat.LeaseExpiresAt };
        }
        LoseUnlisted(before, reply.Leases.Select(lease => (string?)lease.LeaseId).ToHashSet());
    });

    /// <summary>The agent's own report moved the task on; the lease goes on.</summary>
    public void Move(string taskId, string status, DateTimeOffset? expiresAt) => Change(() =>
    {
        if (_held.TryGetValue(taskId, out var lease))
            _held[taskId] = lease with { Status = status, LeaseExpiresAt = expiresAt ?? lease.LeaseExpiresAt };
    });

    /// <summary>The pool said that the agent holds the task no longer; the agent is told by the same answer.</summary>
    public void Forget(string taskId, string reason) => Change(() =>
    {
        if (_held.Remove(taskId, out var lease)) _lost[taskId] = new LostLease(taskId, lease.Title, reason);
    });

    /// <summary>Does what ends a lease by the agent's own will.</summary>
    public async Task<T> EndAsync<T>(string taskId, Func<Task<T>> end)
    {
        lock (_lock) _ending.Add(taskId);
        try
        {
            var result = await end();
            Change(() => _held.Remove(taskId));
            return result;
        }
        finally
        {
            lock (_lock) _ending.Remove(taskId);
        }
    }

    private void LoseUnlisted(IReadOnlyList<LeaseView> before, HashSet<string?> listed)
    {
        foreach (var known in before)
        {
            if (!listed.Contains(known.LeaseId) && _held.TryGetValue(known.TaskId, out var lease) && lease.LeaseId == known.LeaseId)
                Lose(known.TaskId, "lease_lost");
        }
    }

    private void Lose(string taskId, string reason)
    {
        if (_ending.Contains(taskId) || _lost.ContainsKey(taskId)) return;
        _held.Remove(taskId, out var lease);
        var loss = new LostLease(taskId, lease?.Title, reason);
        _lost[taskId] = loss;
        _untold.Add(loss);
    }

    private void Change(Action change)
    {
        bool hasChanged;
        lock (_lock)
        {
            var before = _held.Values.Select(lease => lease.LeaseId).ToHashSet();
            change();
            hasChanged = !before.SetEquals(_held.Values.Select(lease => lease.LeaseId));
        }
        if (hasChanged) Changed?.Invoke();
    }
}
