using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace OwpPool.Client;

/// <summary>What to change of a task. What is null stays as it is.</summary>
public sealed record TaskPatch
{
    /// <summary>1..300 characters.</summary>
    public string? Title { get; init; }

    /// <summary>Up to 64 KiB.</summary>
    public string? Description { get; init; }

    /// <summary>1..100.</summary>
    public int? EstimatePoints { get; init; }

    /// <summary>0..1000, higher first.</summary>
    public int? Priority { get; init; }

    /// <summary>What it takes; empty = anyone can.</summary>
    public IReadOnlyList<string>? RequiredSkills { get; init; }

    /// <summary>The part of the repo; empty = none.</summary>
    public string? Area { get; init; }

    /// <summary>0..3.</summary>
    public int? Tier { get; init; }

    /// <summary>Nobody gets it before.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Anybody may have it at once.</summary>
    [JsonIgnore]
    public bool ClearsNotBefore { get; init; }

    /// <summary>Ids of tasks that must be merged first.</summary>
    public IReadOnlyList<string>? DependsOn { get; init; }

    internal JsonObject ToJson()
    {
        var json = JsonSerializer.SerializeToNode(this, PoolJson.Default.TaskPatch)!.AsObject();
        if (ClearsNotBefore) json["not_before"] = null;
        return json;
    }
}

/// <summary>Tasks were added.</summary>
/// <param name="TaskIds">All of them, in the order of the request.</param>
/// <param name="Created">How many are new.</param>
/// <param name="Existing">How many were there before: updated, unchanged and left together.</param>
public sealed record AddedTasks(IReadOnlyList<string> TaskIds, int Created, int Existing)
{
    /// <summary>How many were there before and were changed.</summary>
    public int Updated { get; init; }

    /// <summary>How many were there before, just as they were asked for.</summary>
    public int Unchanged { get; init; }

    /// <summary>How many were there before and stay as they are although something else was asked for.</summary>
    public int Left { get; init; }

    /// <summary>The tasks that were updated or left; in a dry run also those that would be created.</summary>
    public IReadOnlyList<ImportedTask> Tasks { get; init; } = [];

    /// <summary>Nothing was changed: this is what would be.</summary>
    public bool DryRun { get; init; }
}

/// <summary>What a batch or a file did with one task.</summary>
/// <param name="TaskId">Prefix <c>t_</c>.</param>
/// <param name="Title">As it was asked for.</param>
/// <param name="Result">created, updated or left.</param>
/// <param name="Fields">Names of the fields that differ.</param>
public sealed record ImportedTask(string TaskId, string Title, string Result, IReadOnlyList<string> Fields)
{
    /// <summary>Why it is left; null = it is not.</summary>
    public string? Reason { get; init; }
}

/// <summary>What happens to tasks of a file that are there already.</summary>
public enum OnExisting
{
    /// <summary>They stay as they are.</summary>
    Skip,

    /// <summary>What the file says otherwise is changed, by the rules of <see cref="PoolClient.EditTaskAsync"/>.</summary>
    Update,
}

/// <summary>A place among the ready tasks of a repo.</summary>
public sealed record PositionRequest
{
    /// <summary><c>front</c> or <c>back</c>; null = <see cref="Before"/> says it.</summary>
    public string? Position { get; init; }

    /// <summary>The ready task that it shall come right before.</summary>
    public string? Before { get; init; }

    /// <summary>Up to 500 characters; kept in the audit log.</summary>
    public string? Reason { get; init; }
}

/// <summary>A task where it now stands.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Ahead">How many ready tasks of its repo come before it.</param>
/// <param name="Priority">Its priority now.</param>
/// <param name="ReadyAt">Since when it now counts as waiting.</param>
public sealed record MovedTask(string TaskId, int Ahead, int Priority, DateTimeOffset ReadyAt);

internal sealed record BatchRequest(IReadOnlyList<TaskRequest> Tasks);

internal sealed record ReasonRequest(string? Reason);

internal sealed record ForceRequest(string Status, string Reason);

internal sealed record AcceptRequest(int? Rating, string? Reason);

internal sealed record RejectRequest(string Reason, string To);

internal sealed record EmptyRequest;

internal sealed record OkReply(bool Ok);
