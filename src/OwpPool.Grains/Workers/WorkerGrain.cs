using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OwpPool.Core.Matching;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains.Directory;
using OwpPool.Grains.Hosting;
using OwpPool.Grains.Pools;

namespace OwpPool.Grains.Workers;

/// <summary>A worker's own turn: one call at a time, so its capacity is decided without locks. Heartbeats live in memory.</summary>
[GrainType(GrainNames.Worker)]
public sealed partial class WorkerGrain(
    IGrainContext context, [PersistentState(GrainNames.Worker, GrainNames.Storage)] IPersistentState<WorkerState> storage,
    TimeProvider clock, IPoolReader reader, SupplyBoard board, PoolBoard poolBoard,
    HearingBoard hearing, IOptions<WorkerOptions> workerOptions, IOptions<OfferOptions> offerOptions, IOptions<MatchingOptions> matchingOptions,
    ILogger<WorkerGrain> logger)
    : StoredGrain<WorkerState>(context, storage, logger), IWorkerGrain, IRemindable
{
    private readonly TimeSpan _hearing = workerOptions.Value.Hearing;
    private readonly LivenessRules _rules = workerOptions.Value.ToRules();
    private readonly HeldTasks _held = new();
    private readonly List<LostTask> _lost = [];
    private readonly List<string> _cancelled = [];
    private readonly EventBudget _events = new(workerOptions.Value.EventsPerHour, clock);
    private DateTimeOffset _seenAt;

    /// <summary>As the last heartbeat said; the row may be a minute behind.</summary>
    private WorkerStatus? _said;

    /// <inheritdoc />
    public async Task<Refusal?> RegisterAsync(RegisterWorker command)
    {
        EnsureServing();
        var now = clock.Now();
        var decision = WorkerLifecycle.Register(State, this.GetPrimaryKeyString(), command.Profile, command.TokenHash, now, command.Terms);
        if (decision.Refusal is { } refusal) return refusal;
        await WatchAsync();
        await StoreAsync(decision.Next!);
        _seenAt = now;
        Arm();
        return null;
    }

    /// <inheritdoc />
    public async Task<Reply<HeartbeatReply>> HeartbeatAsync(Heartbeat command)
    {
        if (await SeenAsync(command.TokenHash, command.Status, command.Note) is { } refusal) return refusal;
        await CheckLeasesAsync(renew: true);
        if (command.Status is WorkerStatus.Offline) await LetGoOfUnstartedAsync(AttemptOutcome.Released, "The worker is going away.");
        var reply = new HeartbeatReply
        {
            ServerTime = clock.Now(),
            Status = Status,
            Leases = _held.Leases,
            Lost = [.. _lost],
            Cancel = [.. _cancelled],
            Pause = PauseNow,
        };
        _lost.Clear();
        _cancelled.Clear();
        return reply;
    }

    /// <inheritdoc />
    public async Task<Reply<WorkReply>> ClaimAsync(ClaimWork command)
    {
        if (await SeenAsync(command.TokenHash, null, null) is { } refusal) return refusal;
        if (_events.WhyNot() is { } spent) return spent;
        await CheckLeasesAsync(renew: false);
        var granted = 0;
        try
        {
            granted = await ClaimFromReposAsync(command, asOffers: false);
        }
        catch
        {
            // A grant may have happened whose answer is lost: what this worker holds must be read again.
            Abandon();
            throw;
        }
        return new WorkReply { Leases = _held.Leases, Granted = granted, Capability = Capability, Pause = PauseNow };
    }

    /// <inheritdoc />
    public async Task<Reply<TaskProgress>> ReportAsync(ReportTask command)
    {
        if (await SeenAsync(command.TokenHash, null, null) is { } refusal) return refusal;
        if (_events.WhyNot() is { } spent) return spent;
        if (await RepoOfAsync(command.TaskId) is not { } repo) return Refusal.NotFound("task");
        try
        {
            var reply = await GrainFactory.GetRepo(repo).ReportAsync(State.WorkerId, State.TrustTier, command);
            if (reply.Refusal is null) _events.Spend();
            await FollowAsync(command.TaskId, repo, reply);
            return reply;
        }
        catch
        {
            // A task under review may have come back into this worker's hands: what it holds must be read again.
            Abandon();
            throw;
        }
    }

    /// <inheritdoc />
    public async Task<Reply<TaskProgress>> GiveBackAsync(GiveBackTask command)
    {
        if (await SeenAsync(command.TokenHash, null, null) is { } refusal) return refusal;
        if (_events.WhyNot() is { } spent) return spent;
        if (await RepoOfAsync(command.TaskId) is not { } repo) return Refusal.NotFound("task");
        var reply = await GrainFactory.GetRepo(repo).GiveBackAsync(new ReturnTask(State.WorkerId, command.TaskId, command.LeaseId,
            command.FencingToken, command.Outcome, command.Reason, command.RetryAfter, State.WorkerId, command.RequestKey));
        if (reply.Refusal is null) _events.Spend();
        await FollowAsync(command.TaskId, repo, reply);
        return reply;
    }

    private async Task<int> ClaimFromReposAsync(ClaimWork command, bool asOffers)
    {
        if (command.RequestKey is { } key && _held.CountOf(key) is > 0 and var before) return before;
        var granted = 0;
        IReadOnlyList<string> exclude = [.. command.Exclude, .. WorkerLifecycle.RejectedTasks(State, clock.Now())];
        if (WhichRepos(command.Repos) is not { } repos) return 0;
        foreach (var repo in board.Rank(Capability, repos, matchingOptions.Value.MaxReposPerClaim, clock.Now()))
        {
            var capability = Capability;
            if (granted >= command.Max || !capability.Available || capability.FreeSlots <= 0 || capability.FreePoints <= 0) break;
            var reply = await ClaimFromAsync(repo, new ClaimTasks(capability, command.Max - granted, exclude, command.RequestKey, asOffers));
            foreach (var lease in reply.Leases) _held.Add(lease);
            granted += reply.Leases.Count;
            _events.Spend(reply.Leases.Count);
        }
        return granted;
    }

    /// <exception cref="Exception">The repo did not answer. It may have granted something; whoever asks next asks the others first.</exception>
    private async Task<ClaimReply> ClaimFromAsync(string repo, ClaimTasks command)
    {
        try
        {
            return await GrainFactory.GetRepo(repo).ClaimAsync(command);
        }
        catch
        {
            board.Rest(repo, clock.Now());
            throw;
        }
    }

    /// <summary>Those of the asked repos that it may have tasks of; null = none of them. Empty = all, on both sides.</summary>
    private IReadOnlyList<string>? WhichRepos(IReadOnlyList<string> asked)
    {
        if (State.Repos.Count == 0) return asked;
        if (asked.Count == 0) return State.Repos;
        return asked.Intersect(State.Repos, StringComparer.Ordinal).ToList() is { Count: > 0 } both ? both : null;
    }

    /// <summary>The gate of every call: the token must be this worker's. Then the call is a sign of life, stored when it says something
    /// new or the stored one is old.</summary>
    /// <param name="tokenHash">Of the caller's token.</param>
    /// <param name="status">What a heartbeat says; null for other calls, which only end an absence.</param>
    /// <param name="note">The heartbeat's note.</param>
    private async Task<Refusal?> SeenAsync(string tokenHash, WorkerStatus? status, string? note)
    {
        EnsureServing();
        var now = clock.Now();
        if (!IsHolder(tokenHash, now))
        {
            // Nobody is here: what somebody invents must not fill the memory.
            if (!State.Exists) DeactivateOnIdle();
            return Refusal.Unauthorized();
        }
        _seenAt = now;
        var wasOffline = State.Status is WorkerStatus.Offline;
        var next = status ?? (wasOffline ? WorkerStatus.Idle : Status);
        if (WorkerLifecycle.IsMove(State, next))
        {
            if (_events.WhyNot() is { } spent) return spent;
            _events.Spend();
        }
        var takesWorkAgain = WorkerLifecycle.IsMove(State, next) && next is WorkerStatus.Idle or WorkerStatus.Working;
        _said = next;
        var returns = wasOffline && next is not WorkerStatus.Offline;
        if (returns) await WatchAsync();
        if (WorkerLifecycle.Seen(State, next, note, _rules, now).Next is { } seen) await StoreAsync(seen);
        if (takesWorkAgain) board.Gained(State.WorkerId);
        if (returns) Arm();
        return null;
    }

    private WorkerStatus Status => State.Status is WorkerStatus.Idle or WorkerStatus.Working && _said is { } said ? said : State.Status;

    private WorkerCapability Capability => _held.CapabilityOf(State, clock.Now());

    private WorkPause? PauseNow => WorkPause.Of(State, poolBoard.State, clock.Now());

    private bool IsHolder(string tokenHash, DateTimeOffset now) =>
        WorkerLifecycle.IsToken(State, now, known => SameHash(tokenHash, known));

    private static bool SameHash(string left, string right) =>
        CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(left), Encoding.ASCII.GetBytes(right));

    private async Task<string?> RepoOfAsync(string taskId) =>
        _held.RepoOf(taskId) ?? (await GrainFactory.GetTask(taskId).GetAsync())?.Repo;

    /// <summary>Keeps what is held in step with a repo's answer.</summary>
    private async Task FollowAsync(string taskId, string repo, Reply<TaskProgress> reply)
    {
        if (reply.Value is { } progress)
        {
            if (progress.Phase.OccupiesWorker() && !(progress.Phase.IsLeased() && _held.Find(taskId) is not null))
            {
                // Back from review, or granted again since, to this worker or another: the row has all of it.
                var task = await GrainFactory.GetTask(taskId).GetAsync();
                _held.Drop(taskId);
                if (task?.WorkerId == State.WorkerId) _held.Load(task);
            }
            else
            {
                _held.Moved(progress, repo);
            }
        }
        else if (reply.Refusal!.Reason is RefusalReason.LeaseExpired or RefusalReason.LeaseLost)
        {
            _held.Drop(taskId);
        }
    }
}
