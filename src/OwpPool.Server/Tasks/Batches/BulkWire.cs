using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using OwpPool.Core.Batches;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Tasks.Batches;

/// <summary>One act on many tasks: those that a filter finds, or those of a list.</summary>
public sealed record BulkRequest
{
    /// <summary>Most tasks of one request.</summary>
    public const int MaxTasks = 1_000;

    /// <summary>requeue, cancel, edit or accept (confirm that the work is merged).</summary>
    [OneOf(nameof(WordLists.BulkAct))]
    public required string Act { get; init; }

    /// <summary>Which tasks, as GET /v1/tasks filters them; at least one member, or all. Instead of task_ids.</summary>
    public TaskSelection? Filter { get; init; }

    /// <summary>These tasks, up to 1,000. Instead of filter.</summary>
    [MaxLength(MaxTasks)]
    public IReadOnlyList<string>? TaskIds { get; init; }

    /// <summary>Why; kept in the audit log. Required for requeue and cancel.</summary>
    [StringLength(500)]
    public string? Reason { get; init; }

    /// <summary>What edit changes, as PATCH /v1/admin/tasks/{id} takes it.</summary>
    public EditTaskRequest? Changes { get; init; }

    /// <summary>How good accepted work is, 1 to 5; counts for its workers' avg_pr_quality.</summary>
    [Range(1, 5)]
    public int? Rating { get; init; }

    /// <summary>true: only say what would be changed and refused.</summary>
    public bool DryRun { get; init; }

    /// <summary>Tasks of this request; the rest is reached by next_cursor.</summary>
    [Range(1, MaxTasks)]
    public int? Limit { get; init; }

    /// <summary>The next_cursor of the request before, with the same filter and act: the same bulk_id goes on.</summary>
    [StringLength(512)]
    public string? Cursor { get; init; }

    internal BulkAct ToAct() => EnumWords<BulkAct>.ByWord[Act];

    internal BulkOrder ToOrder(string bulkId, string actor) => new()
    {
        BulkId = bulkId, Act = ToAct(), Actor = actor, Reason = Reason, Patch = Changes?.ToPatch() ?? new TaskPatch(), Rating = Rating,
    };

    internal static BulkRequest Read(JsonFields body)
    {
        var (filter, changes) = (body.Object("filter"), body.Object("changes"));
        // A misspelt filter would find more than was meant.
        body.RejectUnknown("act", "filter", "task_ids", "reason", "changes", "rating", "dry_run", "limit", "cursor");
        var request = new BulkRequest
        {
            Act = body.RequiredWord("act", WordLists.BulkAct.Words),
            Filter = filter is null ? null : TaskSelection.Read(filter),
            TaskIds = body.Has("task_ids") ? body.IdList("task_ids", MaxTasks, Ids.Task) : null,
            Reason = body.Line("reason", 500),
            Changes = changes is null ? null : EditTaskRequest.Read(changes),
            Rating = body.Integer("rating", 1, 5),
            DryRun = body.Boolean("dry_run") ?? false,
            Limit = body.Integer("limit", 1, MaxTasks),
            Cursor = body.Line("cursor", 512),
        };
        request.Check(body);
        return request;
    }

    private void Check(JsonFields body)
    {
        // What must fit together is judged when each part is right by itself.
        if (!body.IsFaultless) return;
        if (body.Has("filter") == body.Has("task_ids")) body.Reject("filter", "one of filter and task_ids is to be given");
        if (TaskIds is { Count: 0 }) body.Reject("task_ids", "must have at least one id");
        if (Act is "requeue" or "cancel" && Reason is null) body.Reject("reason", "is required");
        if (Act == "edit" && (Changes is null || Changes.ToPatch() == new TaskPatch()))
            body.Reject("changes", "must change something, such as {\"priority\": 80}");
        if (Act != "edit" && body.Has("changes")) body.Reject("changes", "goes with the act 'edit' only");
        if (Act != "accept" && body.Has("rating")) body.Reject("rating", "goes with the act 'accept' only");
        if (TaskIds is not null && (body.Has("cursor") || body.Has("limit"))) body.Reject("task_ids", "goes without limit and cursor");
    }
}

/// <summary>What became of an act on many tasks.</summary>
public sealed record BulkResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The same in the details of the events of all its tasks.</summary>
    public required string BulkId { get; init; }

    /// <summary>The act.</summary>
    [OneOf(nameof(WordLists.BulkAct))]
    public required string Act { get; init; }

    /// <summary>Tasks that were found.</summary>
    public required int Matched { get; init; }

    /// <summary>Those that were changed.</summary>
    public required int Changed { get; init; }

    /// <summary>Those that were as they should be already.</summary>
    public required int Unchanged { get; init; }

    /// <summary>Those that stay as they are, each with the reason.</summary>
    public required IReadOnlyList<BulkRefused> Refused { get; init; }

    /// <summary>More tasks may match: send the same request with this as cursor. Null = these were all.</summary>
    public required string? NextCursor { get; init; }

    /// <summary>Nothing was changed: this is what would be; left out where it was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool DryRun { get; init; }

    internal static BulkResponse From(BulkOrder order, int matched, int changed, IReadOnlyList<BulkRefusal> refused, string? nextCursor) => new()
    {
        BulkId = order.BulkId,
        Act = EnumWords<BulkAct>.Of(order.Act),
        Matched = matched,
        Changed = changed,
        Unchanged = matched - changed - refused.Count,
        Refused = [.. refused.Select(static task => new BulkRefused { TaskId = task.TaskId, Reason = task.Reason, Message = task.Message })],
        NextCursor = nextCursor,
    };
}

/// <summary>A task that stays as it is.</summary>
public sealed record BulkRefused
{
    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>Why, in a word: wrong_phase, version_changed (it has changed since it was found), invalid_field, unknown or
    /// unavailable.</summary>
    public required string Reason { get; init; }

    /// <summary>The same in a sentence.</summary>
    public required string Message { get; init; }
}
