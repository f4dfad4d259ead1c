using System.Collections.Immutable;
using System.Globalization;
using Orleans;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Batches;

/// <summary>One task of a batch: everything that is needed to add or change it, and its id, so that it is done once however often it is tried.
/// </summary>
[GenerateSerializer, Immutable, Alias("owp.batch-task")]
public sealed record BatchTask
{
    /// <summary>Prefix <c>t_</c>.</summary>
    [Id(0)] public required string TaskId { get; init; }

    /// <summary>Any spelling of its repo's key.</summary>
    [Id(1)] public required string Repo { get; init; }

    /// <summary>What it says.</summary>
    [Id(2)] public required TaskSpec Spec { get; init; }

    /// <summary>The task is there already, and this is to change; null = the task is to be added.</summary>
    [Id(3)] public TaskPatch? Changes { get; init; }

    /// <summary>Changes are made to this version only: what somebody did since is not overwritten, nor is a change made twice.</summary>
    [Id(4)] public long? Version { get; init; }
}

/// <summary>A batch of tasks that was accepted: one row, whose writing is the point at which all of them are promised. What is not added yet
/// when everything dies is added from it afterwards.</summary>
[GenerateSerializer, Immutable, Alias("owp.batch-state")]
public sealed record BatchState : IAudited
{
    /// <summary>The shape that this program writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Version of the row's shape; 0 = never written.</summary>
    [Id(0)] public int SchemaVersion { get; init; }

    /// <summary>The event of the acceptance; each task has its own.</summary>
    [Id(1)] public IReadOnlyList<AuditEvent> Events { get; init; } = [];

    /// <summary>When it was accepted; its tasks wait since then, in their order.</summary>
    [Id(2)] public DateTimeOffset At { get; init; }

    /// <summary>Who asked for it.</summary>
    [Id(3)] public string Actor { get; init; } = "";

    /// <summary>The tasks; empty when all are there.</summary>
    [Id(4)] public IReadOnlyList<BatchTask> Tasks { get; init; } = [];

    /// <summary>All of its tasks are there.</summary>
    [Id(5)] public bool Done { get; init; }

    /// <summary>Whether the row exists.</summary>
    public bool Exists => SchemaVersion > 0;

    /// <summary>A batch that is accepted.</summary>
    public static BatchState Accept(string batchId, IReadOnlyList<BatchTask> tasks, string actor, DateTimeOffset now) => new()
    {
        SchemaVersion = CurrentSchema,
        At = now,
        Actor = actor,
        Tasks = tasks,
        Events =
        [
            new AuditEvent
            {
                At = now,
                Type = "batch.accepted",
                Actor = actor,
                Target = batchId,
                Details = DetailsOf(tasks),
            },
        ],
    };

    private static ImmutableSortedDictionary<string, string?> DetailsOf(IReadOnlyList<BatchTask> tasks)
    {
        var details = ImmutableSortedDictionary<string, string?>.Empty.Add("tasks", tasks.Count.ToString(CultureInfo.InvariantCulture));
        var changes = tasks.Count(static task => task.Changes is not null);
        return changes == 0 ? details : details.Add("changes", changes.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The same with nothing left to do.</summary>
    public BatchState Finish() => this with { Tasks = [], Done = true, Events = [] };
}
