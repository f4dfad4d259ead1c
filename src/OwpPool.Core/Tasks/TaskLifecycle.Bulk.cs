using System.Collections.Immutable;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Tasks;

/// <summary>Acts on many tasks at once: each by its own rules, and only as the maintainer saw it.</summary>
public static partial class TaskLifecycle
{
    /// <summary>The detail in which an event names the bulk act that it belongs to.</summary>
    public const string BulkIdDetail = "bulk_id";

    private static Decision<TaskState> DecideInBulk(TaskState state, TaskCommand.InBulk bulk, DateTimeOffset now)
    {
        if (state.Version != bulk.ExpectedVersion)
        {
            // A repeat finds its own effect.
            return state.Events is [var last, ..] && last.Details.GetValueOrDefault(BulkIdDetail) == bulk.BulkId
                ? Decision<TaskState>.Unchanged()
                : Refuse(Refusal.Conflict(RefusalReason.VersionChanged, "The task has changed since it was found.",
                    "Look at it again, and repeat the act where it is still wanted."));
        }
        var decision = Decide(state, bulk.Act, now);
        return decision.Next is { } next
            ? Decision<TaskState>.Change(next with { Events = [.. next.Events.Select(audit => audit with { Details = Marked(audit.Details, bulk) })] })
            : decision;
    }

    private static ImmutableSortedDictionary<string, string?> Marked(ImmutableSortedDictionary<string, string?> details, TaskCommand.InBulk bulk)
    {
        var marked = details.SetItem(BulkIdDetail, bulk.BulkId);
        return bulk.Reason is { Length: > 0 } reason && !marked.ContainsKey("reason") ? marked.SetItem("reason", reason) : marked;
    }
}
