using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;

namespace OwpPool.Simulation;

/// <summary>What must hold of every answer that a client gets.</summary>
internal sealed partial class PoolChecker
{
    private readonly List<Operation> _foreign = [];

    internal void Began(Operation operation)
    {
        _operations.Add(operation.Tag, operation);
        if (operation is { HasForeignToken: true, Kind: OperationKind.RotateToken }) _foreign.Add(operation);
        Ordered(operation);
    }

    internal void Sent(Operation operation)
    {
        if (operation.Sends++ > 0) return;
        operation.FirstSentAt = _world.Memory.Commits;
        operation.FirstSentAfter = _world.Elapsed;
        operation.GrantedWhenSent = _tasks.GetValueOrDefault(operation.TaskId)?.LastGrantedToken ?? 0;
    }

    internal static void Unanswered(Operation operation)
    {
        if (operation.Outcome is OperationOutcome.Pending) operation.Outcome = OperationOutcome.Unknown;
    }

    internal void Answered(Operation operation, Answer answer)
    {
        operation.Outcome = answer.Refusal is null ? OperationOutcome.Ok : OperationOutcome.Refused;
        if (operation.HasForeignToken)
        {
            Require(answer.Refusal?.Kind is RefusalKind.Unauthorized, "I7",
                $"{operation} came with a wrong token and was answered {answer.Text}.");
            return;
        }
        CheckRevoked(operation, answer);
        if (answer.Refusal is { } refusal) Refused(operation, refusal);
        else Accepted(operation, answer.Value);
    }

    private void CheckRevoked(Operation operation, Answer answer)
    {
        if (operation.Worker is not { } worker || operation.Kind is OperationKind.Register) return;
        if (answer.Refusal?.Kind is RefusalKind.Unauthorized) return;
        var wasRevoked = _workers.GetValueOrDefault(worker.Id)?.RevokedAt is { } commit && commit <= operation.FirstSentAt;
        Require(!wasRevoked || _world.WasWorkerSplit(worker.Id), "I7",
            $"{operation} came from a revoked worker and was answered {answer.Text}.");
    }

    private void Refused(Operation operation, Refusal refusal)
    {
        if (operation is { Sends: 1, IsDuplicated: false } && operation.Kind is OperationKind.Report or OperationKind.GiveBack)
        {
            operation.MustHaveNoEffect = true;
            Require(operation.Effects == 0, "I2", $"{operation} was refused ({refusal.Reason}), and its effect is stored.");
        }
        if (refusal.Kind is not RefusalKind.Unauthorized || operation.Worker is not { } worker) return;
        var stored = _world.Memory.Workers.GetValueOrDefault(worker.Id);
        var wasValid = stored is { Revoked: false } && _workers[worker.Id].Tokens[^1] is var (commit, hash)
            && commit <= operation.FirstSentAt && hash == operation.TokenHash;
        Require(!wasValid || _world.WasWorkerSplit(worker.Id), "I7", $"{operation} came with the right token and was refused.");
    }

    private void Accepted(Operation operation, object? value)
    {
        switch (operation.Kind)
        {
            case OperationKind.Register:
                Require(_world.Memory.Workers.ContainsKey(operation.Worker!.Id), "I2", $"{operation} was acknowledged and is not stored.");
                break;
            case OperationKind.RotateToken:
                Require(_workers[operation.Worker!.Id].Tokens.Any(token => token.TokenHash == operation.NewTokenHash), "I2",
                    $"{operation} was acknowledged and is not stored.");
                break;
            case OperationKind.CreateTask:
                Require(_tasks.ContainsKey(operation.TaskId), "I2", $"{operation} was acknowledged and is not stored.");
                break;
            case OperationKind.ImportBatch:
                CheckImported(operation);
                break;
            case OperationKind.RejectOffer:
                Require(_workers[operation.Worker!.Id].Rejected.ContainsKey(operation.LeaseId!), "I2",
                    $"{operation} was acknowledged and is not stored.");
                break;
            case OperationKind.UpsertRepo:
                CheckUpsert(operation);
                break;
        }
        switch (value)
        {
            case WorkReply work:
                foreach (var lease in work.Leases) CheckLeaseTold(operation, lease);
                Require(work.Granted <= operation.Max, "rule 1", $"{operation} was granted {work.Granted} tasks.");
                break;
            case OfferReply offers:
                foreach (var offer in offers.Offers) CheckLeaseTold(operation, offer);
                break;
            case LeaseView lease:
                Require(lease.LeaseId == Ids.LeaseOf(operation.LeaseId!), "I2",
                    $"{operation} was answered with the lease {lease.LeaseId}.");
                CheckLeaseTold(operation, lease);
                break;
            case HeartbeatReply heartbeat:
                foreach (var lease in heartbeat.Leases) CheckLeaseTold(operation, lease);
                break;
            case WorkerDescription description:
                Require(description.Worker.TokenHash.Length == 0 && description.Worker.PreviousTokenHash is null, "I7",
                    $"{operation} shows a token hash.");
                foreach (var lease in description.Leases) CheckLeaseTold(operation, lease);
                break;
            case TaskProgress progress:
                CheckProgress(operation, progress);
                break;
        }
    }

