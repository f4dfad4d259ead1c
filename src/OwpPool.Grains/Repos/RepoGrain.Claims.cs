using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains.Repos;

/// <summary>Granting: claims that arrive while the row is being written are decided together and share the next write.</summary>
public sealed partial class RepoGrain
{
    private readonly List<PendingClaim> _claims = [];
    private bool _granting;

    /// <inheritdoc />
    public async Task<ClaimReply> ClaimAsync(ClaimTasks command)
    {
        EnsureServing();
        await LookAtMergesAsync();
        var claim = new PendingClaim(command, await OthersForAsync(command.Worker));
        _claims.Add(claim);
        // Not awaited: under load the pump serves later claims too, and each claim has its own answer to wait for.
        if (!_granting) _ = GrantPendingAsync();
        var entries = await claim.Reserved;
        var leases = await Task.WhenAll(entries.Select(reserved => ConfirmAsync(reserved, command.RequestKey)));
        return new ClaimReply([.. leases.OfType<LeaseView>()]);
    }

    /// <summary>Decides and stores until no claim waits. Never throws: a failure is the answer of the claims that it hit.</summary>
    private async Task GrantPendingAsync()
    {
        _granting = true;
        while (_claims.Count > 0)
        {
            await _row.WaitAsync();
            // Those decided together: between equals the better reputed comes first (rule 11), then who came first.
            var batch = _claims.OrderByDescending(claim => claim.Command.Worker.Reputation).ToArray();
            _claims.Clear();
            try
            {
                await GrantAsync(batch);
            }
            catch (Exception exception)
            {
                foreach (var claim in batch) claim.Fail(exception);
            }
            finally
            {
                _row.Release();
            }
        }
        _granting = false;
    }

    private async Task GrantAsync(PendingClaim[] batch)
    {
        EnsureServing();
        var now = clock.Now();
        Advance(now);
        var reserved = batch.Select(claim => Reserve(claim.Command, claim.Others, now)).ToArray();
        if (reserved.Any(entries => entries.Count > 0)) await StoreReservationsAsync(now);
        for (var i = 0; i < batch.Length; i++)
        {
            instruments.Claimed(reserved[i].Count > 0);
            batch[i].Succeed(reserved[i]);
        }
    }

    /// <summary>Stores what was just put on the ledger, before the tasks are asked.</summary>
    /// <exception cref="Exception">It may not be stored; the activation ends.</exception>
    private async Task StoreReservationsAsync(DateTimeOffset now)
    {
        // What is reserved is not there for others any more, though it is not stored yet.
        Changed(gained: false);
        try
        {
            // First the alarm, then the lease that it watches.
            await EnsureSweepAsync();
            await StoreAsync(RepoAdmission.WithLedger(State, [.. _ledger.Entries], now));
        }
        catch
        {
            Abandon();
            throw;
        }
    }

    private List<Reservation> Reserve(ClaimTasks command, IReadOnlyList<OnlineWorker>? others, DateTimeOffset now)
    {
        var entries = new List<Reservation>();
        var worker = command.Worker;
        // Now, not when the claim came: while it waited, tasks that the worker has lost may have come back.
        var excluded = command.Exclude.Concat(LateFor(worker, others)).ToHashSet(StringComparer.Ordinal);
        while (entries.Count < command.Max && WhyNothing(worker) is null)
        {
            var locked = RepoAdmission.LockedAreas(State.Settings, _ledger.Entries);
            if (_ledger.Backlog.Best(worker, State.Settings.Trust, locked, excluded, now) is not { } task) break;
            var entry = new LedgerEntry
            {
                TaskId = task.TaskId,
                WorkerId = worker.WorkerId,
                LeaseId = ids.NewId(command.AsOffers ? Ids.Offer : Ids.Lease),
                Token = task.Token + 1,
                Points = task.Shape.Points,
                AreaKey = task.AreaKey,
                Phase = command.AsOffers ? TaskPhase.Offered : TaskPhase.Leased,
                ExpiresAt = now.AddSeconds(command.AsOffers ? offerOptions.Value.TtlSeconds : LeaseTtlSeconds),
                GrantedAt = now,
            };
            _ledger.Reserve(entry);
            entries.Add(new Reservation(entry, new TaskClaim(task.Shape, task.AreaKey)));
            worker = worker with { FreePoints = worker.FreePoints - entry.Points, FreeSlots = worker.FreeSlots - 1 };
        }
        return entries;
    }

    /// <summary>Tells the task of its lease or offer. The repo has stored the reservation; the task's row makes it one.</summary>
    /// <returns>The lease or offer, or null when the task was no longer what the backlog believed.</returns>
    private async Task<LeaseView?> ConfirmAsync(Reservation reservation, string? requestKey)
    {
        var (entry, chosenBy) = reservation;
        TaskCommand grant = entry.Phase is TaskPhase.Offered
            ? new TaskCommand.Offer(entry.WorkerId, entry.LeaseId, entry.Token, offerOptions.Value.TtlSeconds, requestKey, chosenBy)
            : new TaskCommand.Grant(entry.WorkerId, entry.LeaseId, entry.Token, LeaseTtlSeconds, requestKey, chosenBy);
        var reply = await AskAsync(entry.TaskId, grant);
        if (reply.Refusal is null && reply.State.Lease?.LeaseId == entry.LeaseId) return LeaseView.From(reply.State);
        // Cancelled or edited meanwhile, for example: settling frees what was reserved.
        if (_ledger.Find(entry.TaskId)?.LeaseId == entry.LeaseId) _ledger.Doubt(entry.TaskId);
        Changed();
        return null;
    }

    private sealed record Reservation(LedgerEntry Entry, TaskClaim ChosenBy);

    private sealed class PendingClaim(ClaimTasks command, IReadOnlyList<OnlineWorker>? others)
    {
        private readonly TaskCompletionSource<IReadOnlyList<Reservation>> _reserved = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ClaimTasks Command { get; } = command;

        public IReadOnlyList<OnlineWorker>? Others { get; } = others;

        public Task<IReadOnlyList<Reservation>> Reserved => _reserved.Task;

        public void Succeed(IReadOnlyList<Reservation> entries) => _reserved.SetResult(entries);

        public void Fail(Exception exception) => _reserved.TrySetException(exception);
    }
}
