using OwpPool.Core.Matching;
using OwpPool.Grains;
using OwpPool.Grains.Directory;
using OwpPool.Server.Hosting.Telemetry;

namespace OwpPool.Server.Workers;

/// <summary>The line of long polls. A repo's news wakes those that could take something of it, first come first served, and no more of
/// them than there are tasks and room. Who was woken and took nothing hands the chance on, so that no task waits while a fitting worker
/// does.</summary>
/// <remarks>Every publication gets a number. A poll reads <see cref="Version"/> before it claims and enlists with it afterwards: news that
/// came between counts as unheard, so no wake-up is lost. A waiter hears each publication at most once, so an advertised task that nobody
/// can get after all costs one claim a waiter, not a spin. Thread-safe.</remarks>
public sealed class WorkWaiters : IDisposable
{
    private readonly SupplyBoard _board;
    private readonly ServerInstruments _instruments;
    private readonly Lock _gate = new();
    private readonly LinkedList<WorkWaiter> _line = new();
    private readonly Dictionary<string, List<WorkWaiter>> _byWorker = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RepoNews> _news = new(StringComparer.Ordinal);
    private long _version;

    /// <summary>Begins to listen to the board.</summary>
    public WorkWaiters(SupplyBoard board, ServerInstruments instruments)
    {
        (_board, _instruments) = (board, instruments);
        instruments.ObserveWaiters(() => Count);
        board.Published += Announce;
    }

    /// <summary>The number of the latest publication.</summary>
    public long Version => Interlocked.Read(ref _version);

    /// <summary>Long polls that wait.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _line.Count;
        }
    }

    /// <summary>Long polls of one worker that wait.</summary>
    public int CountOf(string workerId)
    {
        lock (_gate) return _byWorker.TryGetValue(workerId, out var own) ? own.Count : 0;
    }

    /// <summary>Joins the line. Woken at once if news that fits came after <paramref name="heard"/>.</summary>
    /// <param name="capability">What the worker could take when its claim brought nothing.</param>
    /// <param name="heard"><see cref="Version"/> before that claim.</param>
    /// <param name="repos">Canonical keys of the repos that it claims from; null or empty = all.</param>
    public WorkWaiter Enlist(WorkerCapability capability, long heard, IReadOnlyList<string>? repos = null)
    {
        var waiter = new WorkWaiter(capability, heard, repos ?? []);
        lock (_gate)
        {
            waiter.Place = _line.AddLast(waiter);
            if (!_byWorker.TryGetValue(capability.WorkerId, out var own)) _byWorker.Add(capability.WorkerId, own = []);
            own.Add(waiter);
            if (heard == _version) return waiter;
            foreach (var news in _news.Values)
                if (OfferTo(waiter, news)) break;
        }
        return waiter;
    }

    /// <summary>Leaves the line, or ends the turn of a waiter that was woken; to be called once for each.</summary>
    /// <param name="waiter">Who.</param>
    /// <param name="tookFrom">How many tasks its claim took, by canonical repo; null = it made none, or none that is known of.</param>
    public void Finish(WorkWaiter waiter, Func<string, int>? tookFrom)
    {
        lock (_gate)
        {
            if (waiter.Place is not null) Remove(waiter);
            if (waiter.Wakeup is not { } wakeup) return;
            waiter.Wakeup = null;
            wakeup.News.Settle(wakeup, tookFrom?.Invoke(wakeup.News.Repo) ?? 0);
            Offer(wakeup.News);
        }
    }

    /// <summary>The worker has given something up, so it may take what did not fit before: its polls look again.</summary>
    public void Freed(string workerId) => Recheck(workerId, static _ => true);

    /// <summary>The worker says that it takes work: its polls that waited while it did not look again.</summary>
    public void CameBack(string workerId) => Recheck(workerId, static waiter => !waiter.Capability.Available);

    /// <summary>Stops listening.</summary>
    public void Dispose() => _board.Published -= Announce;

    private void Recheck(string workerId, Func<WorkWaiter, bool> which)
    {
        lock (_gate)
        {
            if (!_byWorker.TryGetValue(workerId, out var own)) return;
            foreach (var waiter in own.Where(which).ToList()) Wake(waiter, null);
        }
    }

    private void Announce(RepoSupply supply)
    {
        lock (_gate)
        {
            var version = Interlocked.Increment(ref _version);
            if (!_news.TryGetValue(supply.Repo, out var news)) _news.Add(supply.Repo, news = new RepoNews());
            news.Replace(supply, version);
            Offer(news);
        }
    }

    /// <summary>Wakes who fits, in order, as long as there are tasks and room that nobody is trying for.</summary>
    private void Offer(RepoNews news)
    {
        for (var place = _line.First; place is not null && news.HasRoom;)
        {
            var next = place.Next;
            OfferTo(place.Value, news);
            place = next;
        }
    }

    private bool OfferTo(WorkWaiter waiter, RepoNews news)
    {
        if (waiter.Heard >= news.Version || !waiter.Wants(news.Repo) || news.Reserve(waiter.Capability) is not { } wakeup) return false;
        Wake(waiter, wakeup);
        return true;
    }

    private void Wake(WorkWaiter waiter, Wakeup? wakeup)
    {
        Remove(waiter);
        waiter.Wakeup = wakeup;
        _instruments.Woken();
        waiter.Wake();
    }

    private void Remove(WorkWaiter waiter)
    {
        _line.Remove(waiter.Place!);
        waiter.Place = null;
        var own = _byWorker[waiter.Capability.WorkerId];
        own.Remove(waiter);
        if (own.Count == 0) _byWorker.Remove(waiter.Capability.WorkerId);
    }
}
