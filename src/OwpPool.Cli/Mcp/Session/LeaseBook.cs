using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Session;

/// <summary>A task that was held in this session, and is not any more though nobody here ended it.</summary>
internal sealed record LostLease(string TaskId, string? Title, string Reason);

/// <summary>What was held at a moment: taken before the pool is asked, to judge its answer by.</summary>
internal sealed record LeaseSnapshot(IReadOnlyList<LeaseView> Held, long Moment)
{
    public bool Has(LeaseView lease) => Held.Any(known => known.LeaseId == lease.LeaseId);
}

/// <summary>What the agent holds, as far as is known here, and what it lost.</summary>
/// <remarks>Safe to use from several threads. The pool's answers overtake each other and the agent's own acts. So a lease counts as lost
/// only where it was known before the question was sent, is not in the answer, and nobody here ended it; and a lease that was ended since
/// the question was sent is not held because the answer says so.</remarks>
internal sealed class LeaseBook
{
    /// <summary>The pool's word for a task that a maintainer cancelled.</summary>
    public const string Cancelled = "cancelled";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, LeaseView> _held = [];
    private readonly Dictionary<string, long> _endedAt = [];
    private readonly Dictionary<string, LostLease> _lost = [];
    private readonly List<LostLease> _untold = [];
    private long _moment;

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

    /// <summary>What is held now.</summary>
    public LeaseSnapshot Look()
    {
        lock (_lock) return new LeaseSnapshot([.. _held.Values], _moment);
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
    public void Observe(LeaseSnapshot before, IReadOnlyList<LeaseView> leases) => Change(() =>
    {
        foreach (var lease in leases.Where(lease => !HasEndedSince(before, lease.TaskId)))
        {
            _held[lease.TaskId] = lease;
            _lost.Remove(lease.TaskId);
        }
        LoseUnlisted(before, leases.Select(lease => lease.LeaseId));
    });

    /// <summary>Takes in what a heartbeat told.</summary>
    public void Observe(LeaseSnapshot before, HeartbeatReply reply) => Change(() =>
    {
        foreach (var taskId in reply.Cancel) Lose(before, taskId, Cancelled);
        foreach (var task in reply.Lost) Lose(before, task.TaskId, task.Reason);
        foreach (var beat in reply.Leases)
        {
            if (_held.TryGetValue(beat.TaskId, out var lease) && lease.LeaseId == beat.LeaseId)
                _held[beat.TaskId] = lease with { LeaseExpiresAt = beat.LeaseExpiresAt };
        }
        LoseUnlisted(before, reply.Leases.Select(lease => lease.LeaseId));
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
        // As long as it is under way, no answer says anything about it.
        lock (_lock) _endedAt[taskId] = long.MaxValue;
        var hasEnded = false;
        try
        {
            var result = await end();
            hasEnded = true;
            return result;
        }
        finally
        {
            Change(() =>
            {
                _endedAt.Remove(taskId);
                if (!hasEnded) return;
                _held.Remove(taskId);
                _endedAt[taskId] = ++_moment;
            });
        }
    }

    private bool HasEndedSince(LeaseSnapshot before, string taskId) => _endedAt.GetValueOrDefault(taskId) > before.Moment;

    private void LoseUnlisted(LeaseSnapshot before, IEnumerable<string?> listed)
    {
        var still = listed.ToHashSet();
        foreach (var known in before.Held.Where(known => !still.Contains(known.LeaseId)))
            if (_held.ContainsKey(known.TaskId)) Lose(before, known.TaskId, "lease_lost");
    }

    private void Lose(LeaseSnapshot before, string taskId, string reason)
    {
        if (HasEndedSince(before, taskId) || _lost.ContainsKey(taskId)) return;
        // Got again meanwhile.
        if (_held.TryGetValue(taskId, out var lease) && !before.Has(lease)) return;
        _held.Remove(taskId);
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
