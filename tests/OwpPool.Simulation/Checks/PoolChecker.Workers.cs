using OwpPool.Core.Workers;

namespace OwpPool.Simulation;

/// <summary>What must hold whenever a worker's row is committed.</summary>
internal sealed partial class PoolChecker
{
    private void WorkerCommitted(WorkerState? before, WorkerState after)
    {
        CheckEvents(before?.Events, after.Events, after.WorkerId);
        if (!_workers.TryGetValue(after.WorkerId, out var book)) _workers[after.WorkerId] = book = new WorkerBook();
        if (Violation is not null) return;
        var change = after.Events[0];
        if (before is { Status: WorkerStatus.Offline } && after.Status is not WorkerStatus.Offline) book.OfflineUntil = _world.Elapsed;
        foreach (var rejection in after.Rejections) book.Rejected.TryAdd(rejection.OfferId, _world.Memory.Commits);
        Require(before is null || before.TrustTier == after.TrustTier
            || after.Events.Any(item => item.Type is "worker.trust_changed" or "worker.demoted"), "rule 11",
            $"{change.Type} made {after.WorkerId} {after.TrustTier}, who was {before?.TrustTier}.");
        if (before?.TokenHash != after.TokenHash)
        {
            book.Tokens.Add((_world.Memory.Commits, after.TokenHash));
            Require(before is null || change.Type is "worker.token_rotated", "I7", $"{change.Type} changed the token of {after.WorkerId}.");
        }
        if (before?.TrustTier != after.TrustTier) book.Tiers.Add((_world.Memory.Commits, after.TrustTier));
        if (before?.PausedUntil != after.PausedUntil)
        {
            book.Pauses.Add((_world.Memory.Commits, after.PausedUntil));
            Require(after.Events.Any(item => item.Type is "worker.paused_by_failures" or "worker.resumed_by_admin" or "worker.paused_by_admin"),
                "rule 12", $"{change.Type} changed the pause of {after.WorkerId} to {after.PausedUntil:o}.");
        }
        var takesWork = after is { Revoked: false, PausedByAdmin: false, Status: WorkerStatus.Idle or WorkerStatus.Working };
        book.AtWorkSince = takesWork ? book.AtWorkSince ?? _world.Elapsed : null;
        if (after.Revoked) book.RevokedAt ??= _world.Memory.Commits;
        Require(before is not { Revoked: true } || after.Revoked, "I7", $"{change.Type} made the revoked {after.WorkerId} good again.");
        Require(before is null || (before.CapacityPoints == after.CapacityPoints
            && before.MaxConcurrentTasks == after.MaxConcurrentTasks), "rule 3",
            $"{change.Type} changed the capacity of {after.WorkerId}.");
        if (change.Details.GetValueOrDefault("note") is { } tag && _operations.TryGetValue(tag, out var cause))
            Require(!cause.HasForeignToken, "I7", $"{cause} came with a wrong token and stored {change.Type}.");
        foreach (var operation in _foreign)
            Require(operation.NewTokenHash.Length == 0 || operation.NewTokenHash != after.TokenHash, "I7",
                $"{operation} replaced the token.");
    }
}
