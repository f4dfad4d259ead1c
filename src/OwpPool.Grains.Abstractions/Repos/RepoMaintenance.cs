using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;

namespace OwpPool.Grains;

/// <summary>Where a task is moved to.</summary>
public enum TaskPosition
{
    /// <summary>Before all ready tasks of the repo.</summary>
    Front,

    /// <summary>Behind all of them.</summary>
    Back,

    /// <summary>Right before another.</summary>
    Before,
}

/// <summary>A maintainer moves a ready task; <paramref name="BeforeTaskId"/> goes with <see cref="TaskPosition.Before"/>.</summary>
[GenerateSerializer, Immutable, Alias("owp.move-task")]
public sealed record MoveTask(
    [property: Id(0)] string TaskId, [property: Id(1)] TaskPosition Position, [property: Id(2)] string? BeforeTaskId,
    [property: Id(3)] string Actor, [property: Id(4)] string? Reason);

/// <summary>The task where it now stands, and how many ready tasks of its repo come before it.</summary>
[GenerateSerializer, Immutable, Alias("owp.task-moved")]
public sealed record TaskMoved([property: Id(0)] TaskState Task, [property: Id(1)] int Ahead);

/// <summary>A repo with what holds its budget and what waits, of one instant.</summary>
[GenerateSerializer, Immutable, Alias("owp.repo-overview")]
public sealed record RepoOverview
{
    /// <summary>Its settings and dates; the ledger in it is the one in force.</summary>
    [Id(0)] public required RepoState State { get; init; }

    /// <summary>Ready tasks, resting and waiting ones included.</summary>
    [Id(1)] public required int Ready { get; init; }

    /// <summary>Ready tasks whose time has not come.</summary>
    [Id(2)] public required int Resting { get; init; }

    /// <summary>Ready tasks that wait for others to be merged.</summary>
    [Id(3)] public required int Dependent { get; init; }

    /// <summary>What the lease length is where the repo names none.</summary>
    [Id(4)] public required int LeaseTtlSeconds { get; init; }

    /// <summary>Attempts before a task is dead, where the repo names none.</summary>
    [Id(5)] public required int MaxAttempts { get; init; }

    /// <summary>Ready tasks that wait for one that was cancelled or is a dead letter.</summary>
    [Id(6)] public int DeadEndCount { get; init; }

    /// <summary>The first of them.</summary>
    [Id(7)] public IReadOnlyList<string> DeadEnds { get; init; } = [];
}

/// <summary>Tasks that a worker believes to be under review.</summary>
[GenerateSerializer, Immutable, Alias("owp.check-reviews")]
public sealed record CheckReviews([property: Id(0)] IReadOnlyList<string> TaskIds);
