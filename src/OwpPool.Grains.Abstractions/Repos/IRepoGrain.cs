using OwpPool.Core.GitHub;
using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Grains;

/// <summary>One repo: the only authority on its budget, areas, fencing tokens and lease ends. Calls go Worker → Repo → Task, never back.</summary>
[Alias("owp.IRepoGrain")]
public interface IRepoGrain : IGrainWithStringKey
{
    /// <summary>Creates the repo, or changes the settings that the patch names.</summary>
    [Alias("Upsert")]
    Task<Reply<RepoDescription>> UpsertAsync(UpsertRepo command);

    /// <summary>Adds a task. The same task id again answers with the first.</summary>
    [Alias("CreateTask")]
    Task<Reply<TaskCreated>> CreateTaskAsync(CreateTask command);

    /// <summary>Says whether the repo would take these tasks. Null = it will.</summary>
    [Alias("Admit")]
    Task<Refusal?> AdmitAsync(AdmitTasks command);

    /// <summary>Adds tasks that were admitted. Those that are there already stay as they are.</summary>
    [Alias("CreateTasks")]
    Task CreateTasksAsync(CreateTasks command);

    /// <summary>Grants up to <see cref="ClaimTasks.Max"/> tasks to the worker, or offers them.</summary>
    [Alias("Claim")]
    Task<ClaimReply> ClaimAsync(ClaimTasks command);

    /// <summary>The worker takes an offer of this repo. A repeat finds the lease that the first made.</summary>
    [Alias("AcceptOffer")]
    Task<Reply<LeaseView>> AcceptOfferAsync(string workerId, HeldLease offer);

    /// <summary>The worker does not want the offer: the task waits again. Null = done.</summary>
    [Alias("RejectOffer")]
    Task<Refusal?> RejectOfferAsync(string workerId, HeldLease offer, OfferRejection reason, string? note);

    /// <summary>A holder's report.</summary>
    [Alias("Report")]
    Task<Reply<TaskProgress>> ReportAsync(string workerId, TrustTier trust, ReportTask command);

    /// <summary>A holder, or the pool for a holder that is gone, gives a task back.</summary>
    [Alias("GiveBack")]
    Task<Reply<TaskProgress>> GiveBackAsync(ReturnTask command);

    /// <summary>Says of each lease whether it still runs, and renews those that have less than half their time left.</summary>
    [Alias("CheckLeases")]
    Task<IReadOnlyList<LeaseCheck>> CheckLeasesAsync(CheckLeases command);

    /// <summary>Puts off the end of a lease as far as its lifetime allows.</summary>
    [Alias("Renew")]
    Task<Reply<TaskProgress>> RenewAsync(string workerId, HeldLease lease);

    /// <summary>Says why the worker gets nothing here, or not the one task.</summary>
    [Alias("Explain")]
    Task<RepoExplanation> ExplainAsync(ExplainWork command);

    /// <summary>A maintainer puts a task back to ready, or withdraws it.</summary>
    [Alias("Override")]
    Task<Reply<TaskProgress>> OverrideAsync(OverrideTask command);

    /// <summary>GitHub, or a maintainer, says what became of a task's pull request.</summary>
    [Alias("Review")]
    Task<Reply<TaskProgress>> ReviewAsync(ReviewTask command);

    /// <summary>Says which repository on GitHub the repo stands for. Null = it does now.</summary>
    [Alias("LinkGithub")]
    Task<Refusal?> LinkGithubAsync(GithubRepository github, string actor);

    /// <summary>A maintainer's command to a task: edit, or force.</summary>
    [Alias("Maintain")]
    Task<Reply<TaskState>> MaintainAsync(string taskId, TaskCommand command);

    /// <summary>A maintainer moves a ready task among the others.</summary>
    [Alias("Move")]
    Task<Reply<TaskMoved>> MoveAsync(MoveTask command);

    /// <summary>Of a worker's tasks under review, those that are so no longer, as they are now.</summary>
    [Alias("CheckReviews")]
    Task<IReadOnlyList<TaskState>> CheckReviewsAsync(CheckReviews command);

    /// <summary>The repo as an admin sees it.</summary>
    [Alias("Describe")]
    Task<Reply<RepoOverview>> DescribeAsync();

    /// <summary>Loads the repo, so that its work can be found. Takes as long as its backlog takes to read.</summary>
    [Alias("Wake"), ResponseTimeout("00:05:00")]
    Task WakeAsync();
}

/// <summary>Settings to lay over a repo's; null = leave as it is, or the default for a new one.</summary>
[GenerateSerializer, Immutable, Alias("owp.upsert-repo")]
public sealed record UpsertRepo
{
    /// <summary>The key as the caller writes it.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>0..100.</summary>
    [Id(1)] public int? MaxOpenPrs { get; init; }

    /// <summary>Area locks on or off.</summary>
    [Id(2)] public bool? AreaLocksEnabled { get; init; }

    /// <summary>Until when an area stays locked.</summary>
    [Id(3)] public AreaLockUntil? AreaLockUntil { get; init; }

