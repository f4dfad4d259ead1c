using OwpPool.Core.Matching;
using OwpPool.Core.Pools;
using OwpPool.Core.Reputation;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;

namespace OwpPool.Grains;

/// <summary>A lease as its holder sees it, or an open offer.</summary>
[GenerateSerializer, Immutable, Alias("owp.lease-view")]
public sealed record LeaseView
{
    /// <summary>The task.</summary>
    [Id(0)] public required string TaskId { get; init; }

    /// <summary>Its repo as shown.</summary>
    [Id(1)] public required string Repo { get; init; }

    /// <summary>What to do, in one line.</summary>
    [Id(2)] public required string Title { get; init; }

    /// <summary>What to do.</summary>
    [Id(3)] public required string Description { get; init; }

    /// <summary>1..100.</summary>
    [Id(4)] public required int EstimatePoints { get; init; }

    /// <summary>0..1000.</summary>
    [Id(5)] public required int Priority { get; init; }

    /// <summary>As written; null = none.</summary>
    [Id(6)] public string? Area { get; init; }

    /// <summary>0..3.</summary>
    [Id(7)] public required int Tier { get; init; }

    /// <summary>As written.</summary>
    [Id(8)] public required IReadOnlyList<string> RequiredSkills { get; init; }

    /// <summary>The lease.</summary>
    [Id(9)] public required string LeaseId { get; init; }

    /// <summary>To be sent with every report.</summary>
    [Id(10)] public required long FencingToken { get; init; }

    /// <summary>Which attempt at the task this is, from 1.</summary>
    [Id(11)] public required int Attempt { get; init; }

    /// <summary>leased, in_progress or blocked; offered for an open offer.</summary>
    [Id(12)] public required TaskPhase Phase { get; init; }

    /// <summary>End of the lease.</summary>
    [Id(13)] public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Length of a grant or renewal.</summary>
    [Id(14)] public required int TtlSeconds { get; init; }

    /// <summary>Idempotency key of the claim that brought it; not for the wire.</summary>
    [Id(15)] public string? RequestKey { get; init; }

    /// <summary>The view of a task that is leased.</summary>
    public static LeaseView From(TaskState task) => new()
    {
        TaskId = task.TaskId,
        Repo = task.RepoName,
        Title = task.Title,
        Description = task.Description,
        EstimatePoints = task.EstimatePoints,
        Priority = task.Priority,
        Area = task.Area,
        Tier = task.Tier,
        RequiredSkills = task.RequiredSkills,
        LeaseId = task.Lease!.LeaseId,
        FencingToken = task.Token,
        Attempt = task.Attempts + 1,
        Phase = task.Phase,
        ExpiresAt = task.Lease.ExpiresAt,
        TtlSeconds = task.Lease.TtlSeconds,
        RequestKey = task.Lease.RequestKey,
    };
}

/// <summary>The answer to a heartbeat.</summary>
[GenerateSerializer, Immutable, Alias("owp.heartbeat-reply")]
public sealed record HeartbeatReply
{
    /// <summary>The pool's clock.</summary>
    [Id(0)] public required DateTimeOffset ServerTime { get; init; }

    /// <summary>What the pool holds the worker to be.</summary>
    [Id(1)] public required WorkerStatus Status { get; init; }

    /// <summary>What it holds.</summary>
    [Id(2)] public required IReadOnlyList<LeaseView> Leases { get; init; }

    /// <summary>What it lost since the last heartbeat.</summary>
    [Id(3)] public required IReadOnlyList<LostTask> Lost { get; init; }

    /// <summary>Tasks that a maintainer cancelled under it.</summary>
    [Id(4)] public required IReadOnlyList<string> Cancel { get; init; }

    /// <summary>Why it is to take no new work; null = it may.</summary>
    [Id(5)] public WorkPause? Pause { get; init; }
}

/// <summary>Why the pool gives a worker no new work.</summary>
/// <param name="Reason">A word: see the constants.</param>
/// <param name="Message">The same in a sentence, with what helps.</param>
/// <param name="Until">When it ends by itself; null = when a maintainer ends it.</param>
[GenerateSerializer, Immutable, Alias("owp.work-pause")]
public sealed record WorkPause([property: Id(0)] string Reason, [property: Id(1)] string Message, [property: Id(2)] DateTimeOffset? Until)
{
    /// <summary>A maintainer has paused the worker.</summary>
    public const string ByMaintainer = "paused_by_maintainer";

    /// <summary>The pool has paused the worker, for it failed or lost too many leases in a row.</summary>
    public const string ByFailures = "paused_by_failures";

    /// <summary>The maintainers have paused the whole pool.</summary>
    public const string OfThePool = "pool_paused";

