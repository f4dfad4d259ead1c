using System.Collections.Frozen;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using OwpPool.Core.GitHub;
using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains.Directory;
using OwpPool.Grains.Hosting;
using OwpPool.Grains.Pools;

namespace OwpPool.Grains.Repos;

/// <summary>The repo's authority. Reentrant, so that claims of many workers share one write; decisions are made between awaits, on the
/// ledger in memory, and the row is written under <c>_row</c>, one write at a time. The stored ledger may still name tasks that have left,
/// never miss one that holds budget; the task rows say the rest.</summary>
[GrainType(GrainNames.Repo), Reentrant]
public sealed partial class RepoGrain(
    IGrainContext context, [PersistentState(GrainNames.Repo, GrainNames.Storage)] IPersistentState<RepoState> storage, TimeProvider clock,
    IIdSource ids, IPoolReader reader, SupplyBoard board, PoolBoard poolBoard, HearingBoard hearing, Forges forges,
    IOptions<LeaseOptions> leaseOptions, IOptions<OfferOptions> offerOptions,
    IOptions<ReviewOptions> reviewOptions, IOptions<MatchingOptions> matchingOptions, GrainInstruments instruments, ILogger<RepoGrain> logger)
    : StoredGrain<RepoState>(context, storage, logger), IRepoGrain, IRemindable
{
    /// <summary>Two such waits and the calls themselves are within the 30 s after which Orleans gives up a call.</summary>
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _row = new(1, 1);
    private readonly TaskTurns _turns = new();
    private readonly RepoLedger _ledger = new(matchingOptions.Value.AgeingPointsPerHour);

    private int LeaseTtlSeconds => State.Settings.LeaseTtlSeconds ?? leaseOptions.Value.TtlSeconds;

    private TimeSpan LeaseTtl => TimeSpan.FromSeconds(LeaseTtlSeconds);

    private int MaxAttempts => State.Settings.MaxAttempts ?? leaseOptions.Value.MaxAttempts;

    /// <inheritdoc />
    public async Task<Reply<RepoDescription>> UpsertAsync(UpsertRepo command)
    {
        await _row.WaitAsync();
        try
        {
            EnsureServing();
            if (command.MustExist && !State.Exists) return Refusal.NotFound("repo");
            var settings = State.Exists ? State.Settings : State.Settings with { MergeAuthority = command.NewMergeAuthority };
            var decision = RepoAdmission.Upsert(
                State, command.Name, command.ApplyTo(settings), [.. _ledger.Entries], command.Actor, clock.Now());
            if (decision.Refusal is { } refusal) return refusal;
            if (decision.Next is { } next) await StoreAsync(next);
        }
        finally
        {
            _row.Release();
        }
        Changed();
        return new RepoDescription { Name = State.Name, Settings = State.Settings };
    }

    /// <inheritdoc />
    public async Task<Reply<TaskCreated>> CreateTaskAsync(CreateTask command)
    {
        EnsureServing();
        if (!State.Exists) return Refusal.NotFound("repo") with { Field = "repo", Suggestion = "Register the repo first." };
        if (_ledger.Backlog.Count >= matchingOptions.Value.MaxReadyPerRepo && await GrainFactory.GetTask(command.TaskId).GetAsync() is null)
            return Full;
        var dependencies = command.Spec.DependsOn;
        if (await DependencyRules.WhyUnknownAsync(reader, dependencies) is { } unknown) return unknown;
        var reply = await AskAsync(command.TaskId, CommandOf(command));
        if (reply.Refusal is { } refusal) return refusal;
        // Read after the task waits in the backlog: a merge before the read is seen here, a later one by Follow.
        if (dependencies.Count > 0)
        {
            _poll = ShortestPoll;
            await ResolveDependenciesAsync(dependencies);
        }
        await EnsureSweepAsync();
        return new TaskCreated(command.TaskId, Created: reply.Changed);
    }

    /// <inheritdoc />
    public async Task<Reply<TaskProgress>> ReportAsync(string workerId, TrustTier trust, ReportTask command)
    {
        EnsureKnown();
        command = command with { Artifact = UnderOwnName(command.Artifact) };
        if (command.Status is TaskPhase.PrOpened && WhyNotReview(workerId, trust, command.TaskId) is { } full) return full;
        if (WhyNotOfRepo(command.Artifact.PrUrl) is { } foreign) return foreign;
        if (await WhyNotPullRequestAsync(command.TaskId, command.Artifact.PrUrl) is { } taken) return taken;
        var mayMerge = State.Settings.MergeAuthority is MergeAuthority.Worker;
        var report = new TaskCommand.Report(workerId, command.Status, command.LeaseId, command.FencingToken, command.Message, command.Artifact,
            mayMerge, LeaseTtlSeconds, HoldsArea: false, leaseOptions.Value.LifetimeSeconds, ReviewSecondsOf(trust),
            command.IsNoClaim);
        var reply = await InTurnAsync(command.TaskId, () => AskInTurnAsync(command.TaskId, report));
        // The task itself says that it is under review: what this ledger believes may be older.
        if (reply.Refusal?.Reason == RefusalReason.AreaLocked) reply = await ResumeAsync(reply.State, workerId, report with { HoldsArea = true });
        if (reply.Refusal is not { } refusal) return TaskProgress.From(reply.State);
        if (refusal.Reason == RefusalReason.LeaseExpired) await ExpireAsync(reply.State.Lease!.LeaseId, command.TaskId);
        return refusal;
    }

    /// <inheritdoc />
    public async Task<Reply<TaskProgress>> GiveBackAsync(ReturnTask command)
    {
        EnsureKnown();
        var reply = await AskAsync(command.TaskId, new TaskCommand.GiveBack(command.WorkerId, command.LeaseId, command.Token,
            command.Outcome, command.Reason, MaxAttempts, command.RetryAfter, command.Actor, command.RequestKey));
        return reply.Refusal is { } refusal ? refusal : TaskProgress.From(reply.State);
    }

    /// <inheritdoc />
    public async Task<Reply<TaskProgress>> OverrideAsync(OverrideTask command)
    {
        EnsureServing();
        TaskCommand act = command.Act is TaskOverride.Cancel
            ? new TaskCommand.Cancel(command.Actor, command.Reason)
            : new TaskCommand.Requeue(command.Actor, command.Reason);
        var reply = await AskAsync(command.TaskId, act);
        return reply.Refusal is { } refusal ? refusal : TaskProgress.From(reply.State);
    }

    /// <inheritdoc />
    public async Task<RepoExplanation> ExplainAsync(ExplainWork command)
    {
        EnsureServing();
        await LookAtNeedsAsync(command.TaskId);
        var others = await OthersForAsync(command.Worker);
        var late = LateFor(command.Worker, others).Except(command.Exclude).ToFrozenSet(StringComparer.Ordinal);
        Advance(clock.Now());
        var (settings, worker) = (State.Settings, command.Worker);
        var locked = RepoAdmission.LockedAreas(settings, _ledger.Entries);
        var nothing = WhyNothing(worker);
        var excluded = command.Exclude.ToFrozenSet(StringComparer.Ordinal);
        var reasons = _ledger.Backlog.WhyNot(worker, settings.Trust, locked, excluded);
        var waiting = late.Count(taskId => _ledger.Backlog.Contains(taskId) && WhyNot(taskId) is Ineligibility.HeldLately);
        if (waiting > 0) reasons[Ineligibility.HeldLately] = waiting;
        return new RepoExplanation
        {
            Repo = State.Name,
            Ready = _ledger.Backlog.Count,
            Nothing = nothing,
            Reasons = reasons,
            BudgetUsed = _ledger.Used,
            MaxOpenPrs = settings.MaxOpenPrs,
            TaskReason = command.TaskId is { } asked ? nothing ?? WhyNot(asked) : null,
            DeadNeeds = command.TaskId is { } dependent ? _ledger.Backlog.DeadNeedsOf(dependent) : [],
        };

        Ineligibility? WhyNot(string taskId) => _ledger.Backlog.WhyNot(taskId, worker, settings.Trust, locked, excluded)
            ?? (late.Contains(taskId) ? Ineligibility.HeldLately : null);
    }

    /// <inheritdoc />
    public async Task WakeAsync()
    {
        EnsureServing();
        Changed();
        await EnsureSweepAsync();
    }

    /// <summary>Work goes on after review: the area must be free, and is held again before the task moves. All of it in one turn of the
    /// task, so that nothing else is heard of the task in between.</summary>
    private Task<TaskReply> ResumeAsync(TaskState task, string workerId, TaskCommand resume) => InTurnAsync(task.TaskId, async () =>
        await HoldAreaAgainAsync(workerId, task.TaskId) is { } locked
            ? new TaskReply { Refusal = locked, State = task }
            : await AskInTurnAsync(task.TaskId, resume));

    private async Task<Refusal?> HoldAreaAgainAsync(string workerId, string taskId)
    {
        await _row.WaitAsync();
        try
        {
            EnsureServing();
            if (_ledger.Find(taskId) is not { Phase: TaskPhase.PrOpened } entry || entry.WorkerId != workerId) return null;
            var others = _ledger.Entries.Where(other => other.TaskId != taskId);
            if (entry.AreaKey is { } area && RepoAdmission.LockedAreas(State.Settings, others).Contains(area))
            {
                return Refusal.Conflict(RefusalReason.AreaLocked, $"Another task now holds the area '{area}'.",
                    "Try again when that task has its pull request open.");
            }
            var now = clock.Now();
            _ledger.Load(entry with { Phase = TaskPhase.InProgress, ExpiresAt = now.AddSeconds(LeaseTtlSeconds) }, settled: true);
            await StoreAsync(RepoAdmission.WithLedger(State, [.. _ledger.Entries], now));
            return null;
        }
        finally
        {
            _row.Release();
        }
    }

    private Task<TaskReply> ExpireAsync(string leaseId, string taskId) =>
        AskAsync(taskId, new TaskCommand.Expire(leaseId, MaxAttempts));

    /// <summary>Asks a task and follows its answer. Without an answer the task is in doubt, and upkeep asks again.</summary>
    private Task<TaskReply> AskAsync(string taskId, TaskCommand command) =>
        _turns.RunAsync(taskId, () => AskInTurnAsync(taskId, command));

    /// <summary>For calls that may put a task back into its worker's hands. One that waited long for its turn is not made: who sent it has
    /// given up, or soon will, and counts what it holds without it.</summary>
    private Task<TaskReply> InTurnAsync(string taskId, Func<Task<TaskReply>> call)
    {
        var asked = clock.GetTimestamp();
        return _turns.RunAsync(taskId, () => clock.GetElapsedTime(asked) < LongestTurn
            ? call() : throw new TimeoutException($"Task {taskId} did not answer earlier calls in time, and this one was not made."));
    }

    private async Task<TaskReply> AskInTurnAsync(string taskId, TaskCommand command)
    {
        var gained = false;
        try
        {
            var (task, heard) = (GrainFactory.GetTask(taskId), _ledger.VersionOf(taskId));
            var reply = await task.DecideAsync(command, heard);
            // Of a task that has left the ledger an overtaken activation may still say that work goes on: it reads again.
            if (heard == 0 && !reply.Changed && RepoLedger.Concerns(reply.State))
                reply = await task.DecideAsync(command, reply.State.Version + 1);
            if (reply.State is { Phase: TaskPhase.Ready, Wish: { Move: ReviewMove.Merged } wish }) reply = await MergeAsWishedAsync(reply, wish);
            if (reply.State.Exists && reply.State.Repo == State.Repo) gained = Follow(reply.State);
            else _ledger.Forget(taskId);
            return reply;
        }
        catch
        {
            _ledger.Doubt(taskId);
            throw;
        }
        finally
        {
            Changed(gained);
        }
    }

    /// <returns>Whether more can be taken than before: the task itself, one that depended on it, one of its area, or any because the budget
    /// was used up.</returns>
    private bool Follow(TaskState task)
    {
        var (wasFull, dependents) = (_ledger.Used >= State.Settings.MaxOpenPrs, _ledger.Backlog.DependentCount);
        if (_ledger.Follow(task) is { } freed) board.Gained(freed);
        return task.Phase is TaskPhase.Ready || _ledger.Backlog.DependentCount < dependents
            || (task.AreaKey is not null && !task.Phase.OccupiesWorker()) || (wasFull && _ledger.Used < State.Settings.MaxOpenPrs);
    }

    private async Task ResolveDependenciesAsync(IReadOnlyCollection<string> taskIds)
    {
        var phases = await reader.ReadPhasesAsync(taskIds, CancellationToken.None);
        foreach (var (taskId, phase) in phases) _ledger.Backlog.Note(taskId, phase.IsDeadEnd());
        var merged = phases.Where(dependency => dependency.Value is TaskPhase.Merged).Select(dependency => dependency.Key).ToList();
        foreach (var taskId in merged) _ledger.Backlog.Merged(taskId);
        if (merged.Count == 0) return;
        _poll = ShortestPoll;
        Changed();
    }
}
