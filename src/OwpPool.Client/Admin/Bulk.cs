using System.Text.Json.Nodes;

namespace OwpPool.Client;

/// <summary>One act on many tasks: those that a query finds, or those of a list.</summary>
/// <param name="Act">requeue, cancel, edit or accept.</param>
public sealed record BulkRequest(string Act)
{
    /// <summary>Which tasks; its order is not looked at. Instead of <see cref="TaskIds"/>.</summary>
    public TaskQuery? Filter { get; init; }

    /// <summary>Every task of the pool; instead of a query that finds some.</summary>
    public bool All { get; init; }

    /// <summary>These tasks, up to 1,000.</summary>
    public IReadOnlyList<string>? TaskIds { get; init; }

    /// <summary>Up to 500 characters; kept in the audit log. Required for requeue and cancel.</summary>
    public string? Reason { get; init; }

    /// <summary>What an edit changes.</summary>
    public TaskPatch? Changes { get; init; }

    /// <summary>How good accepted work is, 1..5; null = not said.</summary>
    public int? Rating { get; init; }

    /// <summary>Only tell what would be.</summary>
    public bool DryRun { get; init; }

    /// <summary>Tasks of this call, 1..1,000; null = 1,000.</summary>
    public int? Limit { get; init; }

    /// <summary>Where the call before ended; null = from the oldest task on.</summary>
    public string? Cursor { get; init; }

    internal JsonObject ToJson()
    {
        var json = new JsonObject { ["act"] = Act };
        if (TaskIds is not null) json["task_ids"] = new JsonArray([.. TaskIds.Select(id => JsonValue.Create(id))]);
        else json["filter"] = All ? new JsonObject { ["all"] = true } : (Filter ?? new TaskQuery()).ToFilter();
        if (Reason is not null) json["reason"] = Reason;
        if (Changes is not null) json["changes"] = Changes.ToJson();
        if (Rating is not null) json["rating"] = Rating;
        if (DryRun) json["dry_run"] = true;
        if (Limit is not null) json["limit"] = Limit;
        if (Cursor is not null) json["cursor"] = Cursor;
        return json;
    }
}

/// <summary>What became of an act on many tasks.</summary>
public sealed record BulkReply
{
    /// <summary>The same in the events of all its tasks.</summary>
    public string BulkId { get => field ?? ""; init; }

    /// <summary>Tasks that were found.</summary>
    public int Matched { get; init; }

    /// <summary>Those that were changed.</summary>
    public int Changed { get; init; }

    /// <summary>Those that were as they should be already.</summary>
    public int Unchanged { get; init; }

    /// <summary>Those that stay as they are.</summary>
    public IReadOnlyList<BulkRefused> Refused { get => field ?? []; init; }

    /// <summary>More tasks may match; null = these were all.</summary>
    public string? NextCursor { get; init; }

    /// <summary>Nothing was changed: this is what would be.</summary>
    public bool DryRun { get; init; }

    /// <summary>This and the reply to the call that went on from it.</summary>
    public BulkReply Plus(BulkReply next)
    {
        ArgumentNullException.ThrowIfNull(next);
        return next with
        {
            Matched = Matched + next.Matched,
            Changed = Changed + next.Changed,
            Unchanged = Unchanged + next.Unchanged,
            Refused = [.. Refused, .. next.Refused],
        };
    }
}

/// <summary>A task that stays as it is.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="Reason">Why, in a word.</param>
/// <param name="Message">The same in a sentence.</param>
public sealed record BulkRefused(string TaskId, string Reason, string Message);
