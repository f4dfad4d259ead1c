using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;

namespace OwpPool.Simulation;

/// <summary>What must hold whenever a task's row is committed.</summary>
internal sealed partial class PoolChecker
{
    /// <summary>How long an inner call may still be under way after its caller has given up: a call waits 30 s, twice over for a
    /// queue.</summary>
    private static readonly TimeSpan LateCall = TimeSpan.FromSeconds(95);

    /// <summary>A call is given up after 30 s; its caller may have begun to wait a little before.</summary>
    private static readonly TimeSpan GivenUp = TimeSpan.FromSeconds(25);

    private void TaskCommitted(TaskState? before, TaskState after)
    {
        TaskCommits++;
        var id = after.TaskId;
        CheckEvents(before?.Events, after.Events, id);
        if (Violation is not null) return;
        if (!_tasks.TryGetValue(id, out var book)) _tasks[id] = book = new TaskBook();
        var change = after.Events[0];
        Require(after.Version == (before?.Version ?? 0) + 1, "rule 12", $"{id} went from version {before?.Version} to {after.Version}.");
        if (before is null)
        {
            Require(after.Phase is TaskPhase.Ready && after.Token == 0, "rule 9", $"{id} began its life {after.Phase.Wire()}.");
            CheckPromised(after);
        }
        else
        {
            CheckStep(before, after, change);
            CheckLease(before, after, change, book);
            CheckAttempts(before, after, change);
            CheckCause(before, after, change);
            CheckConfirmation(before, after, change);
        }
        FollowTask(before, after, book);
        if (before is null || Violation is not null) return;
        var isTaken = before.Phase is TaskPhase.Offered && after.Phase is TaskPhase.Leased;
        var isGrant = change.Type is "task.leased" or "task.offered" && !isTaken;
        if (after.Phase.CountsAgainstBudget()) CheckBudget(after, isGrant);
        if (after.Phase.OccupiesWorker()) CheckAreaRows(after);
        if (isGrant) CheckGrant(before, after, change);
        if (change.Type is "task.changes_requested") CheckCapacity(after, claim: null);
    }

    private void CheckStep(TaskState before, TaskState after, AuditEvent change)
    {
        var legal = before.Phase == after.Phase || TaskPhases.LegalSteps[before.Phase].Contains(after.Phase);
        Require(legal, "rule 9", $"{after.TaskId} went from {before.Phase.Wire()} to {after.Phase.Wire()}.");
        Require(before.Phase is not TaskPhase.Ready || after.Phase is not (TaskPhase.Merged or TaskPhase.PrOpened) || before.Former is not null,
            "rule 9", $"{after.TaskId} is {after.Phase.Wire()}, and nobody's review of it was ended before.");
        Require(before.Phase != after.Phase || change.Details.ContainsKey("phase_before") == false || change.Type == "task.requeued",
            "rule 12", $"{after.TaskId}: {change.Type} says that the phase changed, and it is {after.Phase.Wire()} still.");
        Require(after.Phase.OccupiesWorker() == after.Lease is not null, "I1",
            $"{after.TaskId} is {after.Phase.Wire()} and its lease {after.Lease}.");
        Require(after.Phase.CountsAgainstBudget() || after.Phase is TaskPhase.Merged || after.WorkerId is null, "I1",
            $"{after.TaskId} is {after.Phase.Wire()} and names the holder {after.WorkerId}.");
    }

