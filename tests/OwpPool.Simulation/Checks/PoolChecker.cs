using System.Runtime.CompilerServices;
using OwpPool.Core.Batches;
using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Simulation;

/// <summary>What was promised and did not hold.</summary>
/// <param name="Invariant">I1 to I8 of reliability.md §3, or a rule of protocol.md §4.</param>
/// <param name="Message">What was seen.</param>
internal sealed record Violation(string Invariant, string Message);

/// <summary>The reference model: fed by every commit and by what clients were told, it says the first thing that is not as promised.
/// Knows nothing of how the grains work.</summary>
internal sealed partial class PoolChecker
{
    private readonly PoolWorld _world;
    private readonly Dictionary<string, Operation> _operations = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TaskBook> _tasks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RepoBook> _repos = new(StringComparer.Ordinal);
    private readonly Dictionary<string, WorkerBook> _workers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GrantBook> _grants = new(StringComparer.Ordinal);

    internal PoolChecker(PoolWorld world)
    {
        _world = world;
        world.Memory.Committed = OnCommitted;
    }

    /// <summary>The first promise that was broken; null while all hold.</summary>
    internal Violation? Violation { get; private set; }

    /// <summary>Grants that were committed.</summary>
    internal int Grants => _grants.Count;

    /// <summary>Changes of tasks that were committed.</summary>
    internal int TaskCommits { get; private set; }

    /// <summary>A number that differs when any commit differs: two runs of one seed must agree in it.</summary>
    internal ulong Digest { get; private set; } = 14695981039346656037;

    internal void Fail(string invariant, string message)
    {
        if (Violation is not null) return;
        Violation = new Violation(invariant, message);
        _world.Note($"!!! {invariant}: {message}");
    }

    private void OnCommitted(object? before, object after)
    {
        switch (after)
        {
            case TaskState task: TaskCommitted((TaskState?)before, task); break;
            case RepoState repo: RepoCommitted((RepoState?)before, repo); break;
            case WorkerState worker: WorkerCommitted((WorkerState?)before, worker); break;
            case BatchState batch: BatchCommitted((BatchState?)before, batch); break;
        }
    }

    private void Require(bool holds, string invariant, [InterpolatedStringHandlerArgument(nameof(holds))] RequirementText message)
    {
        if (!holds) Fail(invariant, message.ToString());
    }

    private void CheckEvents(IReadOnlyList<Core.Shared.AuditEvent>? before, IReadOnlyList<Core.Shared.AuditEvent> after, string target)
    {
        if (after.Count == 0) Fail("rule 12", $"A state of {target} was stored without an event.");
        else if (ReferenceEquals(before, after)) Fail("rule 12", $"A state of {target} was stored with the events of the state before.");
        else if (after[0].Target != target) Fail("rule 12", $"A state of {target} was stored with an event about {after[0].Target}.");
        else
        {
            Mix(target);
            Mix(after[0].Type);
            Digest = unchecked((Digest ^ (ulong)_world.Elapsed.Ticks) * 1099511628211);
            if (_world.IsTracing)
                _world.Note($"  commit {target}: {string.Join(", ", after.Select(item => $"{item.Type} {Details(item)}"))}");
        }
    }

    private static string Details(Core.Shared.AuditEvent item) => string.Join(' ', item.Details.Where(pair => pair.Key is "phase"
        or "worker_id" or "lease_id" or "fencing_token" or "lease_expires_at" or "reason" or "message" or "in_use"
        or "max_open_prs" or "reserved" or "freed" or "status" or "note").Select(pair => $"{pair.Key}={pair.Value}"));

    private void Mix(string text)
    {
        foreach (var letter in text) Digest = unchecked((Digest ^ letter) * 1099511628211);
    }

    /// <summary>What is known of a task from its commits.</summary>
    private sealed class TaskBook
    {
        /// <summary>The phases that were committed, each with the number of the commit.</summary>
        internal List<(int Commit, TaskPhase Phase)> Phases { get; } = [];

        internal long HighestToken { get; set; }

        internal long LastGrantedToken { get; set; }

        /// <summary>When a maintainer put it back that was merged, in elapsed time; null = never.</summary>
        internal TimeSpan? UnmergedAt { get; set; }

        /// <summary>When the work of the running lease was begun, in elapsed time.</summary>
        internal TimeSpan BegunAt { get; set; }
    }

    private sealed class RepoBook
    {
        internal RepoState? State { get; set; }

        /// <summary>Committed tasks that count against the budget.</summary>
        internal Dictionary<string, TaskState> Held { get; } = new(StringComparer.Ordinal);

        /// <summary>The highest limit that was in force since each lease was reserved.</summary>
        internal Dictionary<string, int> LimitOf { get; } = new(StringComparer.Ordinal);

        /// <summary>All settings that were committed, with the number of the commit.</summary>
        internal List<(int Commit, RepoSettings Settings)> Settings { get; } = [];

        internal bool AreaRulesChanged { get; set; }
    }

    private sealed class WorkerBook
    {
        /// <summary>When a review of the worker that nobody had confirmed last ended or was confirmed, by repo, in elapsed time.</summary>
        internal Dictionary<string, TimeSpan> ReviewEndedAt { get; } = new(StringComparer.Ordinal);

        /// <summary>Until when a decision that holds the worker for lost may still be under way.</summary>
        internal TimeSpan OfflineUntil { get; set; } = TimeSpan.MinValue;

        /// <summary>Which tasks it holds.</summary>
        internal Dictionary<string, TaskState> Held { get; } = new(StringComparer.Ordinal);

        /// <summary>The offers it rejected, with the number of the commit.</summary>
        internal Dictionary<string, int> Rejected { get; } = new(StringComparer.Ordinal);

        /// <summary>Two activations may have decided on its capacity.</summary>
        internal bool DecidedTwice { get; set; }

        internal List<(int Commit, string TokenHash)> Tokens { get; } = [];

        /// <summary>The trust tiers that were committed, each with the number of the commit.</summary>
        internal List<(int Commit, TrustTier Tier)> Tiers { get; } = [];

        /// <summary>The pauses by the pool that were committed, and their ends by a maintainer, each with the commit.</summary>
        internal List<(int Commit, DateTimeOffset? Until)> Pauses { get; } = [];

        /// <summary>Since when its row says without a break that it takes work, in elapsed time; null while it does not.</summary>
        internal TimeSpan? AtWorkSince { get; set; }

        /// <summary>The commit that revoked it; null while it is not.</summary>
        internal int? RevokedAt { get; set; }
    }

    private sealed class GrantBook
    {
        internal required string TaskId { get; init; }

        internal required string WorkerId { get; init; }

        internal required long Token { get; init; }

        internal required DateTimeOffset GrantedAt { get; init; }

        /// <summary>A forced phase spends a token: work that goes on after it has the same lease and a later token.</summary>
        internal long LatestToken { get; set; }

        /// <summary>The latest end that was committed for it.</summary>
        internal DateTimeOffset LatestEnd { get; set; }
    }
}
