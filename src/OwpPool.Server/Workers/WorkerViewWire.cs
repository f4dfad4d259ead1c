using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Tasks;

namespace OwpPool.Server.Workers;

/// <summary>A worker in a list.</summary>
public record WorkerItem
{
    /// <summary>Its id.</summary>
    public required string WorkerId { get; init; }

    /// <summary>As it named itself.</summary>
    public required string Name { get; init; }

    /// <summary>idle, working, paused or offline.</summary>
    [OneOf(nameof(WordLists.WorkerStatus))]
    public required string Status { get; init; }

    /// <summary>Its account on GitHub; null = none was told.</summary>
    public required string? GithubHandle { get; init; }

    /// <summary>What it can do.</summary>
    public required IReadOnlyList<string> Skills { get; init; }

    /// <summary>Sum of points that it works on at once.</summary>
    public required int CapacityPoints { get; init; }

    /// <summary>Number of tasks that it works on at once.</summary>
    public required int MaxConcurrentTasks { get; init; }

    /// <summary>untrusted, basic, trusted or maintainer.</summary>
    [OneOf(nameof(WordLists.TrustTier))]
    public required string TrustTier { get; init; }

    /// <summary>A maintainer allows it no new work.</summary>
    public required bool PausedByAdmin { get; init; }

    /// <summary>The pool allows it no new work until then, because too many of its leases in a row failed or were lost; null = it does.</summary>
    public required DateTimeOffset? PausedUntil { get; init; }

    /// <summary>Leases that failed or were lost since its last delivery.</summary>
    public required int FailuresInARow { get; init; }

    /// <summary>Leases that ended one way or another; a pull request under review has not.</summary>
    public required int TotalTasks { get; init; }

    /// <summary>Share of those that were confirmed as merged, 0 to 1; null = none has ended.</summary>
    public required double? CompletionRate { get; init; }

    /// <summary>Its tokens are revoked.</summary>
    public required bool Revoked { get; init; }

    /// <summary>When it registered.</summary>
    public required DateTimeOffset RegisteredAt { get; init; }

    /// <summary>Its last sign of life that was stored: a minute behind at most.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }

    internal static WorkerItem From(WorkerState worker, WorkerStatus status, DateTimeOffset now) => new()
    {
        WorkerId = worker.WorkerId,
        Name = worker.Name,
        Status = EnumWords<WorkerStatus>.Of(status),
        GithubHandle = worker.GithubHandle,
        Skills = worker.Skills,
        CapacityPoints = worker.CapacityPoints,
        MaxConcurrentTasks = worker.MaxConcurrentTasks,
        TrustTier = EnumWords<TrustTier>.Of(worker.TrustTier),
        PausedByAdmin = worker.PausedByAdmin,
        PausedUntil = now < worker.PausedUntil ? worker.PausedUntil : null,
        FailuresInARow = worker.Reputation.FailuresInARow,
        TotalTasks = worker.Reputation.Finished,
        CompletionRate = worker.Reputation.CompletionRate,
        Revoked = worker.Revoked,
        RegisteredAt = worker.RegisteredAt,
        LastSeenAt = worker.LastSeenAt,
    };
}

/// <summary>One worker with what it holds.</summary>
public sealed record WorkerDetail : WorkerItem
{
    [SetsRequiredMembers]
    internal WorkerDetail(WorkerState worker, WorkerStatus status, IReadOnlyList<TaskState> tasks, DateTimeOffset now)
        : base(From(worker, status, now))
    {
        var occupying = tasks.Where(static task => task.Phase.OccupiesWorker()).ToList();
        Load = new LoadWire { Points = occupying.Sum(static task => task.EstimatePoints), Tasks = occupying.Count };
        Tasks = [.. tasks.OrderBy(static task => task.PhaseAt).Select(static task => TaskItem.From(task, []))];
    }

    /// <summary>How much of its capacity is taken.</summary>
    [JsonPropertyOrder(1)]
    public required LoadWire Load { get; init; }

    /// <summary>What it holds, under review included.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyList<TaskItem> Tasks { get; init; }
}
