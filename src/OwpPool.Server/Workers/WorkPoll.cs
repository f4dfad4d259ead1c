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
        if (wait <= TimeSpan.Zero) return await grains.GetWorker(workerId).ClaimAsync(command);
        var waiter = waiters.Join(workerId, command.Repos);
        Func<string, int>? took = null;
        try
        {
            var began = clock.GetTimestamp();
            WorkReply? before = null;
            while (true)
            {
                var reply = await grains.GetWorker(workerId).ClaimAsync(command);
                if (reply.Value is not { } held) return reply;
                if (before is { } known) took = repo => CountNew(repo, known, held);
                before = held;
                var left = wait - clock.GetElapsedTime(began);
                if (held.Granted > 0 || left <= TimeSpan.Zero || HoldsUnstarted(held)) return held;
                waiters.Wait(waiter, held.Capability);
                took = null;
                if (!await WaitAsync(waiter, left, cancellationToken)) return held;
                waiters.Look(waiter);
            }
        }
        finally
        {
            waiters.Leave(waiter, took);
        }
    }

    /// <returns>Whether to claim again: woken, or the time is over and a last look is due. False on shutdown.</returns>
    /// <exception cref="OperationCanceledException">The client left.</exception>
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
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static bool HoldsUnstarted(WorkReply reply) => reply.Leases.Any(static lease => lease.Phase is TaskPhase.Leased);

    private static int CountNew(string repo, WorkReply before, WorkReply after) => after.Leases.Count(lease =>
        Names.CanonicalRepo(lease.Repo) == repo && before.Leases.All(held => held.LeaseId != lease.LeaseId));
}
