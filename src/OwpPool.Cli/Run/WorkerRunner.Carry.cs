using System.Net;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>One lease from its grant to its end.</summary>
internal sealed partial class WorkerRunner
{
    private async Task CarryAsync(
        LeaseHold hold, bool hasSlot, Heartbeats heartbeats, CancellationToken drain, CancellationToken stop)
    {
        // What follows must not hold up who takes work.
        await Task.Yield();
        using var slot = new Slot(_slots, hasSlot);
        try
        {
            await CarryAsync(hold, slot, heartbeats, drain, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Tidying up is not worth the wait of somebody who wants to stop.
        }
        catch (Exception failure)
        {
            _broken.TrySetException(failure);
            throw;
        }
        finally
        {
            _book.Remove(hold);
        }
    }

    private async Task CarryAsync(LeaseHold hold, Slot slot, Heartbeats heartbeats, CancellationToken drain, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(hold.Gone, stop);
        var turn = new TaskTurn(pool, hold, _patience, Report, time);
        WorkOutcome? outcome = null;
        try
        {
            turn.Say(hold.Lease.Status is "leased" or null ? Steps.Leased : Steps.Resumed);
            outcome = await WorkOnAsync(turn, slot, drain, either.Token);
            outcome = await SettleAsync(turn, slot, outcome, drain, either.Token);
        }
        catch (OperationCanceledException) when (hold.Gone.IsCancellationRequested)
        {
            outcome = null;
            turn.Say(Steps.Lost, hold.LossReason);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            outcome ??= new WorkOutcome(OutcomeKind.Later) { Message = "The worker was stopped." };
            if (!await SettleQuicklyAsync(turn, outcome)) return;
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or PoolProblemException))
        {
            // A bug of the worker is not the task's fault.
            await SettleQuicklyAsync(turn, new WorkOutcome(OutcomeKind.Later) { Message = "The worker failed." });
            throw;
        }
        _book.Remove(hold);
        if (outcome?.Kind is OutcomeKind.Refused or OutcomeKind.Unable) _refused.Enqueue(turn.Lease.TaskId);
        if (outcome?.Kind is OutcomeKind.Failed) _failed.Enqueue(turn.Lease.TaskId);
        if (outcome?.Kind is OutcomeKind.Delivered) _failed.Clear();
        // Before the slot is free: who takes the next task must know of it.
        if (outcome is not null) Weigh(outcome, heartbeats, drain);
        slot.Dispose();
        await work.DoneAsync(turn, outcome, stop);
    }

    /// <summary>Draws the consequence of an outcome for the tasks to come: a worker for which nothing goes well must not work through the
    /// backlog.</summary>
    private void Weigh(WorkOutcome outcome, Heartbeats heartbeats, CancellationToken drain)
    {
        lock (_gate)
        {
            if (outcome.Kind is OutcomeKind.Delivered) _failures = 0;
            if (outcome.Kind is OutcomeKind.Failed or OutcomeKind.Unable) _failures++;
            if (drain.IsCancellationRequested) return;
            if (outcome.EndsWorker)
            {
                _summary.Fault = outcome.Advice;
                Report(new RunStep(time.GetUtcNow(), Steps.Draining) { Note = "takes nothing new: its command cannot be started" });
                _ending.Cancel();
            }
            else if (_failures >= settings.PauseAfter)
            {
                var reason = $"{_failures} failures in a row, the last one: {outcome.Message}";
                _failures = 0;
                heartbeats.Pause(reason.Length <= MaxNote ? reason : reason[..MaxNote]);
                Report(new RunStep(time.GetUtcNow(), Steps.Paused)
                {
                    Note = $"takes no new work until 'owp worker resume' or a new start, because of {reason}",
                });
            }
        }
    }

    /// <summary>Has the work done, again and again while it is blocked. A blocked task takes no slot, and none is left behind by a worker
    /// that takes nothing new.</summary>
    private async Task<WorkOutcome> WorkOnAsync(TaskTurn turn, Slot slot, CancellationToken drain, CancellationToken ct)
    {
        while (true)
        {
            await slot.TakeAsync(ct);
            var outcome = await work.DoAsync(turn, ct);
            if (outcome.Kind is not OutcomeKind.Blocked) return outcome;
            await turn.BlockAsync(outcome, ct);
            slot.Dispose();
            if (!await WaitBlockedAsync(drain, ct)) return outcome with { Kind = OutcomeKind.Later };
            turn.IsRetry = true;
        }
    }

    /// <summary>Ends the lease. What is done, and has no room among the reviews yet, is not done again: it is only reported again. A worker
    /// that ends does not keep it, for then the lease would run out.</summary>
    private async Task<WorkOutcome> SettleAsync(
        TaskTurn turn, Slot slot, WorkOutcome outcome, CancellationToken drain, CancellationToken ct)
    {
        while (true)
        {
            var settled = await turn.SettleAsync(outcome, ct);
            if (settled.Kind is not OutcomeKind.Blocked) return settled;
            slot.Dispose();
            if (!await WaitBlockedAsync(drain, ct)) outcome = settled with { Kind = OutcomeKind.Later };
        }
    }

    /// <returns>False: nothing new is taken, so it is not worth waiting.</returns>
    private async Task<bool> WaitBlockedAsync(CancellationToken drain, CancellationToken ct)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(drain, ct);
        await Task.Delay(settings.RetryBlocked, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
        return !drain.IsCancellationRequested;
    }

    /// <summary>Tells the pool if it answers soon.</summary>
    /// <returns>False: it did not; the lease is kept, and the next life of this worker goes on with it if it comes in time.</returns>
    private async Task<bool> SettleQuicklyAsync(TaskTurn turn, WorkOutcome outcome)
    {
        using var limit = new CancellationTokenSource(Goodbye, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, turn.Gone);
        try
        {
            return (await turn.SettleAsync(outcome, either.Token)).Kind is not OutcomeKind.Blocked;
        }
        catch (OperationCanceledException) when (turn.Gone.IsCancellationRequested)
        {
            return true;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Gives back what was granted to a request for work that was broken off: nobody here has heard of it.</summary>
    private async Task GiveBackUnseenAsync(CancellationToken stop)
    {
        try
        {
            var askedAt = time.GetTimestamp();
            var self = await _patience.AskAsync(pool.GetSelfAsync, stop);
            foreach (var lease in _book.NewsOf(self.Leases, askedAt).Where(lease => lease.Status == "leased"))
            {
                var request = new ReleaseRequest { Reason = "The worker takes nothing new.", LeaseId = lease.LeaseId };
                await _patience.AskAsync(inner => pool.ReleaseAsync(lease.TaskId, request, lease.LeaseId, inner), stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The last heartbeat says that the worker goes away, which gives them back as well.
        }
        catch (PoolProblemException problem) when (problem.Status is HttpStatusCode.Conflict)
        {
            // It ran out just now.
        }
    }

    /// <summary>Gives back what is not begun. The worker ends whether or not the pool hears it: without it the leases run out by
    /// themselves.</summary>
    private async Task SayGoodbyeAsync()
    {
        using var limit = new CancellationTokenSource(Goodbye, time);
        var goodbye = pool.HeartbeatAsync(new HeartbeatRequest(WorkerStatus.Offline), limit.Token);
        await ((Task)goodbye).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Report(RunStep step)
    {
        _summary.Count(step.Step);
        report(step);
    }
}
