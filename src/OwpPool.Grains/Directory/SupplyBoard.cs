using System.Collections.Concurrent;
using OwpPool.Core.Matching;

namespace OwpPool.Grains.Directory;

/// <summary>This silo's copy of the directory: what each repo could lease, and the news that long polls wake on. Thread-safe; read on every
/// claim.</summary>
public sealed class SupplyBoard
{
    private static readonly TimeSpan FailureRest = TimeSpan.FromSeconds(10);
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DateTimeOffset> _resting = new(StringComparer.Ordinal);
    private long _marks;

    /// <summary>Raised with a repo's summary whenever it is replaced: long polls wake on it. Called on the publisher's thread; handlers
    /// must be quick and must not throw.</summary>
    public event Action<RepoSupply>? Published;

    /// <summary>Raised with a worker's id when it may take what it could not before: it takes work again, or a task has left its hands,
    /// by its own act or another's. Called like <see cref="Published"/>.</summary>
    public event Action<string>? WorkerGained;

    /// <summary>Raises <see cref="WorkerGained"/>.</summary>
    public void Gained(string workerId) => WorkerGained?.Invoke(workerId);

    /// <summary>The instant for a repo's next summary: later than that of the one here, also when the clock stood still or stepped back.
    /// </summary>
    public DateTimeOffset StampFor(string repo, DateTimeOffset now) =>
        _entries.TryGetValue(repo, out var entry) && entry.Supply is { } latest && latest.At >= now ? latest.At.AddTicks(1) : now;

    /// <summary>Replaces a repo's summary, unless the one here is as new.</summary>
    public void Publish(RepoSupply supply)
    {
        var fresh = new Entry(supply, Mark: 0, Gained: false);
        var entry = _entries.AddOrUpdate(supply.Repo, static (_, fresh) => fresh,
            static (_, known, fresh) => known.Supply is { } old && old.At >= fresh.Supply!.At ? known : fresh, fresh);
        if (!ReferenceEquals(entry, fresh)) return;
        _resting.TryRemove(supply.Repo, out _);
        Published?.Invoke(supply);
    }

    /// <summary>The repo did not answer a claim: for ten seconds, or until it publishes, it is not among those to ask. One that fails at every
    /// claim would keep everybody from the others.</summary>
    public void Rest(string repo, DateTimeOffset now) => _resting[repo] = now;

    /// <summary>Says that the repo has changed and will tell of it presently.</summary>
    /// <param name="repo">Canonical key.</param>
    /// <param name="gained">There may be work which its summary does not tell of yet, so that a claim must not pass it by.</param>
    public void MarkStale(string repo, bool gained = true)
    {
        var mark = Interlocked.Increment(ref _marks);
        _entries.AddOrUpdate(repo, static (_, now) => new Entry(null, now.mark, now.gained),
            static (_, entry, now) => entry.IsStale && (entry.Gained || !now.gained) ? entry : entry with { Mark = now.mark, Gained = now.gained },
            (mark, gained));
    }

    /// <summary>The stale repos, each with the number of the mark: one that keeps it for long has died before it could tell.</summary>
    public IReadOnlyDictionary<string, long> StaleRepos() =>
        _entries.Where(static item => item.Value.IsStale).ToDictionary(static item => item.Key, static item => item.Value.Mark, StringComparer.Ordinal);

    /// <summary>Whether the repo has changed since its summary here and will tell of it presently.</summary>
    public bool IsStale(string repo) => _entries.TryGetValue(repo, out var entry) && entry.IsStale;

    /// <summary>The repos to ask for this worker, best first: by the best task it could take there, then those that may have more than their summary
    /// says.</summary>
    /// <param name="worker">Who asks.</param>
    /// <param name="repos">Canonical keys to choose from; empty = all.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="now">The pool's time.</param>
    public IReadOnlyList<string> Rank(WorkerCapability worker, IReadOnlyCollection<string> repos, int limit, DateTimeOffset now)
    {
        var ranked = new List<(string Repo, int Rank)>();
        foreach (var (repo, entry) in _entries)
        {
            if (repos.Count > 0 && !repos.Contains(repo)) continue;
            if (_resting.TryGetValue(repo, out var failedAt) && (now - failedAt).Duration() < FailureRest) continue;
            var rank = entry.Supply is { } supply ? BestRank(supply, worker) : null;
            if (rank is null && !entry.Gained) continue;
            ranked.Add((repo, rank ?? -1));
        }
        ranked.Sort(static (left, right) =>
            left.Rank != right.Rank ? right.Rank.CompareTo(left.Rank) : string.CompareOrdinal(left.Repo, right.Repo));
        return [.. ranked.Take(limit).Select(item => item.Repo)];
    }

    /// <summary>Whether the summary tells of a task that the worker could take.</summary>
    public static bool HasWorkFor(RepoSupply supply, WorkerCapability worker) => BestRank(supply, worker) is not null;

    /// <summary>Canonical keys of the repos that are known here, in order.</summary>
    public IEnumerable<string> Repos => _entries.Keys.Order(StringComparer.Ordinal);

    private static int? BestRank(RepoSupply supply, WorkerCapability worker)
    {
        if (supply.Room <= 0) return null;
        foreach (var shape in supply.Shapes)
            if (Eligibility.WhyNot(shape.Shape, worker, supply.Trust) is null) return shape.BestRank;
        return null;
    }

    /// <summary>A mark of 0 = the summary tells of everything.</summary>
    private sealed record Entry(RepoSupply? Supply, long Mark, bool Gained)
    {
        public bool IsStale => Mark != 0;
    }
}
