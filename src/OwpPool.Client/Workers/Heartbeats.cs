namespace OwpPool.Client;

/// <summary>What a worker can say that it is doing.</summary>
public enum WorkerStatus
{
    /// <summary>Waits for work.</summary>
    Idle,

    /// <summary>Works.</summary>
    Working,

    /// <summary>Wants no new work and keeps its leases.</summary>
    Paused,

    /// <summary>Goes away: leases not begun go back at once.</summary>
    Offline,
}

/// <summary>A sign of life.</summary>
public sealed record HeartbeatRequest(WorkerStatus Status = WorkerStatus.Idle)
{
    /// <summary>Up to 500 characters.</summary>
    public string? Note { get; init; }
}

/// <summary>What the pool knows of the worker.</summary>
public sealed record HeartbeatReply
{
    /// <summary>Always true in a 200.</summary>
    public bool Ok { get; init; }

    /// <summary>The pool's clock.</summary>
    public DateTimeOffset ServerTime { get; init; }

    /// <summary>What the pool holds the worker to be.</summary>
    public string? Status { get; init; }

    /// <summary>What it holds.</summary>
    public IReadOnlyList<HeldLease> Leases { get => field ?? []; init; }

    /// <summary>What it lost since the last heartbeat: stop working on these.</summary>
    public IReadOnlyList<LostTask> Lost { get => field ?? []; init; }

    /// <summary>Tasks that a maintainer cancelled under it.</summary>
    public IReadOnlyList<string> Cancel { get => field ?? []; init; }

    /// <summary><c>run</c>, or <c>quiet</c> where an admin or the pool's own rules want it to take no new work.</summary>
    public string? DesiredState { get; init; }

    /// <summary>Why it is to be quiet; null = it is not, or the pool does not tell.</summary>
    public WorkPause? Paused { get; init; }
}

/// <summary>Why the pool gives a worker no new work.</summary>
/// <param name="Reason"><c>paused_by_maintainer</c>, <c>paused_by_failures</c> or <c>pool_paused</c>.</param>
/// <param name="Message">The same in a sentence.</param>
/// <param name="Until">When it ends by itself; null = when a maintainer ends it.</param>
public sealed record WorkPause(string Reason, string Message, DateTimeOffset? Until);

/// <summary>A lease in a heartbeat's answer.</summary>
public sealed record HeldLease(string LeaseId, string TaskId, DateTimeOffset LeaseExpiresAt, long RemainingSeconds);

/// <summary>A task that the worker holds no longer, and why.</summary>
public sealed record LostTask(string TaskId, string Reason);
