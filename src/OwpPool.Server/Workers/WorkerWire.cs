using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OwpPool.Core.Workers;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Admin;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Workers;

/// <summary>A worker introduces itself.</summary>
public sealed record RegisterRequest
{
    /// <summary>For people; need not be unique.</summary>
    [StringLength(120, MinimumLength = 1)]
    public required string Name { get; init; }

    /// <summary>The GitHub account that its pull requests come from.</summary>
    [StringLength(120)]
    public string? GithubHandle { get; init; }

    /// <summary>What it can do; compared without regard to case.</summary>
    [MaxLength(100)]
    public IReadOnlyList<string> Skills { get; init; } = [];

    /// <summary>Sum of the points of the tasks that it works on at once.</summary>
    [Range(1, 100), DefaultValue(5)]
    public int CapacityPoints { get; init; } = 5;

    /// <summary>Number of tasks that it works on at once.</summary>
    [Range(1, 20), DefaultValue(2)]
    public int MaxConcurrentTasks { get; init; } = 2;

    /// <summary>The invite of a maintainer, where the pool asks for one.</summary>
    [StringLength(InviteEndpoints.MaxLength)]
    public string? Invite { get; init; }

    internal static RegisterRequest Read(JsonFields body) => new()
    {
        Invite = body.Line("invite", InviteEndpoints.MaxLength),
        Name = body.RequiredLine("name", 120),
        GithubHandle = body.Line("github_handle", 120),
        Skills = body.Lines("skills", 100, 64),
        CapacityPoints = body.Integer("capacity_points", 1, 100) ?? 5,
        MaxConcurrentTasks = body.Integer("max_concurrent_tasks", 1, 20) ?? 2,
    };
}

/// <summary>The new worker.</summary>
public sealed record RegisterResponse
{
    /// <summary>Its id.</summary>
    public required string WorkerId { get; init; }

    /// <summary>Its token: shown only once, and kept nowhere.</summary>
    public required string Token { get; init; }

    /// <summary>How often to send a heartbeat.</summary>
    public required int HeartbeatIntervalSeconds { get; init; }
}

/// <summary>A sign of life.</summary>
public sealed record HeartbeatRequest
{
    /// <summary>What the worker does: idle, working, paused (no new work) or offline (going away).</summary>
    [OneOf(nameof(WordLists.WorkerStatus)), DefaultValue("idle")]
    public string Status { get; init; } = "idle";

    /// <summary>A word to the maintainers.</summary>
    [StringLength(500)]
    public string? Note { get; init; }

    internal WorkerStatus ToStatus() => EnumWords<WorkerStatus>.ByWord[Status];

    internal static HeartbeatRequest Read(JsonFields body) => new()
    {
        Status = EnumWords<WorkerStatus>.Of(body.Choice("status", EnumWords<WorkerStatus>.ByWord) ?? WorkerStatus.Idle),
        Note = body.FreeText("note", 500),
    };
}

/// <summary>What the pool holds of the worker.</summary>
public sealed record HeartbeatResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The pool's clock; leases end by it.</summary>
    public required DateTimeOffset ServerTime { get; init; }

    /// <summary>The worker's status.</summary>
    [OneOf(nameof(WordLists.WorkerStatus))]
    public required string Status { get; init; }

    /// <summary>What it holds.</summary>
    public required IReadOnlyList<HeldLeaseWire> Leases { get; init; }

    /// <summary>What it lost since its last heartbeat: stop working on these.</summary>
    public required IReadOnlyList<LostTaskWire> Lost { get; init; }

    /// <summary>Ids of tasks that a maintainer cancelled: stop working on these.</summary>
    public required IReadOnlyList<string> Cancel { get; init; }

    /// <summary><c>run</c>, or <c>quiet</c>: finish what is held, ask for nothing new.</summary>
    [OneOf(nameof(WordLists.DesiredState))]
    public required string DesiredState { get; init; }

    /// <summary>Why it is to be quiet; null = it is not.</summary>
    public required WorkPauseWire? Paused { get; init; }
}

/// <summary>Why the pool gives the worker no new work.</summary>
public sealed record WorkPauseWire
{
    /// <summary><c>paused_by_maintainer</c>, <c>paused_by_failures</c> or <c>pool_paused</c>.</summary>
    [OneOf(nameof(WordLists.PauseReason))]
    public required string Reason { get; init; }

    /// <summary>The same in a sentence.</summary>
    public required string Message { get; init; }

    /// <summary>When it ends by itself; null = when a maintainer ends it.</summary>
    public required DateTimeOffset? Until { get; init; }
}

/// <summary>A lease in short.</summary>
public sealed record HeldLeaseWire
{
    /// <summary>The lease.</summary>
    public required string LeaseId { get; init; }

    /// <summary>Its task.</summary>
    public required string TaskId { get; init; }

    /// <summary>From this instant on it is over.</summary>
    public required DateTimeOffset LeaseExpiresAt { get; init; }

    /// <summary>Whole seconds until then.</summary>
    public required long RemainingSeconds { get; init; }
}

/// <summary>A task that the worker no longer holds.</summary>
public sealed record LostTaskWire
{
    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>Why: <c>lease_expired</c>, <c>lease_lost</c>.</summary>
    [OneOf(nameof(WordLists.ProblemReason))]
    public required string Reason { get; init; }
}

/// <summary>What the worker holds.</summary>
public sealed record WorkResponse
{
    /// <summary>The worker.</summary>
    public required string WorkerId { get; init; }

    /// <summary>All its leases, old and new.</summary>
    public required IReadOnlyList<LeaseViewWire> Leases { get; init; }

    /// <summary>When to ask again; 0 when this request brought new leases.</summary>
    public required int RetryAfterSeconds { get; init; }

    /// <summary>Why it gets no new ones, where the worker is paused; null = it is not.</summary>
    public required WorkPauseWire? Paused { get; init; }
}

/// <summary>A lease with its task.</summary>
public sealed record LeaseViewWire
{
    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>Its repo.</summary>
    public required string Repo { get; init; }

    /// <summary>What to do, in one line.</summary>
    public required string Title { get; init; }

    /// <summary>What to do.</summary>
    public required string Description { get; init; }

    /// <summary>How much it weighs against the worker's capacity.</summary>
    public required int EstimatePoints { get; init; }

    /// <summary>Higher comes first.</summary>
    public required int Priority { get; init; }

    /// <summary>Part of the repo that it locks; null = none.</summary>
    public required string? Area { get; init; }

    /// <summary>How much trust it asks for.</summary>
    public required int Tier { get; init; }

    /// <summary>What it asks for.</summary>
    public required IReadOnlyList<string> RequiredSkills { get; init; }

    /// <summary>From this instant on the lease is over.</summary>
    public required DateTimeOffset LeaseExpiresAt { get; init; }

    /// <summary>The lease.</summary>
    public required string LeaseId { get; init; }

    /// <summary>Send it with every status: one that is not the latest is refused.</summary>
    public required long FencingToken { get; init; }

    /// <summary>Which attempt at the task this is, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>leased, in_progress or blocked.</summary>
    [OneOf(nameof(WordLists.TaskStatus))]
    public required string Status { get; init; }

    /// <summary>Length of a grant or renewal.</summary>
    public required int LeaseTtlSeconds { get; init; }
}
