using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Tasks.Batches;

/// <summary>Tasks to add, all or none.</summary>
public sealed record BatchRequest
{
    /// <summary>Most tasks of a batch.</summary>
    public const int MaxTasks = 1_000;

    /// <summary>The tasks, each as POST /v1/admin/tasks takes it; 1 to 1,000.</summary>
    [MinLength(1), MaxLength(MaxTasks)]
    public required IReadOnlyList<CreateTaskRequest> Tasks { get; init; }

    /// <summary>What happens to tasks that are there already: skip leaves them as they are, update changes what the request says otherwise.
    /// </summary>
    [OneOf(nameof(WordLists.OnExisting)), DefaultValue("skip")]
    public string OnExisting { get; init; } = "skip";

    internal static BatchRequest Read(JsonFields body)
    {
        var tasks = body.Objects("tasks", MaxTasks).Select(CreateTaskRequest.ReadForBatch).ToList();
        if (tasks.Count == 0 && body.IsFaultless) body.Reject("tasks", "must have at least one task");
        return new BatchRequest { Tasks = tasks, OnExisting = body.Has("on_existing") ? body.RequiredWord("on_existing", BatchRequest.Choices) : "skip" };
    }

    /// <summary>What on_existing may be.</summary>
    internal static readonly string[] Choices = ["skip", "update"];
}

/// <summary>The tasks are there.</summary>
public sealed record BatchResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>Their ids, in the order of the request; a repeated external_id has the first one's.</summary>
    public required IReadOnlyList<string> TaskIds { get; init; }

    /// <summary>How many of them are new.</summary>
    public required int Created { get; init; }

    /// <summary>How many were there before: updated, unchanged and left together.</summary>
    public required int Existing { get; init; }

    /// <summary>How many were there before and were changed as the request says.</summary>
    public required int Updated { get; init; }

    /// <summary>How many were there before, just as the request says.</summary>
    public required int Unchanged { get; init; }

    /// <summary>How many were there before and stay as they are although the request says something else.</summary>
    public required int Left { get; init; }

    /// <summary>The tasks that were updated or left, with the fields that differ; in a dry run also those that would be created.</summary>
    public required IReadOnlyList<BatchTaskResult> Tasks { get; init; }

    /// <summary>Nothing was changed: this is what would be; left out where it was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}

/// <summary>What a batch does with one task.</summary>
public sealed record BatchTaskResult
{
    /// <summary>What result may be; of what is unchanged nothing is told.</summary>
    internal static readonly string[] Results =
        [.. EnumWords<BatchFate>.ByWord.Where(static fate => fate.Value is not BatchFate.Unchanged).Select(static fate => fate.Key)];

    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>Its title in the request.</summary>
    public required string Title { get; init; }

    /// <summary>created, updated or left.</summary>
    [OneOf(nameof(WordLists.BatchResult))]
    public required string Result { get; init; }

    /// <summary>Names of the fields that the request says otherwise; none of a new task.</summary>
    public required IReadOnlyList<string> Fields { get; init; }

    /// <summary>Why it is left; left out otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }
}
