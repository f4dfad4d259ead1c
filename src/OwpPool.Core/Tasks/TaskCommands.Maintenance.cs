using Orleans;

namespace OwpPool.Core.Tasks;

/// <summary>What a maintainer changes of a task; null = leave as it is.</summary>
[GenerateSerializer, Immutable, Alias("owp.task-patch")]
public sealed record TaskPatch
{
    /// <summary>1..300 characters.</summary>
    [Id(0)] public string? Title { get; init; }

    /// <summary>Up to 64 KiB.</summary>
    [Id(1)] public string? Description { get; init; }

    /// <summary>1..100.</summary>
    [Id(2)] public int? EstimatePoints { get; init; }

    /// <summary>0..1000.</summary>
    [Id(3)] public int? Priority { get; init; }

    /// <summary>Up to 50.</summary>
    [Id(4)] public IReadOnlyList<string>? RequiredSkills { get; init; }

    /// <summary>Empty = none from now on.</summary>
    [Id(5)] public string? Area { get; init; }

    /// <summary>0..3.</summary>
    [Id(6)] public int? Tier { get; init; }

    /// <summary>Not leased before this instant.</summary>
    [Id(7)] public DateTimeOffset? NotBefore { get; init; }

    /// <summary>May be leased at once; instead of <see cref="NotBefore"/>.</summary>
    [Id(8)] public bool ClearsNotBefore { get; init; }

    /// <summary>Tasks that must be merged first.</summary>
    [Id(9)] public IReadOnlyList<string>? DependsOn { get; init; }
}

public abstract partial record TaskCommand
{
    /// <summary>A maintainer changes what the task says. With <paramref name="ExpectedVersion"/> only if nobody did so since.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.edit")]
    public sealed record Edit(string Actor, TaskPatch Patch, long? ExpectedVersion) : TaskCommand;

    /// <summary>A maintainer puts a ready task elsewhere among the others: the repo has found the priority and age of that place.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.place")]
    public sealed record Place(string Actor, int Priority, DateTimeOffset ReadyAt, string? Reason) : TaskCommand;

    /// <summary>A maintainer does the same with many tasks: this one only while it is at <paramref name="ExpectedVersion"/>, as it was found.
    /// Its event names <paramref name="BulkId"/>, and <paramref name="Reason"/> where the act itself has none.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.in-bulk")]
    public sealed record InBulk(string BulkId, long ExpectedVersion, string? Reason, TaskCommand Act) : TaskCommand;

    /// <summary>A maintainer sets the phase over the holder's head; what the holder says with the old fencing token is refused.</summary>
    [GenerateSerializer, Immutable, Alias("owp.task-command.force")]
    public sealed record Force(string Actor, string Reason, TaskPhase Status) : TaskCommand;
}