    private void CheckLease(TaskState before, TaskState after, AuditEvent change, TaskBook book)
    {
        Require(after.Token >= book.HighestToken, "I1", $"The token of {after.TaskId} fell from {book.HighestToken} to {after.Token}.");
        if (after.Lease is not { } lease)
        {
            Require(before.Lease is null || change.Type is not "task.expired" || change.At >= before.Lease.ExpiresAt, "I1",
                $"The lease {before.Lease?.LeaseId} of {after.TaskId} was expired at {change.At:o}, before its end "
                + $"{before.Lease?.ExpiresAt:o}.");
            return;
        }
        if (before.Phase is TaskPhase.Offered && after.Phase is TaskPhase.Leased)
        {
            CheckTaken(before, after, change);
            return;
        }
        Require(before.Lease is null || before.Lease.LeaseId == lease.LeaseId, "I1",
            $"{after.TaskId} went from lease {before.Lease?.LeaseId} to {lease.LeaseId} without being ready.");
        CheckRenewal(before, lease, change);
        if (before.Phase is not TaskPhase.Ready)
        {
            Require(after.Token == before.Token, "I6",
                $"The token of {after.TaskId} changed from {before.Token} to {after.Token} under a running lease.");
            Require(after.WorkerId == before.WorkerId, "I1",
                $"{after.TaskId} went from {before.WorkerId} to {after.WorkerId} without being ready.");
            var wasGranted = _grants.TryGetValue(lease.LeaseId, out var grant) && grant.TaskId == after.TaskId
                && grant.WorkerId == after.WorkerId;
            Require(wasGranted, "I1",
                $"{after.TaskId} runs under the lease '{lease.LeaseId}', which was never granted for it.");
            return;
        }
        Require(after.Token > book.HighestToken, "I1",
            $"{after.TaskId} was granted under token {after.Token}; {book.HighestToken} was used before.");
        Require(!_grants.ContainsKey(lease.LeaseId), "I1", $"The lease {lease.LeaseId} was granted a second time.");
    }

    /// <summary>Rule 8: a lease that was lost counts, and the last that may be lost makes a dead letter.</summary>
    private void CheckAttempts(TaskState before, TaskState after, AuditEvent change)
    {
        var hasEnded = after.History.Count > 0 && before.Phase.IsLeased() && after.Lease is null;
        var outcome = hasEnded ? after.History[^1].Outcome : (AttemptOutcome?)null;
        var counts = outcome is AttemptOutcome.Expired or AttemptOutcome.Failed or AttemptOutcome.Offline;
        var expected = change.Type is "task.revived" ? 0 : before.Attempts + (counts ? 1 : 0);
        Require(after.Attempts == expected, "rule 8",
            $"{after.TaskId} has {after.Attempts} attempts after {change.Type}; {expected} were lost.");
        if (!counts || !_repos.TryGetValue(after.Repo, out var repo)) return;
        var limits = repo.Settings.Select(each => each.Settings.MaxAttempts ?? _world.Plan.Lease.MaxAttempts).ToList();
        Require(after.Phase is TaskPhase.DeadLetter ? expected >= limits.Min() : expected < limits.Max(), "rule 8",
            $"{after.TaskId} is {after.Phase.Wire()} after {expected} lost leases; the repo allows "
            + $"{string.Join(" or ", limits.Distinct())}.");
    }

    /// <summary>Rule 6: a renewal comes before the lease's end and does not take it past its lifetime.</summary>
    private void CheckRenewal(TaskState before, Lease lease, AuditEvent change)
    {
        Require(!_grants.TryGetValue(lease.LeaseId, out var grant) || grant.GrantedAt == lease.GrantedAt, "rule 6",
            $"{before.TaskId}: the life of {lease.LeaseId} began at {grant?.GrantedAt:o}, and {change.Type} says {lease.GrantedAt:o}.");
        if (change.Type != "task.lease_renewed") return;
        Require(before.Phase is not TaskPhase.Leased, "rule 6", $"{before.TaskId}: {lease.LeaseId} was renewed before its work had begun.");
        Require(change.At < before.Lease!.ExpiresAt, "rule 6",
            $"{before.TaskId}: {lease.LeaseId} was renewed at {change.At:o}, after its end at {before.Lease.ExpiresAt:o}.");
        // The repo reads the clock before the task does: where it was set back in between, the lease began later than the repo believes.
        if (_world.SetBackUntil is not null) return;
        var latest = lease.GrantedAt + TimeSpan.FromSeconds(_world.Plan.Lease.LifetimeSeconds);
        Require(lease.ExpiresAt <= latest, "rule 6",
            $"{before.TaskId}: {lease.LeaseId} was renewed until {lease.ExpiresAt:o}; its life ends at {latest:o}.");
    }

