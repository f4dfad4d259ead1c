using OwpPool.Core.Matching;
using OwpPool.Core.Reputation;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Grains.Workers;

/// <summary>The smaller requests of a worker, and an admin's acts on it.</summary>
public sealed partial class WorkerGrain
{
    /// <summary>Tasks that are put back by one call, which must end in time.</summary>
    private const int MostUndone = 200;

    /// <inheritdoc />
    public async Task<Reply<TaskProgress>> RenewAsync(string tokenHash, string leaseId)
    {
        if (await SeenAsync(tokenHash, null, null) is { } refusal) return refusal;
        if (_held.Leases.FirstOrDefault(lease => lease.LeaseId == leaseId) is not { } held)
            return Refusal.Conflict(RefusalReason.LeaseLost, "You hold no lease of this id.", "Ask for work; you will be told what you hold.");
        var reply = await GrainFactory.GetRepo(held.Repo).RenewAsync(State.WorkerId, new HeldLease(held.TaskId, leaseId));
        await FollowAsync(held.TaskId, Names.CanonicalRepo(held.Repo), reply);
        return reply;
    }

    /// <inheritdoc />
    public async Task<Reply<WorkExplanation>> ExplainAsync(string tokenHash, string? taskId)
    {
        if (await SeenAsync(tokenHash, null, null) is { } refusal) return refusal;
        await CheckLeasesAsync(renew: false);
        var (capability, rejected) = (Capability, WorkerLifecycle.RejectedTasks(State, clock.Now()));
        if (taskId is null)
        {
            var (repos, unanswered) = (new List<RepoExplanation>(), new List<string>());
            foreach (var key in State.Repos.Count > 0 ? State.Repos : board.Repos)
            {
                if (!await TryAsync(key, async repo => repos.Add(await repo.ExplainAsync(new ExplainWork(capability, null, rejected)))))
                    unanswered.Add(key);
            }
            return new WorkExplanation { Capability = capability, Repos = [.. repos.Where(repo => repo.Ready > 0)], Unanswered = unanswered };
        }
        // What others hold, and how it stands, is not this worker's to know.
        if (await GrainFactory.GetTask(taskId).GetAsync() is not { } task || !IsItsBusiness(task)) return Refusal.NotFound("task");
        var explanation = await GrainFactory.GetRepo(task.Repo).ExplainAsync(new ExplainWork(capability, taskId, rejected));
        var reason = task.Phase is TaskPhase.Ready ? explanation.TaskReason : null;
        return new WorkExplanation
        {
            Capability = capability,
            Repos = [explanation],
            Task = new TaskExplanation(taskId, task.Phase, reason)
            {
                DeadNeeds = reason is Ineligibility.DependencyDead ? await OwnAmongAsync(explanation.DeadNeeds) : [],
            },
        };
    }

    /// <summary>Of what a task waits for, the worker hears what is its business; that there is something it hears all the same.</summary>
    private async Task<IReadOnlyList<string>> OwnAmongAsync(IReadOnlyList<string> taskIds)
    {
        var own = new List<string>();
        foreach (var taskId in taskIds)
            if (await GrainFactory.GetTask(taskId).GetAsync() is { } task && IsItsBusiness(task)) own.Add(taskId);
        return own;
    }

    /// <inheritdoc />
    public Task<Refusal?> AuthenticateAsync(string tokenHash) => SeenAsync(tokenHash, null, null);

    /// <inheritdoc />
    public async Task<Reply<WorkerDescription>> DescribeAsync(string tokenHash)
    {
        if (await SeenAsync(tokenHash, null, null) is { } refusal) return refusal;
        await CheckLeasesAsync(renew: false);
        return new WorkerDescription(State with { Status = Status, TokenHash = "", PreviousTokenHash = null, OlderTokens = [] }, _held.Leases, _held.Offers);
    }

