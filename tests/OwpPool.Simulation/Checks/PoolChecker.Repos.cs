using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;

namespace OwpPool.Simulation;

/// <summary>What must hold whenever a repo's row is committed, and of its tasks together.</summary>
internal sealed partial class PoolChecker
{
    private void RepoCommitted(RepoState? before, RepoState after)
    {
        CheckEvents(before?.Events, after.Events, after.Repo);
        if (!_repos.TryGetValue(after.Repo, out var book)) _repos[after.Repo] = book = new RepoBook();
        var known = before?.Ledger.Select(entry => entry.LeaseId).ToHashSet(StringComparer.Ordinal) ?? [];
        var reserved = after.Ledger
            .Where(entry => entry.LeaseId.Length > 0 && !known.Contains(entry.LeaseId) && !_grants.ContainsKey(entry.LeaseId)).ToList();
        // A grant that is still under way shares the room of a limit that is raised meanwhile with those that it lets in.
        if (before is not null && after.Settings.MaxOpenPrs > before.Settings.MaxOpenPrs)
            foreach (var (leaseId, limit) in book.LimitOf.ToList()) book.LimitOf[leaseId] = Math.Max(limit, after.Settings.MaxOpenPrs);
        foreach (var entry in reserved) book.LimitOf[entry.LeaseId] = after.Settings.MaxOpenPrs;
        if (reserved.Count > 0)
        {
            var inUse = after.Ledger.Select(entry => entry.TaskId).Union(book.Held.Keys).ToList();
            Require(inUse.Count <= after.Settings.MaxOpenPrs, "I3",
                $"{after.Repo} reserved {string.Join(' ', reserved.Select(entry => entry.TaskId))}: {inUse.Count} in use "
                + $"({string.Join(' ', inUse)}), {after.Settings.MaxOpenPrs} allowed.");
            Require(!after.Settings.Paused, "rule 1", $"{after.Repo} is paused and reserved {reserved[0].TaskId}.");
        }
        CheckReturns(before, after, book);
        var missed = book.Held.Keys.Except(after.Ledger.Select(entry => entry.TaskId)).ToList();
        Require(missed.Count == 0, "I3", $"{after.Repo}: the stored ledger misses {string.Join(' ', missed)}, which hold budget.");
        CheckAreaEntries(before, after);
        if (before is not null && (before.Settings.AreaLocksEnabled != after.Settings.AreaLocksEnabled
            || before.Settings.AreaLockUntil != after.Settings.AreaLockUntil)) book.AreaRulesChanged = true;
        book.State = after;
        book.Settings.Add((_world.Memory.Commits, after.Settings));
    }

    /// <summary>A review that begins again takes its place in the budget, and there is room for it.</summary>
    private void CheckReturns(RepoState? before, RepoState after, RepoBook book)
    {
        var known = before?.Ledger.Select(entry => entry.TaskId).ToHashSet(StringComparer.Ordinal) ?? [];
        var back = after.Ledger.FirstOrDefault(entry => entry.LeaseId.Length == 0 && !known.Contains(entry.TaskId) && !book.Held.ContainsKey(entry.TaskId));
        var inUse = after.Ledger.Select(entry => entry.TaskId).Union(book.Held.Keys).Count();
        Require(back is null || inUse <= after.Settings.MaxOpenPrs, "I3",
            $"{after.Repo} took {back?.TaskId} back under review: {inUse} in use, {after.Settings.MaxOpenPrs} allowed.");
    }

    /// <summary>An entry that begins to hold an area finds it free, by the rules of that instant.</summary>
    private void CheckAreaEntries(RepoState? before, RepoState after)
    {
        if (!after.Settings.AreaLocksEnabled) return;
        foreach (var entry in after.Ledger)
        {
            if (entry.AreaKey is null || !RepoAdmission.HoldsArea(after.Settings, entry.Phase)) continue;
            var last = before?.Ledger.FirstOrDefault(other => other.TaskId == entry.TaskId && other.Token == entry.Token);
            if (last is not null && RepoAdmission.HoldsArea(after.Settings, last.Phase)) continue;
            // One that is in the rows already was judged when it got there.
            if (_repos[after.Repo].Held.TryGetValue(entry.TaskId, out var row)
                && RepoAdmission.HoldsArea(after.Settings, row.Phase)) continue;
            var rival = after.Ledger.FirstOrDefault(other => other.TaskId != entry.TaskId && other.AreaKey == entry.AreaKey
                && RepoAdmission.HoldsArea(after.Settings, other.Phase));
            Require(rival is null, "I4",
                $"{after.Repo}: {entry.TaskId} ({entry.Phase.Wire()}) took the area '{entry.AreaKey}' that {rival?.TaskId} "
                + $"({rival?.Phase.Wire()}) holds.");
        }
    }

    /// <summary>A task that counts against the budget is in the ledger that is stored, and was let in under a limit with room.</summary>
    private void CheckBudget(TaskState after, bool isGrant)
    {
        if (!_repos.TryGetValue(after.Repo, out var book) || book.State is null) return;
        Require(book.State.Ledger.Any(entry => entry.TaskId == after.TaskId), "I3",
            $"{after.TaskId} is {after.Phase.Wire()} and not in the stored ledger of {after.Repo}.");
        if (!isGrant) return;
        var limit = book.LimitOf.GetValueOrDefault(after.Lease!.LeaseId, -1);
        Require(limit >= 0, "I3", $"The lease {after.Lease.LeaseId} of {after.TaskId} was granted and had not been reserved before.");
        Require(book.Held.Count <= limit, "I3",
            $"{after.Repo}: {book.Held.Count} tasks hold budget ({string.Join(' ', book.Held.Keys)}); {after.TaskId} was let in under "
            + $"a limit of {limit}.");
    }

    private void CheckAreaRows(TaskState after)
    {
        if (after.AreaKey is null || !_repos.TryGetValue(after.Repo, out var book) || book.State is not { } state) return;
        if (book.AreaRulesChanged || !state.Settings.AreaLocksEnabled) return;
        var rival = book.Held.Values.FirstOrDefault(other => other.TaskId != after.TaskId && other.AreaKey == after.AreaKey
            && RepoAdmission.HoldsArea(state.Settings, other.Phase));
        Require(rival is null, "I4",
            $"{after.Repo}: {after.TaskId} ({after.Phase.Wire()}) and {rival?.TaskId} ({rival?.Phase.Wire()}) hold the area "
            + $"'{after.AreaKey}' at once.");
    }
}