    /// <summary>Traces the change to the request that asked for it, and holds it to what the request said.</summary>
    private void CheckCause(TaskState before, TaskState after, AuditEvent change)
    {
        var tag = change.Type switch
        {
            _ when change.Actor is Actors.Github or Actors.Admin => change.Details.GetValueOrDefault("reason"),
            "task.leased" or "task.offered" => after.Lease!.RequestKey,
            "task.offer_rejected" => change.Details.GetValueOrDefault("note"),
            "task.released" or "task.failed" => change.Details.GetValueOrDefault("reason"),
            "task.started" or "task.blocked" or "task.pr_opened" or "task.merged" or "task.merge_reported" or "task.noted" => after.Message,
            "task.requeued" or "task.revived" or "task.cancelled" => change.Details.GetValueOrDefault("reason"),
            "task.worker_lost" => null,
            _ => null,
        };
        if (change.Type is "task.worker_lost") CheckWorkerWasLost(before, change);
        if (tag is null || !_operations.TryGetValue(tag, out var cause)) return;
        cause.Effects++;
        Require(!cause.MustHaveNoEffect, "I2", $"{cause} was refused, and later stored {change.Type} of {after.TaskId}.");
        Require(!cause.HasForeignToken, "I7", $"{cause} came with a wrong token and stored {change.Type} of {after.TaskId}.");
        if (cause.Kind is OperationKind.RejectOffer)
        {
            Require(cause.LeaseId == before.Lease?.LeaseId && cause.Worker!.Id == before.WorkerId, "I6",
                $"{cause} ended the offer {before.Lease?.LeaseId} of {before.WorkerId}.");
        }
        if (change.Type is "task.released") _spared[(after.TaskId, cause.Worker!.Id)] = change.At + cause.RetryAfter;
        if (cause.Kind is not (OperationKind.Report or OperationKind.GiveBack)) return;
        Require(cause.TaskId == after.TaskId && cause.Worker!.Id == before.WorkerId, "I6",
            $"{cause} changed {after.TaskId}, which {before.WorkerId} held ({change.Type}).");
        Require(!before.Phase.IsLeased() || change.At < before.Lease!.ExpiresAt, "I6",
            $"{cause} changed {after.TaskId} at {change.At:o}, after the end of its lease at {before.Lease?.ExpiresAt:o}.");
        var held = before.Lease?.LeaseId ?? before.History[^1].LeaseId;
        Require(cause.LeaseId is null || cause.LeaseId == held, "I6",
            $"{cause} changed {after.TaskId}, held under lease {held} ({change.Type}).");
        Require(cause.FencingToken is null || cause.FencingToken == before.Token, "I6",
            $"{cause} changed {after.TaskId}, held under token {before.Token} ({change.Type}).");
        Require(cause.Kind is not OperationKind.GiveBack || cause.Effects == 1, "I6",
            $"{cause} gave {after.TaskId} back twice under one key.");
        var isClaimed = cause.Status is TaskPhase.Merged && change.Type is "task.merge_reported";
        Require(cause.Kind is not OperationKind.Report || after.Phase == cause.Status || isClaimed, "I6",
            $"{cause} left {after.TaskId} {after.Phase.Wire()}.");
    }

    /// <summary>A lease goes with its worker only if the worker was held for offline, or had been silent for long enough.</summary>
    private void CheckWorkerWasLost(TaskState before, AuditEvent change)
    {
        if (!_world.Memory.Workers.TryGetValue(before.WorkerId!, out var worker)) return;
        if (_world.WasWorkerSplit(worker.WorkerId)) return;
        var wasOffline = worker.Status is Core.Workers.WorkerStatus.Offline
            || _world.Elapsed < _workers[worker.WorkerId].OfflineUntil + LateCall;
        Require(wasOffline, "rule 7",
            $"{before.TaskId} was taken from {worker.WorkerId} at {change.At:o} as lost; it is {worker.Status} and was last seen at "
            + $"{worker.LastSeenAt:o}.");
        // One that has come back meanwhile was seen later than when it was held for lost; of work that has just begun its grain may not
        // know.
        var isBegun = before.Phase is TaskPhase.InProgress or TaskPhase.Blocked
            && _world.Elapsed - _tasks[before.TaskId].BegunAt > LateCall;
        if (!isBegun || worker.Status is not Core.Workers.WorkerStatus.Offline || worker.Revoked) return;
        var options = _world.Plan.Worker;
        var lostAt = worker.LastSeenAt + TimeSpan.FromSeconds(options.HeartbeatTtlSeconds + options.OfflineGraceSeconds);
        Require(_world.LatestNow >= lostAt || worker.LastSeenAt > change.At, "rule 7",
            $"{before.TaskId} was {before.Phase.Wire()} and taken from {worker.WorkerId} at {change.At:o}, before its grace was over "
            + $"at {lostAt:o}.");
    }