    /// <summary>Which trust takes which tier.</summary>
    [Id(4)] public TrustPolicy? Trust { get; init; }

    /// <summary>Whose word merges.</summary>
    [Id(5)] public MergeAuthority? MergeAuthority { get; init; }

    /// <summary>Lease length of this repo.</summary>
    [Id(6)] public int? LeaseTtlSeconds { get; init; }

    /// <summary>Attempts before a task is dead.</summary>
    [Id(7)] public int? MaxAttempts { get; init; }

    /// <summary>Paused or not.</summary>
    [Id(8)] public bool? Paused { get; init; }

    /// <summary>Who asks, for the audit.</summary>
    [Id(9)] public required string Actor { get; init; }

    /// <summary>Refuse where there is no such repo, rather than make one.</summary>
    [Id(10)] public bool MustExist { get; init; }

    /// <summary>How it is kept in step with GitHub.</summary>
    [Id(11)] public GithubSync? GithubSync { get; init; }

    /// <summary>Back to the pool's lease length.</summary>
    [Id(12)] public bool ClearsLeaseTtl { get; init; }

    /// <summary>Back to the pool's number of attempts.</summary>
    [Id(13)] public bool ClearsMaxAttempts { get; init; }

    /// <summary>Whose word merges in a repo that is new, where nothing else is said.</summary>
    [Id(14)] public MergeAuthority NewMergeAuthority { get; init; }

    /// <summary>Other repos that pull requests may be in.</summary>
    [Id(15)] public IReadOnlyList<string>? PrRepos { get; init; }

    /// <summary>The settings with this patch laid over them.</summary>
    public RepoSettings ApplyTo(RepoSettings settings) => new()
    {
        MaxOpenPrs = MaxOpenPrs ?? settings.MaxOpenPrs,
        AreaLocksEnabled = AreaLocksEnabled ?? settings.AreaLocksEnabled,
        AreaLockUntil = AreaLockUntil ?? settings.AreaLockUntil,
        Trust = Trust ?? settings.Trust,
        MergeAuthority = MergeAuthority ?? settings.MergeAuthority,
        LeaseTtlSeconds = ClearsLeaseTtl ? null : LeaseTtlSeconds ?? settings.LeaseTtlSeconds,
        MaxAttempts = ClearsMaxAttempts ? null : MaxAttempts ?? settings.MaxAttempts,
        Paused = Paused ?? settings.Paused,
        GithubSync = GithubSync ?? settings.GithubSync,
        PrRepos = PrRepos ?? settings.PrRepos,
    };
}

/// <summary>A repo as an admin sees it.</summary>
[GenerateSerializer, Immutable, Alias("owp.repo-description")]
public sealed record RepoDescription
{
    /// <summary>The repo as first written.</summary>
    [Id(0)] public required string Name { get; init; }

    /// <summary>Its settings.</summary>
    [Id(1)] public required RepoSettings Settings { get; init; }
}

/// <summary>A new task. The id is drawn by the caller, or derived from the external id, so that a repeat finds the first.
/// <paramref name="ReadyAt"/>: since when it waits, where that is not now.</summary>
[GenerateSerializer, Immutable, Alias("owp.create-task")]
public sealed record CreateTask(
    [property: Id(0)] string TaskId, [property: Id(1)] TaskSpec Spec, [property: Id(2)] string Actor,
    [property: Id(3)] DateTimeOffset? ReadyAt = null);

/// <summary>Tasks to add that were admitted.</summary>
[GenerateSerializer, Immutable, Alias("owp.create-tasks")]
public sealed record CreateTasks([property: Id(0)] IReadOnlyList<CreateTask> Tasks);

/// <summary>Tasks that somebody wants to add, and the tasks that they depend on.</summary>
[GenerateSerializer, Immutable, Alias("owp.admit-tasks")]
public sealed record AdmitTasks([property: Id(0)] IReadOnlyList<string> TaskIds, [property: Id(1)] IReadOnlyList<string> Needs);

/// <summary>The task is there; <paramref name="Created"/> is false when it was before.</summary>
[GenerateSerializer, Immutable, Alias("owp.task-created")]
public sealed record TaskCreated([property: Id(0)] string TaskId, [property: Id(1)] bool Created);

/// <summary>A worker's claim on this repo; <paramref name="AsOffers"/>: the tasks are to be offered, not leased.</summary>
[GenerateSerializer, Immutable, Alias("owp.claim-tasks")]
public sealed record ClaimTasks(
    [property: Id(0)] WorkerCapability Worker, [property: Id(1)] int Max, [property: Id(2)] IReadOnlyList<string> Exclude,
    [property: Id(3)] string? RequestKey = null, [property: Id(4)] bool AsOffers = false);

/// <summary>The leases granted, or the offers made; empty when there was nothing for the worker.</summary>
[GenerateSerializer, Immutable, Alias("owp.claim-reply")]
public sealed record ClaimReply([property: Id(0)] IReadOnlyList<LeaseView> Leases);

