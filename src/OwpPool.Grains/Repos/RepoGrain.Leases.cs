using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains.Repos;

/// <summary>Leases that run: do they still, and until when.</summary>
public sealed partial class RepoGrain
{
    /// <inheritdoc />
    public async Task<IReadOnlyList<LeaseCheck>> CheckLeasesAsync(CheckLeases command)
    {
        EnsureKnown();
        var checks = new List<LeaseCheck>(command.Leases.Count);
        foreach (var lease in command.Leases) checks.Add(await CheckAsync(command.WorkerId, lease, command.Renew));
        return checks;
    }

    /// <inheritdoc />
    public async Task<Reply<TaskProgress>> RenewAsync(string workerId, HeldLease lease)
    {
        EnsureKnown();
        if (FindLease(workerId, lease) is null) await LookAtAsync(lease.TaskId);
        if (FindLease(workerId, lease) is not { } entry)
            return Refusal.Conflict(RefusalReason.LeaseLost, "You no longer hold this task.", "Stop working on it; ask for work again.");
        if (entry.ExpiresAt <= clock.Now()) await ExpireAsync(entry.LeaseId, entry.TaskId);
        // The task decides: a lease that has just ended is refused, one at the end of its lifetime stays as it is.
        var reply = await AskAsync(entry.TaskId, new TaskCommand.Renew(entry.LeaseId, RenewedEnd(entry) ?? entry.ExpiresAt ?? clock.Now()));
        return reply.Refusal is { } refusal ? refusal : TaskProgress.From(reply.State);
    }

    /// <summary>Who holds something of this repo knows that it exists. An activation that does not was made before its creation, beside the
    /// one that created it, and must not judge.</summary>
    private void EnsureKnown()
    {
        if (!State.Exists) Abandon();
        EnsureServing();
    }

    private async Task<LeaseCheck> CheckAsync(string workerId, HeldLease lease, bool renew)
    {
        // A reservation is not confirmed yet: the task may have stored another end of the lease, or no lease.
        var isHeard = FindLease(workerId, lease) is { } known && _ledger.IsHeard(known);
        var task = isHeard ? null : await LookAtAsync(lease.TaskId);
        if (FindLease(workerId, lease) is not { } entry)
        {
            return new LeaseCheck
            {
                TaskId = lease.TaskId,
                LostReason = RefusalReason.LeaseLost,
                Cancelled = task?.Phase is TaskPhase.Cancelled,
                UnderReview = task?.Phase is TaskPhase.PrOpened && task.WorkerId == workerId,
            };
        }
        var now = clock.Now();
        if (entry.ExpiresAt <= now)
        {
            await ExpireAsync(entry.LeaseId, entry.TaskId);
            // The task decides: it may know of a renewal whose answer did not come back here.
            if (FindLease(workerId, lease) is not { } renewed)
                return new LeaseCheck { TaskId = lease.TaskId, LostReason = RefusalReason.LeaseExpired };
            entry = renewed;
        }
        if (renew && entry.Phase.IsLeased() && RepoAdmission.IsDueForRenewal(entry, LeaseTtl, now) && RenewedEnd(entry) is { } end)
        {
            var reply = await AskAsync(entry.TaskId, new TaskCommand.Renew(entry.LeaseId, end));
            return reply.Refusal is { } refusal
                ? new LeaseCheck { TaskId = lease.TaskId, LostReason = refusal.Reason }
                : new LeaseCheck { TaskId = lease.TaskId, ExpiresAt = reply.State.Lease!.ExpiresAt };
        }
        return new LeaseCheck { TaskId = lease.TaskId, ExpiresAt = entry.ExpiresAt };
    }

    /// <summary>Follows the task's row: where the ledger lacks what somebody believes, since another activation of this repo may have
    /// granted it, and where a call had no answer.</summary>
    private async Task<TaskState?> LookAtAsync(string taskId) =>
        await AskAsync(taskId, new TaskCommand.Look()) is { State: { Exists: true } task } ? task : null;

    private LedgerEntry? FindLease(string workerId, HeldLease lease) =>
        _ledger.Find(lease.TaskId) is { } entry && entry.LeaseId == lease.LeaseId && entry.WorkerId == workerId && entry.Phase.OccupiesWorker()
            ? entry
            : null;

    private DateTimeOffset? RenewedEnd(LedgerEntry entry) =>
        RepoAdmission.RenewalOf(entry, LeaseTtl, TimeSpan.FromSeconds(leaseOptions.Value.LifetimeSeconds), clock.Now());
}