    private void FollowTask(TaskState? before, TaskState after, TaskBook book)
    {
        book.Phases.Add((_world.Memory.Commits, after.Phase));
        if (before?.Phase is TaskPhase.Merged && after.Phase is not TaskPhase.Merged) book.UnmergedAt = _world.Elapsed;
        if (IsUnconfirmed(before) && !IsUnconfirmed(after) && _workers.TryGetValue(before!.WorkerId!, out var reviewed))
            reviewed.ReviewEndedAt[after.Repo] = _world.Elapsed;
        book.HighestToken = Math.Max(book.HighestToken, after.Token);
        if (before?.Phase is TaskPhase.Leased) book.BegunAt = _world.Elapsed;
        if (after.Lease is { } lease)
        {
            if (!_grants.TryGetValue(lease.LeaseId, out var grant))
            {
                _grants[lease.LeaseId] = grant = new GrantBook
                {
                    TaskId = after.TaskId, WorkerId = after.WorkerId!, Token = after.Token, GrantedAt = lease.GrantedAt,
                };
                book.LastGrantedToken = after.Token;
            }
            if (lease.ExpiresAt > grant.LatestEnd) grant.LatestEnd = lease.ExpiresAt;
            grant.LatestToken = after.Token;
        }
        if (before?.WorkerId is { } last && _workers.TryGetValue(last, out var lastHolder)) lastHolder.Held.Remove(after.TaskId);
        if (after.Phase.OccupiesWorker() && _workers.TryGetValue(after.WorkerId!, out var holder))
            holder.Held[after.TaskId] = after;
        if (!_repos.TryGetValue(after.Repo, out var repo)) return;
        if (after.Phase.CountsAgainstBudget()) repo.Held[after.TaskId] = after;
        else repo.Held.Remove(after.TaskId);
    }

    /// <summary>Rules 1 and 3 at the instant of a grant.</summary>
    private void CheckGrant(TaskState before, TaskState after, AuditEvent change)
    {
        Require(before.NotBefore is null || _world.LatestNow >= before.NotBefore, "rule 1",
            $"{after.TaskId} was granted before {before.NotBefore:o}.");
        Require(before.EligibleAt is null || _world.LatestNow >= before.EligibleAt, "rule 8",
            $"{after.TaskId} was granted at {change.At:o}, in its backoff until {before.EligibleAt:o}.");
        foreach (var dependency in before.Token > 0 ? [] : after.DependsOn)
        {
            // One that a maintainer has put back may not have been heard of for a while.
            var isMet = _tasks.TryGetValue(dependency, out var need) && (need.Phases[^1].Phase is TaskPhase.Merged
                || (need.UnmergedAt is { } undone && _world.Elapsed - undone < OldestNews));
            Require(isMet || _world.WasRepoSplit(after.Repo), "rule 1",
                $"{after.TaskId} was granted; it depends on {dependency}, which is {need?.Phases[^1].Phase}.");
        }
        var (worker, book) = (_world.Memory.Workers[after.WorkerId!], _workers[after.WorkerId!]);
        var known = worker.Skills.Select(Names.CanonicalSkill).ToHashSet(StringComparer.Ordinal);
        Require(after.RequiredSkills.All(skill => known.Contains(Names.CanonicalSkill(skill))), "rule 1",
            $"{after.TaskId} wants {string.Join(' ', after.RequiredSkills)} and was granted to {worker.WorkerId}, who knows "
            + $"{string.Join(' ', worker.Skills)}.");
        CheckTrust(after, worker, book);
        var claim = after.Lease!.RequestKey is { } key ? _operations.GetValueOrDefault(key) : null;
        if (claim is not null) CheckClaim(claim, after);
        if (claim is not null) CheckRejections(after, worker, claim);
        if (claim is not null) CheckFairness(before, after, worker, claim);
        CheckCapacity(after, claim);
    }