    /// <summary>Why this worker gets nothing at <paramref name="now"/>; null = it may.</summary>
    public static WorkPause? Of(WorkerState worker, PoolControlState pool, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(worker);
        ArgumentNullException.ThrowIfNull(pool);
        if (pool.IsPaused(now))
        {
            var note = pool.PauseNote is { } text ? $": {text}" : "";
            return new WorkPause(OfThePool, $"The maintainers have paused the whole pool{note}.", pool.PauseUntil);
        }
        if (worker.PausedByAdmin) return new WorkPause(ByMaintainer, "A maintainer has paused you; ask them to resume you.", null);
        if (worker.PausedUntil is not { } until || now >= until) return null;
        return new WorkPause(ByFailures, $"You failed or lost {WorkerReputation.LostLeasesToPause} leases in a row, so you get no new work "
            + $"until {Instants.Text(until)}. Find out why, or ask a maintainer to resume you.", until);
    }
}

/// <summary>A task that its holder no longer holds, and why (a refusal reason).</summary>
[GenerateSerializer, Immutable, Alias("owp.lost-task")]
public sealed record LostTask([property: Id(0)] string TaskId, [property: Id(1)] string Reason);

/// <summary>The answer to a request for work.</summary>
[GenerateSerializer, Immutable, Alias("owp.work-reply")]
public sealed record WorkReply
{
    /// <summary>All leases held, old and new.</summary>
    [Id(0)] public required IReadOnlyList<LeaseView> Leases { get; init; }

    /// <summary>How many of them this request brought.</summary>
    [Id(1)] public required int Granted { get; init; }

    /// <summary>What the worker could still take: the long poll waits for a task of such a shape.</summary>
    [Id(2)] public required WorkerCapability Capability { get; init; }

    /// <summary>Why there is no new work, where the worker is paused; null = it is not.</summary>
    [Id(3)] public WorkPause? Pause { get; init; }
}

/// <summary>The answer to a request for offers.</summary>
/// <param name="Offers">All open offers, old and new; the first to end comes first.</param>
[GenerateSerializer, Immutable, Alias("owp.offer-reply")]
public sealed record OfferReply([property: Id(0)] IReadOnlyList<LeaseView> Offers);

/// <summary>Where a task stands after its holder's call.</summary>
[GenerateSerializer, Immutable, Alias("owp.task-progress")]
public sealed record TaskProgress
{
    /// <summary>The task.</summary>
    [Id(0)] public required string TaskId { get; init; }

    /// <summary>Its phase.</summary>
    [Id(1)] public required TaskPhase Phase { get; init; }

    /// <summary>End of the lease; null when none runs.</summary>
    [Id(2)] public DateTimeOffset? LeaseExpiresAt { get; init; }

    /// <summary>The task's latest; a phase that a maintainer forced has spent the one before.</summary>
    [Id(3)] public long FencingToken { get; init; }

    /// <summary>From the task.</summary>
    public static TaskProgress From(TaskState task) =>
        new() { TaskId = task.TaskId, Phase = task.Phase, LeaseExpiresAt = task.Lease?.ExpiresAt, FencingToken = task.Token };
}

/// <summary>Why there is no work.</summary>
[GenerateSerializer, Immutable, Alias("owp.work-explanation")]
public sealed record WorkExplanation
{
    /// <summary>What the worker could take.</summary>
    [Id(0)] public required WorkerCapability Capability { get; init; }

    /// <summary>Every repo with ready tasks, or only that of the task asked about.</summary>
    [Id(1)] public required IReadOnlyList<RepoExplanation> Repos { get; init; }

    /// <summary>About the one task; null when none was asked about.</summary>
    [Id(2)] public TaskExplanation? Task { get; init; }

    /// <summary>Repos that failed or hang: nothing is known of their tasks.</summary>
    [Id(3)] public IReadOnlyList<string> Unanswered { get; init; } = [];
}

/// <summary>Why one task is not given to the worker.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Phase">Where it stands.</param>
/// <param name="Reason">Null when it is ready and the worker would get it, and when it is not ready: then the phase says all.</param>
[GenerateSerializer, Immutable, Alias("owp.task-explanation")]
public sealed record TaskExplanation(
    [property: Id(0)] string TaskId, [property: Id(1)] TaskPhase Phase, [property: Id(2)] Ineligibility? Reason)
{
    /// <summary>What it waits for in vain, as far as the worker may know of it.</summary>
    [Id(3)] public IReadOnlyList<string> DeadNeeds { get; init; } = [];
}

/// <summary>What is known of a worker's work, and how far it is trusted.</summary>
[GenerateSerializer, Immutable, Alias("owp.worker-rating")]
public sealed record WorkerRating([property: Id(0)] WorkerReputation Reputation, [property: Id(1)] TrustTier Trust);

/// <summary>A worker as it is.</summary>
/// <param name="Worker">Its state; what of it is shown is the caller's matter, the hashes never.</param>
/// <param name="Leases">What it holds.</param>
/// <param name="Offers">What it is offered.</param>
[GenerateSerializer, Immutable, Alias("owp.worker-description")]
public sealed record WorkerDescription(
    [property: Id(0)] WorkerState Worker, [property: Id(1)] IReadOnlyList<LeaseView> Leases, [property: Id(2)] IReadOnlyList<LeaseView> Offers);
