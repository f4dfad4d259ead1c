using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Repos;

/// <summary>Who holds budget and areas of a repo (protocol rules 4 and 5), and how its settings change. Pure.</summary>
public static class RepoAdmission
{
    /// <summary>The areas that tasks of the ledger hold, as compared; empty where the repo has no area locks.</summary>
    public static IReadOnlySet<string> LockedAreas(RepoSettings settings, IEnumerable<LedgerEntry> ledger)
    {
        if (!settings.AreaLocksEnabled) return FrozenSet<string>.Empty;
        return ledger.Where(entry => entry.AreaKey is not null && HoldsArea(settings, entry.Phase))
            .Select(entry => entry.AreaKey!).ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Whether a task in this phase holds its area.</summary>
    public static bool HoldsArea(RepoSettings settings, TaskPhase phase) =>
        phase.OccupiesWorker() || (phase is TaskPhase.PrOpened && settings.AreaLockUntil is AreaLockUntil.Merged);

    /// <summary>The ledger entry of a task that counts against the budget; null for one that does not.</summary>
    public static LedgerEntry? EntryOf(TaskState task)
    {
        if (!task.Phase.CountsAgainstBudget()) return null;
        return new LedgerEntry
        {
            TaskId = task.TaskId,
            WorkerId = task.WorkerId!,
            LeaseId = task.Lease?.LeaseId ?? "",
            Token = task.Token,
            Points = task.EstimatePoints,
            AreaKey = task.AreaKey,
            Phase = task.Phase,
            ExpiresAt = task.Lease?.ExpiresAt ?? task.ReviewUntil,
            GrantedAt = task.Lease?.GrantedAt ?? task.PhaseAt,
            Version = task.Version,
            ReviewConfirmed = task.ReviewConfirmedBy is not null,
        };
    }

    /// <summary>Where a renewal at <paramref name="now"/> takes a lease's end: a whole TTL on, but not past its lifetime, and nowhere while
    /// its work has not begun (rule 6). Null when it would not move.</summary>
    public static DateTimeOffset? RenewalOf(LedgerEntry entry, TimeSpan ttl, TimeSpan lifetime, DateTimeOffset now)
    {
        if (entry.Phase is TaskPhase.Leased) return null;
        var latest = entry.GrantedAt + lifetime;
        var renewed = now + ttl < latest ? now + ttl : latest;
        return renewed > entry.ExpiresAt ? renewed : null;
    }

    /// <summary>Whether a heartbeat renews the lease: less than half of the TTL is left.</summary>
    public static bool IsDueForRenewal(LedgerEntry entry, TimeSpan ttl, DateTimeOffset now) => entry.ExpiresAt - now < ttl / 2;

    /// <summary>Creates the repo or changes its settings; its tasks stay as they are. The ledger is stored with them, and the event says
    /// what had gone from it since the last.</summary>
    public static Decision<RepoState> Upsert(
        RepoState state, string name, RepoSettings settings, IReadOnlyList<LedgerEntry> ledger, string actor, DateTimeOffset now)
    {
        if (state.Exists && state.Settings.IsSame(settings)) return Decision<RepoState>.Unchanged();
        var before = state.Exists ? Describe(state.Settings) : ImmutableSortedDictionary<string, string?>.Empty;
        var details = Describe(settings).ToBuilder();
        foreach (var (key, value) in before)
            if (details[key] != value) details[$"{key}_before"] = value;
        if (state.Exists) DescribeLedger(details, state.Ledger, ledger);
        var next = state with
        {
            SchemaVersion = RepoState.CurrentSchema,
            Repo = Names.CanonicalRepo(name),
            Name = state.Exists ? state.Name : name,
            Settings = settings,
            Ledger = ledger,
            CreatedAt = state.Exists ? state.CreatedAt : now,
            UpdatedAt = now,
        };
        return Decision<RepoState>.Change(next with
        {
            Events = [Audit(next, state.Exists ? "repo.updated" : "repo.created", actor, now, details.ToImmutable())],
        });
    }

    /// <summary>The state with the ledger as it is now, and the event that says what was reserved and what had gone since the last.</summary>
    public static RepoState WithLedger(RepoState state, IReadOnlyList<LedgerEntry> ledger, DateTimeOffset now)
    {
        var details = ImmutableSortedDictionary.CreateBuilder<string, string?>(StringComparer.Ordinal);
        details["max_open_prs"] = Number(state.Settings.MaxOpenPrs);
        DescribeLedger(details, state.Ledger, ledger);
        return state with
        {
            Ledger = ledger,
            Events = [Audit(state, "repo.budget_reserved", Actors.System, now, details.ToImmutable())],
        };
    }

    /// <summary>Remembers which repository on GitHub the repo stands for, and what it is called there now. Another repository takes its place
    /// only where a maintainer says so.</summary>
    /// <returns>The next state, "unchanged" for what is known, or a refusal: the repo stands for another repository (409).</returns>
    public static Decision<RepoState> Link(
        RepoState state, GithubRepository github, IReadOnlyList<LedgerEntry> ledger, string actor, DateTimeOffset now)
    {
        if (!state.Exists) return Decision<RepoState>.Refuse(Refusal.NotFound("repo"));
        if (!github.IsNewsTo(state.Github)) return Decision<RepoState>.Unchanged();
        if (state.Github is { } known && known.Id != github.Id && !Actors.IsAdmin(actor))
        {
            return Decision<RepoState>.Refuse(Refusal.Conflict(RefusalReason.AlreadyExists,
                $"{state.Name} is repository {Number(known.Id)} on GitHub, not {Number(github.Id)}.",
                "If the new repository has taken its place, set the repo's sync again: POST /v1/github/repos/{owner}/{repo}/sync."));
        }
        var details = ImmutableSortedDictionary.CreateBuilder<string, string?>(StringComparer.Ordinal);
        details["github_id"] = Number(github.Id);
        details["github_name"] = github.Name;
        if (state.Github is { } before)
        {
            details["github_id_before"] = Number(before.Id);
            details["github_name_before"] = before.Name;
        }
        DescribeLedger(details, state.Ledger, ledger);
        var next = state with { Github = github, Ledger = ledger };
        return Decision<RepoState>.Change(next with { Events = [Audit(next, "repo.github_linked", actor, now, details.ToImmutable())] });
    }

    private static void DescribeLedger(
        ImmutableSortedDictionary<string, string?>.Builder details, IReadOnlyList<LedgerEntry> before, IReadOnlyList<LedgerEntry> after)
    {
        var (had, has) = (before.Select(Grant).ToHashSet(), after.Select(Grant).ToHashSet());
        details["in_use"] = Number(after.Count);
        details["reserved"] = Join(after.Where(entry => !had.Contains(Grant(entry))));
        details["freed"] = Join(before.Where(entry => !has.Contains(Grant(entry))));
    }

    private static (string, long) Grant(LedgerEntry entry) => (entry.TaskId, entry.Token);

    private static string Join(IEnumerable<LedgerEntry> entries) => string.Join(' ', entries.Select(entry => entry.TaskId));

    private static AuditEvent Audit(
        RepoState state, string type, string actor, DateTimeOffset now, ImmutableSortedDictionary<string, string?> details) => new()
        {
            At = now,
            Type = type,
            Actor = actor,
            Target = state.Repo,
            Repo = state.Repo,
            Details = details,
        };

    private static ImmutableSortedDictionary<string, string?> Describe(RepoSettings settings)
    {
        var details = ImmutableSortedDictionary.CreateBuilder<string, string?>(StringComparer.Ordinal);
        details["max_open_prs"] = Number(settings.MaxOpenPrs);
        details["area_locks_enabled"] = settings.AreaLocksEnabled ? "true" : "false";
        details["area_lock_until"] = settings.AreaLockUntil is AreaLockUntil.Merged ? "merged" : "pr_opened";
        details["trust"] = $"{settings.Trust.Untrusted} {settings.Trust.Basic} {settings.Trust.Trusted} {settings.Trust.Maintainer}";
        details["merge_authority"] = settings.MergeAuthority.ToString().ToLowerInvariant();
        details["lease_ttl_seconds"] = settings.LeaseTtlSeconds is { } ttl ? Number(ttl) : null;
        details["max_attempts"] = settings.MaxAttempts is { } attempts ? Number(attempts) : null;
        details["paused"] = settings.Paused ? "true" : "false";
        details["pr_repos"] = settings.PrRepos.Count > 0 ? string.Join(' ', settings.PrRepos) : null;
        details["github_sync"] = settings.GithubSync?.Describe();
        return details.ToImmutable();
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
