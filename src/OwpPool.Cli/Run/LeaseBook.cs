using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>The leases that this worker believes to hold, held against what the pool says. Safe to use from several threads.</summary>
internal sealed class LeaseBook(TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LeaseHold> _holds = [];
    private readonly Dictionary<string, long> _removedAt = [];

    public int Count
    {
        get
        {
            lock (_gate) return _holds.Count;
        }
    }

    /// <summary>Shortest remaining time in the pool's last answer; null = it listed no lease.</summary>
    public TimeSpan? ShortestRemaining { get; private set; }

    /// <summary>Enters a lease; null where it is there already.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="ask">Called where only the pool knows whether the lease goes on: its answer is to come to <see cref="Compare"/>.</param>
    public LeaseHold? Add(LeaseView lease, Action ask)
    {
        lock (_gate)
        {
            if (_holds.ContainsKey(LeaseHold.KeyOf(lease))) return null;
            var hold = new LeaseHold(lease, time, ask);
            _holds.Add(hold.Key, hold);
            return hold;
        }
    }

    public void Remove(LeaseHold hold)
    {
        lock (_gate)
        {
            _holds.Remove(hold.Key);
            _removedAt[hold.Key] = time.GetTimestamp();
        }
        hold.Dispose();
    }

    /// <summary>The leases of an answer that are not entered. One that ended here while the answer was on its way is none of them; one that
    /// comes back later, because changes were asked for, is.</summary>
    /// <param name="leases">All that the pool lists.</param>
    /// <param name="askedAt">Timestamp of the request, later than that of any earlier one.</param>
    public IReadOnlyList<LeaseView> NewsOf(IEnumerable<LeaseView> leases, long askedAt)
    {
        lock (_gate)
        {
            foreach (var (key, _) in _removedAt.Where(removed => removed.Value < askedAt).ToList()) _removedAt.Remove(key);
            return [.. leases.Where(lease =>
                !_holds.ContainsKey(LeaseHold.KeyOf(lease)) && !_removedAt.ContainsKey(LeaseHold.KeyOf(lease)))];
        }
    }

    /// <summary>What the pool lists is still held, for as long as it says; what it does not list is lost.</summary>
    /// <param name="reply">The answer to a heartbeat.</param>
    /// <param name="askedAt">Timestamp of the request: leases entered later are not judged by it.</param>
    public void Compare(HeartbeatReply reply, long askedAt)
    {
        List<LeaseHold> holds;
        lock (_gate) holds = [.. _holds.Values];
        var listed = reply.Leases.DistinctBy(lease => lease.LeaseId).ToDictionary(lease => lease.LeaseId);
        // The pool counted before its answer was on its way, so what it says remains is no longer than what does.
        var onTheWay = time.GetElapsedTime(askedAt);
        foreach (var hold in holds)
        {
            if (listed.TryGetValue(hold.Key, out var known))
                hold.Remains(RemainingOf(known, reply), onTheWay);
            else if (!hold.IsSettling && hold.AddedAt < askedAt)
                hold.Lose(ReasonOf(hold, reply));
        }
        ShortestRemaining = listed.Count == 0 ? null : listed.Values.Min(lease => RemainingOf(lease, reply));
    }

    /// <summary>By the pool's clock alone; the whole seconds that it tells as well may be one too few.</summary>
    private static TimeSpan RemainingOf(HeldLease lease, HeartbeatReply reply)
    {
        var told = TimeSpan.FromSeconds(lease.RemainingSeconds);
        var exact = lease.LeaseExpiresAt - reply.ServerTime;
        return (exact - told).Duration() <= TimeSpan.FromSeconds(1) ? exact : told;
    }

    private static string ReasonOf(LeaseHold hold, HeartbeatReply reply)
    {
        if (reply.Cancel.Contains(hold.Lease.TaskId)) return "cancelled";
        return reply.Lost.FirstOrDefault(lost => lost.TaskId == hold.Lease.TaskId)?.Reason ?? "lease_lost";
    }
}
