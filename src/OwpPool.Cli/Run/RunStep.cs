using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>Something that happened to a worker or to one of its tasks.</summary>
/// <param name="At">By the worker's clock.</param>
/// <param name="Step">One of <see cref="Steps"/>.</param>
internal sealed record RunStep(DateTimeOffset At, string Step)
{
    /// <summary>Its name; null = the only one.</summary>
    public string? Worker { get; init; }

    public string? TaskId { get; init; }

    public string? LeaseId { get; init; }

    public string? Title { get; init; }

    /// <summary>A reason, or the address of a pull request.</summary>
    public string? Note { get; init; }

    /// <summary>The task that it happened to; null = it happened to the worker. No part of what is written.</summary>
    internal LeaseView? Lease { get; init; }

    /// <summary>A step of a task.</summary>
    public static RunStep Of(DateTimeOffset at, string step, LeaseView lease, string? note = null) =>
        new(at, step) { TaskId = lease.TaskId, LeaseId = lease.LeaseId, Title = lease.Title, Note = note, Lease = lease };
}

/// <summary>The words of <see cref="RunStep"/>: OWP's phases, and what else becomes of a worker and its tasks.</summary>
internal static class Steps
{
    public const string Leased = "leased";
    public const string Resumed = "resumed";
    public const string InProgress = "in_progress";
    public const string Blocked = "blocked";
    public const string PrOpened = "pr_opened";
    public const string Merged = "merged";
    public const string Released = "released";
    public const string Failed = "failed";

    /// <summary>The lease ran out, went to somebody else or was cancelled by a maintainer.</summary>
    public const string Lost = "lost";

    /// <summary>There is no work for the worker now, and it waits for some.</summary>
    public const string Waiting = "waiting";

    /// <summary>Something is not as it should be; the work goes on.</summary>
    public const string Warning = "warning";

    /// <summary>The worker is gone without a word.</summary>
    public const string Vanished = "vanished";

    /// <summary>The worker takes nothing new until it is told to.</summary>
    public const string Paused = "paused";

    public const string Draining = "draining";
    public const string Stopping = "stopping";
    public const string Ended = "ended";
}
