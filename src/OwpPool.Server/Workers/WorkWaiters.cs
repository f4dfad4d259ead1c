using OwpPool.Core.Matching;
using OwpPool.Grains;
using OwpPool.Grains.Directory;
using OwpPool.Server.Hosting.Telemetry;

namespace OwpPool.Server.Workers;

/// <summary>The line of long polls. A repo's news wakes those that could take something of it, first come first served, and no more of
/// them than there are tasks and room. Who was woken and took nothing hands the chance on, so that no task waits while a fitting worker
/// does.</summary>
/// <remarks>Every publication gets a number, and a poll remembers the latest before each of its claims: news that came during the claim
/// counts as unheard, so no wake-up is lost. A waiter hears each publication at most once, so an advertised task that nobody can get after
/// all costs one claim a waiter, not a spin. Thread-safe.</remarks>
public sealed class WorkWaiters : IDisposable
{
    private readonly SupplyBoard _board;
    private readonly ServerInstruments _instruments;
    private readonly Lock _gate = new();
    private readonly WaiterLine _line = new();
    private readonly Dictionary<string, List<WorkWaiter>> _byWorker = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RepoNews> _news = new(StringComparer.Ordinal);
    private long _version;

    /// <summary>Begins to listen to the board.</summary>
    public WorkWaiters(SupplyBoard board, ServerInstruments instruments)
    {
        (_board, _instruments) = (board, instruments);
        instruments.ObserveWaiters(() => Count);
        board.Published += Announce;
        board.WorkerGained += Recheck;
    }

    /// <summary>Long polls that stand in the line.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _line.Count;
        }
    }

    /// <summary>Long polls of one worker, those that claim just now included.</summary>
    public int CountOf(string workerId)
    {
        lock (_gate) return _byWorker.TryGetValue(workerId, out var own) ? own.Count : 0;
    }

    /// <summary>A long poll begins, and is about to claim. To be ended by <see cref="Leave"/>.</summary>
    /// <param name="workerId">Whose.</param>
    /// <param name="repos">Canonical keys of the repos that it claims from; null or empty = all.</param>
    public WorkWaiter Join(string workerId, IReadOnlyList<string>? repos = null)
    {
        var waiter = new WorkWaiter(workerId, repos ?? []);
        lock (_gate)
        {
            waiter.Heard = _version;
            if (!_byWorker.TryGetValue(workerId, out var own)) _byWorker.Add(workerId, own = []);
            own.Add(waiter);
        }
        return waiter;
    }

    /// <summary>Its claim brought nothing: it stands in line. Woken at once if something that fits came since the claim began.</summary>
    public void Wait(WorkWaiter waiter, WorkerCapability capability)
    {
        lock (_gate)
        {
            Settle(waiter, null);
            waiter.Capability = capability;
            waiter.Sleep();
            _line.Add(waiter);
            if (waiter.HasGained)
            {
                Wake(waiter, null);
                return;
            }
            if (waiter.Heard == _version) return;
            foreach (var news in _news.Values)
                if (OfferAny(news, waiter)) return;
        }
    }

    /// <summary>Woken, or its time is over: it is about to claim again.</summary>
    public void Look(WorkWaiter waiter)
    {
        lock (_gate)
        {
            _line.Remove(waiter);
            waiter.HasGained = false;
            waiter.Heard = _version;
        }
    }

    /// <summary>It ends, with or without work.</summary>
    /// <param name="waiter">Who.</param>
    /// <param name="tookFrom">How many tasks its last claim took, by canonical repo; null = none that is known of.</param>
    public void Leave(WorkWaiter waiter, Func<string, int>? tookFrom)
    {
        lock (_gate)
        {
            _line.Remove(waiter);
            var own = _byWorker[waiter.WorkerId];
            own.Remove(waiter);
            if (own.Count == 0) _byWorker.Remove(waiter.WorkerId);
            Settle(waiter, tookFrom);
        }
    }

    /// <summary>Stops listening.</summary>
    public void Dispose()
    {
        _board.Published -= Announce;
        _board.WorkerGained -= Recheck;
    }

    /// <summary>The worker may take what it could not before: its polls look again.</summary>
    private void Recheck(string workerId)
    {
        lock (_gate)
        {
            if (!_byWorker.TryGetValue(workerId, out var own)) return;
            foreach (var waiter in own)
            {
                if (waiter.Places.Count == 0) waiter.HasGained = true;
                else Wake(waiter, null);
            }
        }
    }

    private void Announce(RepoSupply supply)
    {
        lock (_gate)
        {
            if (!_news.TryGetValue(supply.Repo, out var news)) _news.Add(supply.Repo, news = new RepoNews());
            news.Replace(supply, ++_version);
            Offer(news);
        }
    }

    /// <summary>Wakes who fits, best task first and for each the first in line, as long as there are tasks and room that nobody is trying
    /// for.</summary>
    private void Offer(RepoNews news)
    {
        for (var i = 0; i < news.ShapeCount && news.HasRoom; i++)
        {
            for (var place = _line.CandidatesFor(news.ShapeAt(i)).First; place is not null && news.Has(i);)
            {
                var next = place.Next;
                OfferOne(news, i, place.Value);
                place = next;
            }
        }
    }

    private bool OfferAny(RepoNews news, WorkWaiter waiter)
    {
        for (var i = 0; i < news.ShapeCount && news.HasRoom; i++)
            if (OfferOne(news, i, waiter)) return true;
        return false;
    }

    private bool OfferOne(RepoNews news, int shape, WorkWaiter waiter)
    {
        if (waiter.Heard >= news.Version || !waiter.Wants(news.Repo) || news.Reserve(shape, waiter.Capability!) is not { } wakeup) return false;
        Wake(waiter, wakeup);
        return true;
    }

    private void Wake(WorkWaiter waiter, Wakeup? wakeup)
    {
        _line.Remove(waiter);
        waiter.Wakeup = wakeup;
        _instruments.Woken();
        waiter.Wake();
    }

    /// <summary>The claim that it was woken for is over: what it left is there for the next. Where the repo has changed meanwhile, its next
    /// summary says what that is: to go on by the old one would send the whole line after a task that is gone.</summary>
    private void Settle(WorkWaiter waiter, Func<string, int>? tookFrom)
    {
        if (waiter.Wakeup is not { } wakeup) return;
        waiter.Wakeup = null;
        wakeup.News.Settle(wakeup, tookFrom?.Invoke(wakeup.News.Repo) ?? 0);
        if (!_board.IsStale(wakeup.News.Repo)) Offer(wakeup.News);
    }
}
