using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains.Repos;

/// <summary>A repo's picture of its tasks in memory: what holds budget, and what waits. Decides nothing; follows the tasks' answers.</summary>
/// <param name="ageingPointsPerHour">See <see cref="Backlog"/>.</param>
public sealed class RepoLedger(int ageingPointsPerHour)
{
    private readonly Dictionary<string, LedgerEntry> _entries = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unsettled = new(StringComparer.Ordinal);

    /// <summary>What waits.</summary>
    public Backlog Backlog { get; } = new(ageingPointsPerHour);

    /// <summary>What holds budget: never less than what the tasks' rows say.</summary>
    public IReadOnlyCollection<LedgerEntry> Entries => _entries.Values;

    /// <summary>How many hold budget.</summary>
    public int Used => _entries.Count;

    /// <summary>Entries of which it is not known whether the task agrees: a call failed, or the repo has just come to life.</summary>
    public IReadOnlyList<LedgerEntry> Unsettled => [.. _unsettled.Select(id => _entries.GetValueOrDefault(id)).OfType<LedgerEntry>()];

    /// <summary>Tasks that hold nothing here and had no answer: they may be ready, or not there at all.</summary>
    public IReadOnlyList<string> Unknown => [.. _unsettled.Where(id => !_entries.ContainsKey(id))];

    /// <summary>Whether any task must be asked.</summary>
    public bool IsInDoubt => _unsettled.Count > 0;

    /// <summary>The next end of a lease, offer or review; null if there is none. Of one in doubt the task itself must be asked first.</summary>
    /// <param name="reviewsFrom">Reviews end no sooner.</param>
    public DateTimeOffset? NextExpiry(DateTimeOffset reviewsFrom) => Running.Min(entry => EndOf(entry, reviewsFrom));

    /// <summary>The entry of a task; null if it holds nothing.</summary>
    public LedgerEntry? Find(string taskId) => _entries.GetValueOrDefault(taskId);

    /// <summary>Whether the task itself has said what the entry says: not while a grant is under way, nor after a call without an answer.
    /// </summary>
    public bool IsHeard(LedgerEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Version > 0 && !_unsettled.Contains(entry.TaskId);
    }

    /// <summary>The version of the task that was last heard; 0 if none is known.</summary>
    public long VersionOf(string taskId) => Find(taskId)?.Version ?? Backlog.Find(taskId)?.Version ?? 0;

    /// <summary>Leases, offers and reviews whose time is over.</summary>
    /// <param name="now">The pool's time.</param>
    /// <param name="reviewsFrom">Reviews end no sooner.</param>
    public IReadOnlyList<LedgerEntry> Expired(DateTimeOffset now, DateTimeOffset reviewsFrom) =>
        [.. Running.Where(entry => EndOf(entry, reviewsFrom) <= now)];

    /// <summary>Puts a task on the ledger before it is asked.</summary>
    public void Reserve(LedgerEntry entry)
    {
        Backlog.Remove(entry.TaskId);
        _entries[entry.TaskId] = entry;
    }

    /// <summary>Takes an entry as it was stored or read, unsettled or not.</summary>
    public void Load(LedgerEntry entry, bool settled)
    {
        _entries[entry.TaskId] = entry;
        if (!settled) _unsettled.Add(entry.TaskId);
    }

    /// <summary>A call to this task had no answer; it must be asked.</summary>
    public void Doubt(string taskId) => _unsettled.Add(taskId);

    /// <summary>There is no such task.</summary>
    public void Forget(string taskId)
    {
        _unsettled.Remove(taskId);
        Backlog.Remove(taskId);
    }

    /// <summary>Whether a task is on the ledger or waits, as it says of itself.</summary>
    public static bool Concerns(TaskState task) => task.Phase is TaskPhase.Ready || RepoAdmission.EntryOf(task) is not null;

    /// <summary>Follows a task's own word of itself. A reservation of which the task has not heard yet stays: its grant is under way, and
    /// the task's answer to that, or to being settled, decides.</summary>
    /// <returns>The worker whose hands the task has left; null if it left nobody's.</returns>
    public string? Follow(TaskState task)
    {
        if (_entries.TryGetValue(task.TaskId, out var known) && known.Token > task.Token) return null;
        _unsettled.Remove(task.TaskId);
        if (RepoAdmission.EntryOf(task) is { } entry) _entries[task.TaskId] = entry;
        else _entries.Remove(task.TaskId);
        if (task.Phase is TaskPhase.Ready) Backlog.Add(ReadyTask.From(task));
        else Backlog.Remove(task.TaskId);
        if (task.Phase is TaskPhase.Merged) Backlog.Merged(task.TaskId);
        else Backlog.Unmerged(task.TaskId);
        Backlog.Note(task.TaskId, task.Phase.IsDeadEnd());
        var isOut = known?.Phase.OccupiesWorker() == true && !(task.Phase.OccupiesWorker() && task.WorkerId == known.WorkerId);
        return isOut ? known!.WorkerId : null;
    }

    /// <summary>How many reviews of the worker nobody else has seen, besides that of the task.</summary>
    /// <param name="workerId">The worker.</param>
    /// <param name="exceptTaskId">This one's is not counted.</param>
    /// <param name="andInDoubt">Also the tasks in doubt: they may be under review by now.</param>
    public int UnconfirmedReviews(string workerId, string? exceptTaskId = null, bool andInDoubt = true) => _entries.Values.Count(entry =>
        entry.WorkerId == workerId && entry.TaskId != exceptTaskId && !entry.ReviewConfirmed
        && (entry.Phase is TaskPhase.PrOpened || (andInDoubt && _unsettled.Contains(entry.TaskId))));

    private static DateTimeOffset? EndOf(LedgerEntry entry, DateTimeOffset reviewsFrom) =>
        entry.Phase is TaskPhase.PrOpened && entry.ExpiresAt < reviewsFrom ? reviewsFrom : entry.ExpiresAt;

    private IEnumerable<LedgerEntry> Running =>
        _entries.Values.Where(entry => entry.ExpiresAt is not null && !_unsettled.Contains(entry.TaskId));
}
