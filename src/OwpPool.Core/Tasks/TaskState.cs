using Orleans;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Tasks;

/// <summary>A worker's exclusive, time-bounded right to a task: to work on it, or while it is offered to take it.</summary>
[GenerateSerializer, Immutable, Alias("owp.lease")]
public sealed record Lease
{
    /// <summary>Prefix <c>l_</c>; <c>o_</c> while it is an offer.</summary>
    [Id(0)] public string LeaseId { get; init; } = "";

    /// <summary>When it was granted.</summary>
    [Id(1)] public DateTimeOffset GrantedAt { get; init; }

    /// <summary>From this instant on it is expired, whoever looks first.</summary>
    [Id(2)] public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Length of a grant or renewal, in seconds.</summary>
    [Id(3)] public int TtlSeconds { get; init; }

    /// <summary>Idempotency key of the claim that brought it; null = none. A repeat of the claim finds this lease by it.</summary>
    [Id(4)] public string? RequestKey { get; init; }

    /// <summary>When work went on under it after a review; null = it has not been under review.</summary>
    [Id(5)] public DateTimeOffset? ResumedAt { get; init; }

    /// <summary>Expired at <paramref name="now"/>: the instant itself counts.</summary>
    public bool IsExpired(DateTimeOffset now) => now >= ExpiresAt;
}

/// <summary>How a lease ended.</summary>
public enum AttemptOutcome
{
    /// <summary>Its time ran out.</summary>
    Expired,

    /// <summary>The worker reported failure.</summary>
    Failed,

    /// <summary>The worker went away.</summary>
    Offline,

    /// <summary>The worker gave it back with a reason; does not count.</summary>
    Released,

    /// <summary>It led to a pull request.</summary>
    PrOpened,

    /// <summary>A maintainer took it back; does not count.</summary>
    Requeued,

    /// <summary>A maintainer cancelled the task.</summary>
    Cancelled,

    /// <summary>It led to a pull request that was closed unmerged; does not count.</summary>
    Rejected,
}

/// <summary>One lease of the past, with why it ended.</summary>
[GenerateSerializer, Immutable, Alias("owp.attempt")]
public sealed record Attempt
{
    /// <summary>Who held it.</summary>
    [Id(0)] public string WorkerId { get; init; } = "";

    /// <summary>The lease.</summary>
    [Id(1)] public string LeaseId { get; init; } = "";

    /// <summary>Its fencing token.</summary>
    [Id(2)] public long Token { get; init; }

    /// <summary>When it began.</summary>
    [Id(3)] public DateTimeOffset GrantedAt { get; init; }

    /// <summary>When it ended.</summary>
    [Id(4)] public DateTimeOffset EndedAt { get; init; }

    /// <summary>How it ended.</summary>
    [Id(5)] public AttemptOutcome Outcome { get; init; }

    /// <summary>The holder's or the pool's words.</summary>
    [Id(6)] public string? Reason { get; init; }

    /// <summary>Idempotency key of the request that ended it; null = none. A repeat of the request finds its effect by it.</summary>
    [Id(7)] public string? RequestKey { get; init; }

    /// <summary>Before this its worker does not want the task again; null = it did not say.</summary>
    [Id(8)] public DateTimeOffset? AwayUntil { get; init; }
}

/// <summary>What the work produced. Reports merge: what one leaves out stays.</summary>
[GenerateSerializer, Immutable, Alias("owp.artifact")]
public sealed record Artifact
{
    /// <summary>Canonical https address of the pull request.</summary>
    [Id(0)] public string? PrUrl { get; init; }

    /// <summary>Commit of the work.</summary>
    [Id(1)] public string? CommitSha { get; init; }

    /// <summary>https address of a patch.</summary>
    [Id(2)] public string? PatchUrl { get; init; }

    /// <summary>What else the worker said, as the JSON object it sent.</summary>
    [Id(3)] public string? Extra { get; init; }

    /// <summary>This artifact with the later report's fields laid over it.</summary>
    public Artifact With(Artifact later) => new()
    {
        PrUrl = later.PrUrl ?? PrUrl,
        CommitSha = later.CommitSha ?? CommitSha,
        PatchUrl = later.PatchUrl ?? PatchUrl,
        Extra = later.Extra ?? Extra,
    };
}

/// <summary>A task's whole durable state: one row. Immutable; <see cref="TaskLifecycle"/> makes the next one.</summary>
[GenerateSerializer, Immutable, Alias("owp.task-state")]
public sealed record TaskState : IAudited
{
    /// <summary>The shape that this program writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>How many past leases that did not count are kept; those that did are all kept.</summary>
    public const int KeptHistory = 20;

    /// <summary>Version of the row's shape; 0 = never written.</summary>
    [Id(0)] public int SchemaVersion { get; init; }

    /// <summary>The events of the last transition, which the database appends to the log as it stores the row.</summary>
    [Id(1)] public IReadOnlyList<AuditEvent> Events { get; init; } = [];

