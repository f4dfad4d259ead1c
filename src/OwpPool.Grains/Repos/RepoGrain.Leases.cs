using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains.Repos;

/// <summary>Leases that run: do they still, and until when.</summary>
public sealed partial class RepoGrain
{
    /// <inheritdoc />
    public async Task<IReadOnlyList<LeaseStanding>> CheckLeasesAsync(CheckLeases command)
    {
        EnsureServing();
        var standings = new List<LeaseStanding>(command.Leases.Count);
        foreach (var lease in command.Leases) standings.Add(await StandingOfAsync(command.WorkerId, lease, command.Renew));
        return standings;
    }

    /// <inheritdoc />
    public async Task<Reply<TaskProgress>> RenewAsync(string workerId, HeldLease lease)
    {
        EnsureServing();
        if (FindLease(workerId, lease) is not { } entry)
            return Refusal.Conflict(RefusalReason.LeaseLost, "You no longer hold this task.", "Stop working on it; ask for work again.");
        if (entry.ExpiresAt <= clock.Now()) await ExpireAsync(entry.LeaseId, entry.TaskId);
        // The task decides: a lease that has just ended is refused, one at the end of its lifetime stays as it is.
        var reply = await AskAsync(entry.TaskId, new TaskCommand.Renew(entry.LeaseId, RenewedEnd(entry) ?? entry.ExpiresAt ?? clock.Now()));
        return reply.Refusal is { } refusal ? refusal : TaskProgress.From(reply.State);
    }

    private async Task<LeaseStanding> StandingOfAsync(string workerId, HeldLease lease, bool renew)
    {
        if (FindLease(workerId, lease) is not { } entry) return await LostAsync(lease.TaskId);
        var now = clock.Now();
        if (entry.ExpiresAt <= now)
        {
            await ExpireAsync(entry.LeaseId, entry.TaskId);
            return new LeaseStanding { TaskId = lease.TaskId, LostReason = RefusalReason.LeaseExpired };
        }
        if (renew && RepoAdmission.IsDueForRenewal(entry, LeaseTtl, now) && RenewedEnd(entry) is { } end)
        {
            var reply = await AskAsync(entry.TaskId, new TaskCommand.Renew(entry.LeaseId, end));
            return reply.Refusal is { } refusal
                ? new LeaseStanding { TaskId = lease.TaskId, LostReason = refusal.Reason }
                : new LeaseStanding { TaskId = lease.TaskId, ExpiresAt = reply.State.Lease!.ExpiresAt };
        }
        return new LeaseStanding { TaskId = lease.TaskId, ExpiresAt = entry.ExpiresAt };
    }

    private async Task<LeaseStanding> LostAsync(string taskId)
    {
        var task = await GrainFactory.GetTask(taskId).GetAsync();
        var cancelled = task?.Phase is TaskPhase.Cancelled;
        return new LeaseStanding { TaskId = taskId, LostReason = RefusalReason.LeaseLost, Cancelled = cancelled };
    }

    private LedgerEntry? FindLease(string workerId, HeldLease lease) =>
        _ledger.Find(lease.TaskId) is { } entry && entry.LeaseId == lease.LeaseId && entry.WorkerId == workerId && entry.Phase.IsLeased()
            ? entry
            : null;

    private DateTimeOffset? RenewedEnd(LedgerEntry entry) =>
        RepoAdmission.RenewalOf(entry, LeaseTtl, TimeSpan.FromSeconds(leaseOptions.Value.LifetimeSeconds), clock.Now());
}