    /// <summary>Rule 3, where a worker gets a task, or gets it back.</summary>
    private void CheckCapacity(TaskState after, Operation? claim)
    {
        var (worker, book) = (_world.Memory.Workers[after.WorkerId!], _workers[after.WorkerId!]);
        // The older of two activations of a task turns its holder away, who then believes to have room. So does a worker's grain that
        // gave up a claim and read its leases before the claim's last grant was stored.
        var isLate = claim is not null && _world.Elapsed - claim.FirstSentAfter > GivenUp;
        if (isLate || _world.WasWorkerSplit(worker.WorkerId) || book.Held.Keys.Any(_world.WasTaskSplit)) book.DecidedTwice = true;
        else if (book.Held.Count <= 1) book.DecidedTwice = false;
        if (book.DecidedTwice) return;
        // A lease that is over burdens nobody, though its row may not say so yet.
        var held = book.Held.Values.Where(task => task.Lease!.ExpiresAt > _world.Now).ToList();
        var points = held.Sum(task => task.EstimatePoints);
        Require(points <= worker.CapacityPoints && held.Count <= worker.MaxConcurrentTasks, "rule 3",
            $"{worker.WorkerId} may hold {worker.CapacityPoints} points in {worker.MaxConcurrentTasks} tasks and was granted "
            + $"{after.TaskId}: "
            + $"{points} points in {string.Join(' ', held.Select(task => task.TaskId))}.");
    }

    /// <summary>The worker's tier reaches the task's, by what was in force at some time since the claim was sent. An activation that another
    /// has overtaken has not heard of a demotion; it lives on for a minute.</summary>
    private void CheckTrust(TaskState after, Core.Workers.WorkerState worker, WorkerBook book)
    {
        if (_world.WasWorkerSplit(worker.WorkerId)) return;
        var claimedAt = after.Lease!.RequestKey is { } key && _operations.TryGetValue(key, out var claim) ? claim.FirstSentAt : 0;
        var first = book.Tiers.FindLastIndex(tier => tier.Commit <= claimedAt);
        var trust = _repos[after.Repo].State!.Settings.Trust;
        Require(book.Tiers.Skip(Math.Max(first, 0)).Any(tier => after.Tier <= trust.MaxTier(tier.Tier)), "rule 1",
            $"{after.TaskId} is of tier {after.Tier} and was granted to {worker.WorkerId}, who is {worker.TrustTier}.");
    }

    private void CheckClaim(Operation claim, TaskState after)
    {
        var asked = after.Phase is TaskPhase.Offered ? OperationKind.RequestOffers : OperationKind.Claim;
        Require(claim.Kind == asked && claim.Worker!.Id == after.WorkerId, "I7", $"{claim} brought {after.TaskId} to {after.WorkerId}.");
        Require(!claim.Exclude.Contains(after.TaskId), "rule 1", $"{claim} excluded {after.TaskId} and got it.");
        Require(claim.Repos.Count == 0 || claim.Repos.Contains(after.Repo), "rule 1", $"{claim} got {after.TaskId} of {after.Repo}.");
        if (_workers[after.WorkerId!].DecidedTwice) return;
        var granted = _workers[after.WorkerId!].Held.Values
            .Count(task => task.Lease?.RequestKey == claim.Tag && task.Lease.ExpiresAt > _world.Now);
        Require(granted <= claim.Max, "rule 1", $"{claim} asked for {claim.Max} tasks and holds {granted} by it.");
    }
}
