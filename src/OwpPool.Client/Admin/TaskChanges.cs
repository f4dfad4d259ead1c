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
/// <param name="Existing">How many were there before, and stayed as they were.</param>
public sealed record AddedTasks(IReadOnlyList<string> TaskIds, int Created, int Existing)
{
    /// <summary>Nothing was added: this is what would be.</summary>
    public bool DryRun { get; init; }
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