    private void CheckUpsert(Operation operation)
    {
        // Of two activations one may answer from what the other has replaced: an answer that changes nothing is only a read.
        if (_world.WasRepoSplit(operation.Repo)) return;
        var patch = operation.Settings!;
        var states = _repos.GetValueOrDefault(Names.CanonicalRepo(operation.Repo))?.Settings ?? [];
        // What was in force when it was sent counts as well: asking for what is there already changes nothing.
        var first = states.FindLastIndex(state => state.Commit <= operation.FirstSentAt);
        Require(states.Skip(Math.Max(first, 0)).Any(state => patch.ApplyTo(state.Settings) == state.Settings), "I2",
            $"{operation} was acknowledged and is not stored.");
    }

    private void CheckLeaseTold(Operation operation, LeaseView lease)
    {
        var holds = _grants.TryGetValue(lease.LeaseId, out var grant) && grant.TaskId == lease.TaskId
            && grant.WorkerId == operation.Worker!.Id && lease.FencingToken >= grant.Token && lease.FencingToken <= grant.LatestToken;
        Require(holds, "I2",
            $"{operation} was told of the lease {lease.LeaseId} of {lease.TaskId} (token {lease.FencingToken}), which is not stored.");
        if (!holds) return;
        Require(lease.ExpiresAt <= grant!.LatestEnd, "I2",
            $"{operation} was told that {lease.LeaseId} runs until {lease.ExpiresAt:o}; what is stored says {grant.LatestEnd:o} at "
            + $"the latest.");
    }

    private void CheckProgress(Operation operation, TaskProgress progress)
    {
        if (!_tasks.TryGetValue(progress.TaskId, out var book))
        {
            Fail("I2", $"{operation} was answered about {progress.TaskId}, which is not stored.");
            return;
        }
        if (WasSplit(progress.TaskId)) return;
        var first = book.Phases.FindLastIndex(phase => phase.Commit <= operation.FirstSentAt);
        Require(book.Phases.Skip(Math.Max(first, 0)).Any(phase => phase.Phase == progress.Phase), "I2",
            $"{operation} was told that {progress.TaskId} is {progress.Phase.Wire()}, which is not stored.");
        if (operation.Kind is not (OperationKind.Report or OperationKind.GiveBack or OperationKind.Renew)) return;
        if (operation.Kind is OperationKind.Report)
        {
            // Where a worker's word does not merge, it is kept as a claim.
            var isClaimed = operation.Status is TaskPhase.Merged && progress.Phase is TaskPhase.PrOpened;
            Require(progress.Phase == operation.Status || isClaimed, "I2", $"{operation} was accepted and answered {progress.Phase.Wire()}.");
        }
        if (operation.LeaseId is { } leaseId)
        {
            var isOwn = _grants.TryGetValue(leaseId, out var grant) && grant.TaskId == progress.TaskId
                && grant.WorkerId == operation.Worker!.Id;
            Require(isOwn, "I6",
                $"{operation} was accepted under a lease that is not this worker's.");
        }
        Require(operation.FencingToken is not { } token || token >= operation.GrantedWhenSent, "I6",
            $"{operation} was accepted; the task had been granted under token {operation.GrantedWhenSent} before it was sent.");
    }

    /// <summary>Whether some answer about the task may come from an activation beside which another has written.</summary>
    private bool WasSplit(string taskId) => _world.WasTaskSplit(taskId)
        || _world.WasRepoSplit(_world.Memory.Tasks[taskId].Repo);
}
