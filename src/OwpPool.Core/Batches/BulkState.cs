using System.Collections.Immutable;
using System.Globalization;
using Orleans;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Batches;

/// <summary>What a maintainer does with many tasks at once.</summary>
public enum BulkAct
{
    /// <summary>Puts them back to ready.</summary>
    Requeue,

    /// <summary>Withdraws them for good.</summary>
    Cancel,

    /// <summary>Changes what they say.</summary>
    Edit,

    /// <summary>Confirms that their work is merged.</summary>
    Accept,
}

/// <summary>A task as it was when the act was asked for: one that has changed since is left alone.</summary>
[GenerateSerializer, Immutable, Alias("owp.bulk-task")]
public sealed record BulkTask
{
    /// <summary>Prefix <c>t_</c>.</summary>
    [Id(0)] public required string TaskId { get; init; }

    /// <summary>Canonical key of its repo.</summary>
    [Id(1)] public required string Repo { get; init; }

    /// <summary>Its version then.</summary>
    [Id(2)] public required long Version { get; init; }
}

/// <summary>A task that the act did not change, and why.</summary>
[GenerateSerializer, Immutable, Alias("owp.bulk-refusal")]
public sealed record BulkRefusal
{
    /// <summary>The task.</summary>
    [Id(0)] public required string TaskId { get; init; }

    /// <summary>One of <see cref="RefusalReason"/>.</summary>
    [Id(1)] public required string Reason { get; init; }

    /// <summary>The same in a sentence.</summary>
    [Id(2)] public required string Message { get; init; }

    /// <summary>What a task's own rules said.</summary>
    public static BulkRefusal Of(string taskId, Refusal refusal)
    {
        ArgumentNullException.ThrowIfNull(refusal);
        return new BulkRefusal { TaskId = taskId, Reason = refusal.Reason, Message = refusal.Message };
    }
}

/// <summary>What is done with each of the tasks.</summary>
[GenerateSerializer, Immutable, Alias("owp.bulk-order")]
public sealed record BulkOrder
{
    /// <summary>The same in the events of all its tasks.</summary>
    [Id(0)] public required string BulkId { get; init; }

    /// <summary>What.</summary>
    [Id(1)] public required BulkAct Act { get; init; }

    /// <summary>Who asked for it.</summary>
    [Id(2)] public required string Actor { get; init; }

    /// <summary>Why; null where nobody said.</summary>
    [Id(3)] public string? Reason { get; init; }

    /// <summary>What an edit changes.</summary>
    [Id(4)] public TaskPatch Patch { get; init; } = new();

    /// <summary>How good accepted work is, 1..5; null = not said.</summary>
    [Id(5)] public int? Rating { get; init; }

    /// <summary>The command to one of the tasks.</summary>
    public TaskCommand.InBulk CommandFor(BulkTask task)
    {
        ArgumentNullException.ThrowIfNull(task);
        return new(BulkId, task.Version, Reason, Act switch
        {
            BulkAct.Requeue => new TaskCommand.Requeue(Actor, Reason ?? ""),
            BulkAct.Cancel => new TaskCommand.Cancel(Actor, Reason ?? ""),
            BulkAct.Edit => new TaskCommand.Edit(Actor, Patch, ExpectedVersion: null),
            _ => new TaskCommand.Review(Actor, ReviewMove.Merged, null, new Artifact(), Reason, TtlSeconds: 0, HoldsArea: false, Rating),
        });
    }
}

/// <summary>An act on many tasks that was accepted: one row, which is written before the first task is changed. What is not done when
/// everything dies is done afterwards.</summary>
[GenerateSerializer, Immutable, Alias("owp.bulk-state")]
public sealed record BulkState : IAudited
{
    /// <summary>The shape that this program writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>Version of the row's shape; 0 = never written.</summary>
    [Id(0)] public int SchemaVersion { get; init; }

    /// <summary>The event of the acceptance; each task has its own.</summary>
    [Id(1)] public IReadOnlyList<AuditEvent> Events { get; init; } = [];

    /// <summary>What is done; null = never written.</summary>
    [Id(2)] public BulkOrder? Order { get; init; }

    /// <summary>The tasks that are left to do.</summary>
    [Id(3)] public IReadOnlyList<BulkTask> Tasks { get; init; } = [];

    /// <summary>How many tasks were found.</summary>
    [Id(4)] public int Matched { get; init; }

    /// <summary>How many were changed so far.</summary>
    [Id(5)] public int Changed { get; init; }

    /// <summary>Those that were not, and are not as they shall be.</summary>
    [Id(6)] public IReadOnlyList<BulkRefusal> Refused { get; init; } = [];

    /// <summary>Where the caller goes on, as it is told; null = there are no more tasks.</summary>
    [Id(7)] public string? NextCursor { get; init; }

    /// <summary>Nothing is left to do.</summary>
    [Id(8)] public bool Done { get; init; }

    /// <summary>Whether the row exists.</summary>
    public bool Exists => SchemaVersion > 0;

    /// <summary>An act that is accepted.</summary>
    /// <param name="order">What is done.</param>
    /// <param name="tasks">With which tasks.</param>
    /// <param name="refused">What was asked for and is no task.</param>
    /// <param name="nextCursor">See <see cref="NextCursor"/>.</param>
    /// <param name="now">The present.</param>
    public static BulkState Accept(
        BulkOrder order, IReadOnlyList<BulkTask> tasks, IReadOnlyList<BulkRefusal> refused, string? nextCursor, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(order);
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentNullException.ThrowIfNull(refused);
        var details = ImmutableSortedDictionary.CreateBuilder<string, string?>(StringComparer.Ordinal);
        details["act"] = order.Act.ToString().ToLowerInvariant();
        details["tasks"] = tasks.Count.ToString(CultureInfo.InvariantCulture);
        if (order.Reason is { } reason) details["reason"] = reason;
        return new BulkState
        {
            SchemaVersion = CurrentSchema,
            Order = order,
            Tasks = tasks,
            Matched = tasks.Count + refused.Count,
            Refused = refused,
            NextCursor = nextCursor,
            Events =
            [
                new AuditEvent { At = now, Type = "bulk.accepted", Actor = order.Actor, Target = order.BulkId, Details = details.ToImmutable() },
            ],
        };
    }

    /// <summary>The same with the first tasks done.</summary>
    /// <param name="count">How many.</param>
    /// <param name="changed">How many of them were changed.</param>
    /// <param name="refused">Those that were refused.</param>
    public BulkState Advance(int count, int changed, IEnumerable<BulkRefusal> refused) => this with
    {
        Tasks = [.. Tasks.Skip(count)],
        Changed = Changed + changed,
        Refused = [.. Refused, .. refused],
        Done = Tasks.Count <= count,
        Events = [],
    };
}
