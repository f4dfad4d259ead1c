using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using OwpPool.Server.Hosting.Json;

namespace OwpPool.Server.Tasks.Batches;

/// <summary>Tasks to add, all or none.</summary>
public sealed record BatchRequest
{
    /// <summary>Most tasks of a batch.</summary>
    public const int MaxTasks = 1_000;

    /// <summary>The tasks, each as POST /v1/admin/tasks takes it; 1 to 1,000.</summary>
    [MinLength(1), MaxLength(MaxTasks)]
    public required IReadOnlyList<CreateTaskRequest> Tasks { get; init; }

    internal static BatchRequest Read(JsonFields body)
    {
        var tasks = body.Objects("tasks", MaxTasks).Select(CreateTaskRequest.Read).ToList();
        if (tasks.Count == 0 && body.IsFaultless) body.Reject("tasks", "must have at least one task");
        return new BatchRequest { Tasks = tasks };
    }
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

    /// <summary>How many were there before, and stayed as they were.</summary>
    public required int Existing { get; init; }

    /// <summary>Nothing was added: this is what would be; left out where it was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }
}