/// <summary>A task to give back. <paramref name="Actor"/> is the worker itself, or the system for a worker that is gone.</summary>
[GenerateSerializer, Immutable, Alias("owp.return-task")]
public sealed record ReturnTask(
    [property: Id(0)] string WorkerId, [property: Id(1)] string TaskId, [property: Id(2)] string? LeaseId, [property: Id(3)] long? Token,
    [property: Id(4)] AttemptOutcome Outcome, [property: Id(5)] string? Reason, [property: Id(6)] TimeSpan RetryAfter,
    [property: Id(7)] string Actor, [property: Id(8)] string? RequestKey = null);

/// <summary>Leases that a worker believes it holds, as (task id, lease id).</summary>
[GenerateSerializer, Immutable, Alias("owp.check-leases")]
public sealed record CheckLeases(
    [property: Id(0)] string WorkerId, [property: Id(1)] IReadOnlyList<HeldLease> Leases, [property: Id(2)] bool Renew);

/// <summary>A task and the lease on it.</summary>
[GenerateSerializer, Immutable, Alias("owp.held-lease")]
public sealed record HeldLease([property: Id(0)] string TaskId, [property: Id(1)] string LeaseId);

/// <summary>How a lease stands: running until <see cref="ExpiresAt"/>, or lost for a reason.</summary>
[GenerateSerializer, Immutable, Alias("owp.lease-check")]
public sealed record LeaseCheck
{
    /// <summary>The task.</summary>
    [Id(0)] public required string TaskId { get; init; }

    /// <summary>End of the running lease; null when it does not run.</summary>
    [Id(1)] public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>A refusal reason; null when it runs.</summary>
    [Id(2)] public string? LostReason { get; init; }

    /// <summary>A maintainer cancelled the task.</summary>
    [Id(3)] public bool Cancelled { get; init; }

    /// <summary>The lease is over because the worker's pull request is under review: nothing is lost.</summary>
    [Id(4)] public bool UnderReview { get; init; }
}

/// <summary>A question about one repo, and about one of its tasks if <paramref name="TaskId"/> names one. The worker does not get the tasks of
/// <paramref name="Exclude"/>.</summary>
[GenerateSerializer, Immutable, Alias("owp.explain-work")]
public sealed record ExplainWork(
    [property: Id(0)] WorkerCapability Worker, [property: Id(1)] string? TaskId, [property: Id(2)] IReadOnlyList<string> Exclude);

/// <summary>Why a worker gets nothing from a repo.</summary>
[GenerateSerializer, Immutable, Alias("owp.repo-explanation")]
public sealed record RepoExplanation
{
    /// <summary>The repo as shown.</summary>
    [Id(0)] public required string Repo { get; init; }

    /// <summary>Ready tasks, resting and waiting ones included.</summary>
    [Id(1)] public required int Ready { get; init; }

    /// <summary>Why nothing at all can be taken here; null if something could.</summary>
    [Id(2)] public Ineligibility? Nothing { get; init; }

    /// <summary>Tasks that the worker does not get, by the first reason that applies.</summary>
    [Id(3)] public required IReadOnlyDictionary<Ineligibility, int> Reasons { get; init; }

    /// <summary>Review budget in use.</summary>
    [Id(4)] public required int BudgetUsed { get; init; }

    /// <summary>Review budget.</summary>
    [Id(5)] public required int MaxOpenPrs { get; init; }

    /// <summary>The reason for the task asked about.</summary>
    [Id(6)] public Ineligibility? TaskReason { get; init; }

    /// <summary>What the task asked about waits for in vain.</summary>
    [Id(7)] public IReadOnlyList<string> DeadNeeds { get; init; } = [];
}

/// <summary>What a maintainer does to a task over its holder's head.</summary>
public enum TaskOverride
{
    /// <summary>Back to ready.</summary>
    Requeue,

    /// <summary>Withdrawn for good.</summary>
    Cancel,
}

/// <summary>A maintainer's act on a task, with the reason that the audit keeps.</summary>
[GenerateSerializer, Immutable, Alias("owp.override-task")]
public sealed record OverrideTask(
    [property: Id(0)] string TaskId, [property: Id(1)] TaskOverride Act, [property: Id(2)] string Actor, [property: Id(3)] string Reason);

/// <summary>What became of a task's pull request; the members are those of <see cref="TaskCommand.Review"/>. <paramref name="HasRoom"/>: the
/// worker has room to hold the task, which only its own grain can say.</summary>
[GenerateSerializer, Immutable, Alias("owp.review-task")]
public sealed record ReviewTask(
    [property: Id(0)] string TaskId, [property: Id(1)] ReviewMove Move, [property: Id(2)] string Actor, [property: Id(3)] string? WorkerId,
    [property: Id(4)] Artifact Artifact, [property: Id(5)] string? Reason, [property: Id(6)] int? Rating = null,
    [property: Id(7)] bool IsFormer = false, [property: Id(8)] bool HasRoom = false);
