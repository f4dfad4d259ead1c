using OwpPool.Core.Reputation;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Simulation;

/// <summary>What must hold of offers, and of what is known of workers.</summary>
internal sealed partial class PoolChecker
{
    /// <summary>An offer that is taken becomes the lease of its own id and token, in its own time.</summary>
    private void CheckTaken(TaskState before, TaskState after, AuditEvent change)
    {
        Require(after.Lease!.LeaseId == Ids.LeaseOf(before.Lease!.LeaseId), "I1",
            $"The offer {before.Lease.LeaseId} of {after.TaskId} became the lease {after.Lease.LeaseId}.");
        Require(after.Token == before.Token && after.WorkerId == before.WorkerId, "I1",
            $"{after.TaskId} was offered to {before.WorkerId} under {before.Token} and taken by {after.WorkerId} under {after.Token}.");
        Require(change.At < before.Lease.ExpiresAt, "I6",
            $"{after.TaskId} was taken at {change.At:o}, after the end of its offer at {before.Lease.ExpiresAt:o}.");
    }

    /// <summary>Rule 1: what a worker has rejected stays away from it for the cooldown.</summary>
    private void CheckRejections(TaskState after, WorkerState worker, Operation claim)
    {
        if (_world.WasWorkerSplit(worker.WorkerId)) return;
        var rejected = worker.Rejections.FirstOrDefault(rejection => rejection.TaskId == after.TaskId && rejection.Until > _world.LatestNow
            && _workers[worker.WorkerId].Rejected[rejection.OfferId] <= claim.FirstSentAt);
        Require(rejected is null, "rule 1",
            $"{worker.WorkerId} rejected {rejected?.OfferId} and got {after.TaskId} before {rejected?.Until:o} by {claim}.");
    }

    /// <summary>Rule 11: every worker's counters are what the log says, each outcome once.</summary>
    internal void CheckReputations(OutcomeDelivery delivery)
    {
        Require(delivery.IsDone, "rule 11", $"The outcomes could not be told with all faults off.");
        var outcomes = delivery.Outcomes.ToLookup(outcome => outcome.WorkerId, StringComparer.Ordinal);
        foreach (var worker in _world.Memory.Workers.Values)
        {
            var expected = outcomes[worker.WorkerId].Aggregate(new WorkerReputation(), (known, outcome) => known.With(outcome));
            var known = worker.Reputation;
            Require((known.Finished, known.Merged, known.OnTime) == (expected.Finished, expected.Merged, expected.OnTime), "rule 11",
                $"{worker.WorkerId} is known for {known}; the log says {expected}.");
        }
    }
}
