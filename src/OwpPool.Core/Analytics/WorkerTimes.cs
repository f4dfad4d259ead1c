namespace OwpPool.Core.Analytics;

/// <summary>When workers were there, and when they had something in hand, within a period.</summary>
public sealed class WorkerTimes(DateTimeOffset from, DateTimeOffset to)
{
    private readonly Dictionary<string, List<(long From, long To)>> _busy = [];
    private readonly Dictionary<string, Presence> _presence = [];

    /// <summary>A lease ran from one instant to another.</summary>
    public void AddLease(string worker, DateTimeOffset since, DateTimeOffset until)
    {
        var (first, last) = (Math.Max(since.UtcTicks, from.UtcTicks), Math.Min(until.UtcTicks, to.UtcTicks));
        if (first >= last) return;
        if (!_busy.TryGetValue(worker, out var leases)) _busy.Add(worker, leases = []);
        leases.Add((first, last));
    }

    /// <summary>A worker came or went. Of each worker in order of time, and before <see cref="AddWorker"/>.</summary>
    /// <param name="worker">Its id.</param>
    /// <param name="at">When.</param>
    /// <param name="wasOnline">Whether it was online before.</param>
    /// <param name="isOnline">Whether it is now.</param>
    public void AddPresence(string worker, DateTimeOffset at, bool wasOnline, bool isOnline)
    {
        if (!_presence.TryGetValue(worker, out var presence)) presence = new Presence(0, wasOnline ? from.UtcTicks : null);
        if (presence.Since is { } since && !isOnline) presence = new Presence(presence.Online + Math.Max(0, at.UtcTicks - since), null);
        else if (presence.Since is null && isOnline) presence = presence with { Since = Math.Max(at.UtcTicks, from.UtcTicks) };
        _presence[worker] = presence;
    }

    /// <summary>A worker as it is at the end of the period; tells of those that neither came nor went in it.</summary>
    public void AddWorker(string worker, DateTimeOffset registeredAt, bool isOnline)
    {
        if (isOnline) _presence.TryAdd(worker, new Presence(0, Math.Max(registeredAt.UtcTicks, from.UtcTicks)));
    }

    /// <summary>The share of the time for which workers were there in which they had something in hand, 0 to 1; several leases at once count
    /// once. 0 where nobody was there.</summary>
    /// <param name="onlyBusy">Count the time of those only that had something in hand at all: the workers of a repo.</param>
    public double Utilization(bool onlyBusy)
    {
        var online = _presence.Where(pair => !onlyBusy || _busy.ContainsKey(pair.Key)).Sum(pair => OnlineTicks(pair.Value));
        if (online <= 0) return 0;
        return Math.Min(1, (double)_busy.Values.Sum(UnionTicks) / online);
    }

    private long OnlineTicks(Presence presence) =>
        presence.Online + (presence.Since is { } since ? Math.Max(0, to.UtcTicks - since) : 0);

    private static long UnionTicks(List<(long From, long To)> leases)
    {
        leases.Sort();
        long covered = 0, end = long.MinValue;
        foreach (var lease in leases)
        {
            if (lease.To <= end) continue;
            covered += lease.To - Math.Max(lease.From, end);
            end = lease.To;
        }
        return covered;
    }

    /// <param name="Online">Ticks so far.</param>
    /// <param name="Since">Since when it is online; null = it is not.</param>
    private readonly record struct Presence(long Online, long? Since);
}