    /// <summary>Prefix <c>t_</c>.</summary>
    [Id(2)] public string TaskId { get; init; } = "";

    /// <summary>Canonical key of its repo.</summary>
    [Id(3)] public string Repo { get; init; } = "";

    /// <summary>The repo as first written.</summary>
    [Id(4)] public string RepoName { get; init; } = "";

    /// <summary>1..300 characters.</summary>
    [Id(5)] public string Title { get; init; } = "";

    /// <summary>Up to 64 KiB.</summary>
    [Id(6)] public string Description { get; init; } = "";

    /// <summary>1..100.</summary>
    [Id(7)] public int EstimatePoints { get; init; } = 1;

    /// <summary>0..1000, higher first.</summary>
    [Id(8)] public int Priority { get; init; } = 10;

    /// <summary>What a worker must know; none = anyone may take it.</summary>
    [Id(9)] public IReadOnlyList<string> RequiredSkills { get; init; } = [];

    /// <summary>The area as written; null = none.</summary>
    [Id(10)] public string? Area { get; init; }

    /// <summary>The area as compared.</summary>
    [Id(11)] public string? AreaKey { get; init; }

    /// <summary>Least trust tier, 0..3, to be mapped by the repo's trust policy.</summary>
    [Id(12)] public int Tier { get; init; }

    /// <summary>Not leased before this instant.</summary>
    [Id(13)] public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Ids of the tasks that must be merged first.</summary>
    [Id(14)] public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>The id in the tracker that it came from; unique within the repo.</summary>
    [Id(15)] public string? ExternalId { get; init; }

    /// <summary>When it was added.</summary>
    [Id(16)] public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Since when it waits; a requeue keeps it, so a task does not lose its place.</summary>
    [Id(17)] public DateTimeOffset ReadyAt { get; init; }

    /// <summary>End of <c>not_before</c> and of a requeue's backoff; null = now.</summary>
    [Id(18)] public DateTimeOffset? EligibleAt { get; init; }

    /// <summary>Where it stands.</summary>
    [Id(19)] public TaskPhase Phase { get; init; }

    /// <summary>Since when it stands there.</summary>
    [Id(20)] public DateTimeOffset PhaseAt { get; init; }

    /// <summary>Fencing token of the latest grant; only grows. 0 = never granted.</summary>
    [Id(21)] public long Token { get; init; }

    /// <summary>Number of transitions stored; tells a newer picture of the task from an older one.</summary>
    [Id(22)] public long Version { get; init; }

    /// <summary>The holder, from grant on and through review; null while ready.</summary>
    [Id(23)] public string? WorkerId { get; init; }

    /// <summary>The running lease, or the open offer; null in the phases that have neither.</summary>
    [Id(24)] public Lease? Lease { get; init; }

    /// <summary>Leases that counted as failed attempts (rule 8).</summary>
    [Id(25)] public int Attempts { get; init; }

    /// <summary>The latest past leases, oldest first.</summary>
    [Id(26)] public IReadOnlyList<Attempt> History { get; init; } = [];

    /// <summary>What the work produced.</summary>
    [Id(27)] public Artifact Artifact { get; init; } = new();

    /// <summary>The holder's last words.</summary>
    [Id(28)] public string? Message { get; init; }

    /// <summary>Who confirmed that the work was merged: <c>maintainer</c> or <c>github</c>; null while nobody but its worker says so.</summary>
    [Id(29)] public string? ConfirmedBy { get; init; }

    /// <summary>Whether the holder had its pull request open before its lease's first end; null while it has none.</summary>
    [Id(30)] public bool? OnTime { get; init; }

    /// <summary>When the holder's lease was granted, from grant on and through review: its lifetime counts from here (rule 6). Null while
    /// ready, and in rows of before this was kept.</summary>
    [Id(31)] public DateTimeOffset? GrantedAt { get; init; }

    /// <summary>Who has seen the pull request besides its worker: <c>maintainer</c> or <c>github</c>; null while nobody has.</summary>
    [Id(32)] public string? ReviewConfirmedBy { get; init; }

    /// <summary>When a review that nobody but its worker has seen ends by itself (rule 10); null = it does not.</summary>
    [Id(33)] public DateTimeOffset? ReviewUntil { get; init; }

    /// <summary>When the holder said that the pull request is merged, where that is not for it to decide; null = it has not.</summary>
    [Id(34)] public DateTimeOffset? MergeReportedAt { get; init; }

    /// <summary>The last review that has ended without a merge; null = there was none.</summary>
    [Id(35)] public FormerReview? Former { get; init; }

    /// <summary>What GitHub said and could not be done yet; null = nothing.</summary>
    [Id(36)] public ReviewWish? Wish { get; init; }

    /// <summary>Whether the task is merged by its worker's word alone: a maintainer may put it back (rule 9).</summary>
    public bool IsMergedUnconfirmed => Phase is TaskPhase.Merged && ConfirmedBy is null;

    /// <summary>Whether the row exists.</summary>
    public bool Exists => SchemaVersion > 0;
}
