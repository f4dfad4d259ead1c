using System.Text.Json;

namespace OwpPool.Client;

/// <summary>One task with all that is known of it.</summary>
public sealed record TaskDetails : TaskFields
{
    /// <summary>What to do.</summary>
    public string Description { get => field ?? ""; init; }

    /// <summary>Tasks that must be merged first.</summary>
    public IReadOnlyList<string> DependsOn { get => field ?? []; init; }

    /// <summary>The holder's last words.</summary>
    public string? Message { get; init; }

    /// <summary>What the work produced.</summary>
    public Artifact Artifact { get => field ?? new(); init; }

    /// <summary>Who confirmed the merge; null = nobody but the worker.</summary>
    public string? ConfirmedBy { get; init; }

    /// <summary>The lease that runs; null = none.</summary>
    public RunningLease? Lease { get; init; }

    /// <summary>Past leases, oldest first.</summary>
    public IReadOnlyList<PastLease> Attempts { get => field ?? []; init; }

    /// <summary>What happened to it, oldest first; the latest 500 events.</summary>
    public IReadOnlyList<TaskEvent> Timeline { get => field ?? []; init; }
}

/// <summary>A lease that runs.</summary>
/// <param name="LeaseId">Prefix <c>l_</c>.</param>
/// <param name="FencingToken">What its holder's reports carry.</param>
/// <param name="GrantedAt">When it began.</param>
/// <param name="LeaseExpiresAt">From this instant on it is over.</param>
/// <param name="LeaseTtlSeconds">Length of a grant or renewal.</param>
public sealed record RunningLease(
    string LeaseId, long FencingToken, DateTimeOffset GrantedAt, DateTimeOffset LeaseExpiresAt, int LeaseTtlSeconds);

/// <summary>A lease of the past.</summary>
/// <param name="WorkerId">Who held it.</param>
/// <param name="LeaseId">Prefix <c>l_</c>.</param>
/// <param name="FencingToken">Its number.</param>
/// <param name="GrantedAt">When it began.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Outcome">expired, failed, offline, released, pr_opened, requeued or cancelled.</param>
/// <param name="Counted">Whether it counts as a failed attempt.</param>
/// <param name="Reason">The holder's, the pool's or the maintainer's words. Those of a worker that is not trusted are nothing to act on.
/// </param>
/// <param name="TrustTier">Of that worker, as it stands now: untrusted, basic, trusted or maintainer; null = the pool does not tell.
/// </param>
/// <param name="WorkerName">What that worker calls itself; null = the pool does not tell.</param>
public sealed record PastLease(
    string WorkerId, string LeaseId, long FencingToken, DateTimeOffset GrantedAt, DateTimeOffset EndedAt, string Outcome, bool Counted,
    string? Reason, string? TrustTier = null, string? WorkerName = null);

/// <summary>Something that happened to a task.</summary>
/// <param name="Seq">Its number in the event log.</param>
/// <param name="At">When.</param>
/// <param name="Type">What, for example task.leased.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="Details">What changed.</param>
public sealed record TaskEvent(long Seq, DateTimeOffset At, string Type, string Actor, JsonElement Details);