    /// <inheritdoc />
    public async Task<Refusal?> RotateTokenAsync(string tokenHash, string newTokenHash)
    {
        if (await SeenAsync(tokenHash, null, null) is { } refusal) return refusal;
        // A replaced token is good for what was under way, not for locking out whoever has the new one.
        if (!SameHash(tokenHash, State.TokenHash))
            return Refusal.Unauthorized() with { Message = "This token was replaced; only the current one can be replaced." };
        if (_events.WhyNot() is { } spent) return spent;
        _events.Spend();
        return await ChangeAsync(WorkerLifecycle.RotateToken(State, newTokenHash, clock.Now()));
    }

    /// <inheritdoc />
    public async Task LearnAsync(IReadOnlyList<WorkOutcome> outcomes)
    {
        EnsureServing();
        await ChangeAsync(WorkerLifecycle.Learn(State, outcomes, clock.Now()));
    }

    /// <inheritdoc />
    public Task<Refusal?> SetTrustAsync(TrustTier tier, string actor, string? reason)
    {
        EnsureServing();
        return ChangeAsync(WorkerLifecycle.SetTrust(State, tier, actor, reason, clock.Now()));
    }

    /// <inheritdoc />
    public Task<Reply<WorkerRating>> GetRatingAsync()
    {
        EnsureServing();
        return Task.FromResult<Reply<WorkerRating>>(
            State.Exists ? new WorkerRating(State.Reputation, State.TrustTier) : Refusal.NotFound("worker"));
    }

    /// <inheritdoc />
    public Task<Refusal?> SetPausedAsync(bool paused, string actor, string? reason)
    {
        EnsureServing();
        return ChangeAsync(WorkerLifecycle.SetPaused(State, paused, actor, reason, clock.Now()));
    }

    /// <inheritdoc />
    public async Task<Refusal?> RevokeAsync(string actor, string? reason)
    {
        EnsureServing();
        if (await ChangeAsync(WorkerLifecycle.Revoke(State, actor, reason, clock.Now())) is { } refusal) return refusal;
        await LetGoAsync([.. _held.Offers, .. _held.Leases], AttemptOutcome.Requeued, "The worker's token was revoked.");
        return null;
    }

    /// <inheritdoc />
    public async Task<int> UndoAsync(string actor, string reason)
    {
        EnsureServing();
        var undone = 0;
        foreach (var task in await reader.ReadUnconfirmedAsync(State.WorkerId, MostUndone, CancellationToken.None))
        {
            var reply = await GrainFactory.GetRepo(task.Repo).MaintainAsync(task.TaskId, new TaskCommand.Undo(actor, State.WorkerId, reason));
            if (reply.Value is not { Phase: TaskPhase.Ready }) continue;
            _held.Drop(task.TaskId);
            undone++;
        }
        return undone;
    }

    /// <inheritdoc />
    public async Task LookAtAsync(string taskId)
    {
        EnsureServing();
        if (!State.Exists || await GrainFactory.GetTask(taskId).GetAsync() is not { } task) return;
        if (task.Wish?.WorkerId == State.WorkerId) _wishes.Add(taskId);
        else _wishes.Remove(taskId);
        var known = _held.RepoOf(taskId) is not null;
        _held.Drop(taskId);
        if (task.WorkerId == State.WorkerId) _held.Load(task);
        else if (known) _lost.Add(new LostTask(taskId, RefusalReason.LeaseLost));
        // A maintainer may give a task to a worker that is away.
        if (State.Status is WorkerStatus.Offline && _held.Count > 0) await WatchAsync();
        Arm();
    }

    private bool IsItsBusiness(TaskState task) => task.WorkerId == State.WorkerId
        || (task.Phase is TaskPhase.Ready && (State.Repos.Count == 0 || State.Repos.Contains(task.Repo)))
        || task.History.Any(attempt => attempt.WorkerId == State.WorkerId);

    private async Task<Refusal?> ChangeAsync(Decision<WorkerState> decision)
    {
        if (decision.Next is { } next)
        {
            await StoreAsync(next);
            // It may take more now, or, when it is shut out, its long polls end.
            board.Gained(State.WorkerId);
        }
        return decision.Refusal;
    }
}
