using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;

namespace OwpPool.Server.Workers;

/// <summary>A request for work that may wait. It waits here, in the server, and holds no grain: the worker's heartbeats go on meanwhile.
/// </summary>
public sealed class WorkPoll(IGrainFactory grains, WorkWaiters waiters, Drain drain, TimeProvider clock)
{
    /// <summary>Claims; where that brings nothing and no lease waits to be begun, waits for work that fits and claims again.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="max">New leases at most.</param>
    /// <param name="wait">Longest wait; zero = answer at once.</param>
    /// <param name="cancellationToken">The client is gone.</param>
    /// <returns>What the worker holds; on shutdown what it held when it last asked.</returns>
    public Task<Reply<WorkReply>> AskAsync(WorkerCaller caller, int max, TimeSpan wait, CancellationToken cancellationToken) =>
        AskAsync(caller.WorkerId, new ClaimWork(caller.TokenHash, max, [], []), wait, cancellationToken);

    /// <summary>The same for a claim that chooses among repos and tasks.</summary>
    public async Task<Reply<WorkReply>> AskAsync(string workerId, ClaimWork command, TimeSpan wait, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        WorkWaiter? waiter = null;
        WorkReply? last = null;
        while (true)
        {
            var heard = waiters.Version;
            var reply = await ClaimAsync(workerId, command, waiter, last);
            if (reply.Value is null) return reply;
            last = reply.Value;
            var left = wait - clock.GetElapsedTime(began);
            if (last.Granted > 0 || left <= TimeSpan.Zero || HoldsUnstarted(last)) return last;
            waiter = waiters.Enlist(last.Capability, heard, command.Repos);
            if (await WaitAsync(waiter, left, cancellationToken)) continue;
            waiters.Finish(waiter, null);
            cancellationToken.ThrowIfCancellationRequested();
            return last;
        }
    }

    private async Task<Reply<WorkReply>> ClaimAsync(string workerId, ClaimWork command, WorkWaiter? waiter, WorkReply? before)
    {
        if (waiter is null) return await grains.GetWorker(workerId).ClaimAsync(command);
        WorkReply? after = null;
        try
        {
            var reply = await grains.GetWorker(workerId).ClaimAsync(command);
            after = reply.Value;
            return reply;
        }
        finally
        {
            waiters.Finish(waiter, after is null ? null : repo => CountNew(repo, before!, after));
        }
    }

    /// <returns>Whether to claim again: woken, or the time is over and a last look is due. False on shutdown and when the client left.
    /// </returns>
    private async Task<bool> WaitAsync(WorkWaiter waiter, TimeSpan left, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, drain.Stopping);
        try
        {
            await waiter.Woken.WaitAsync(left, clock, stop.Token);
            return !stop.IsCancellationRequested;
        }
        catch (TimeoutException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static bool HoldsUnstarted(WorkReply reply) => reply.Leases.Any(static lease => lease.Phase is TaskPhase.Leased);

    private static int CountNew(string repo, WorkReply before, WorkReply after) => after.Leases.Count(lease =>
        Names.CanonicalRepo(lease.Repo) == repo && before.Leases.All(held => held.LeaseId != lease.LeaseId));
}
