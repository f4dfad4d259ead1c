using System.Diagnostics.CodeAnalysis;
using OwpPool.Core.Shared;

namespace OwpPool.Core.Tasks;

/// <summary>What of a task may be changed when. Its words and its priority: until it is merged or cancelled. What decides who gets it:
/// only while nobody has it, for its holder took it by that. Its dependencies: until the first lease, which found them all merged.</summary>
public static partial class TaskLifecycle
{
    private static readonly string[] AnyTime = ["title", "description", "priority"];

    /// <summary>What an edit would change of a task as it is now, and why it would be refused. Changes nothing.</summary>
    public static EditPreview PreviewEdit(TaskState state, TaskPatch patch, DateTimeOffset now)
    {
        var changes = Differences(state, Patched(state, patch, now));
        return new EditPreview([.. changes.Select(static change => change.Field)], changes.Count == 0 ? null : WhyNotNow(state, changes));
    }

    private static Decision<TaskState> Edit(TaskState state, TaskCommand.Edit edit, DateTimeOffset now)
    {
        var next = Patched(state, edit.Patch, now);
        var changes = Differences(state, next);
        // A repeat finds its own effect; that the version has moved is that effect.
        if (changes.Count == 0) return Decision<TaskState>.Unchanged();
        if (edit.ExpectedVersion is { } expected && expected != state.Version)
        {
            return Refuse(Refusal.Conflict(RefusalReason.VersionChanged, $"The task is at version {state.Version}, not {expected}.",
                "Get the task again, look at what changed, and send the change with its new ETag."));
        }
        if (WhyNotNow(state, changes) is { } refusal) return Refuse(refusal);
        var details = changes.SelectMany(change => new[] { ($"{change.Field}_before", change.Before), (change.Field, change.After) }).ToArray();
        return Change(next, now, "task.edited", edit.Actor, details);
    }

    private static Refusal? WhyNotNow(TaskState state, List<FieldChange> changes)
    {
        if (state.Phase is TaskPhase.Merged or TaskPhase.Cancelled)
            return OnlyWhen(state, "A task that is done or withdrawn is not changed any more.");
        if (state.Phase is not (TaskPhase.Ready or TaskPhase.DeadLetter)
            && changes.Find(change => !AnyTime.Contains(change.Field)) is { Field: { } held })
        {
            return OnlyWhen(state, $"'{held}' is changed only while no worker has the task: it decides who may take it.") with
            {
                Field = held,
                Suggestion = "Requeue the task first, or wait until it is ready again.",
            };
        }
        if (state.Token > 0 && changes.Exists(change => change.Field == "depends_on"))
        {
            return OnlyWhen(state, "'depends_on' is changed only before the first lease, which begins when all of them are merged.") with
            {
                Field = "depends_on",
                Suggestion = "Set not_before instead, or cancel the task and add another.",
            };
        }
        return null;
    }

    private static TaskState Patched(TaskState state, TaskPatch patch, DateTimeOffset now)
    {
        var next = state with
        {
            Title = patch.Title ?? state.Title,
            Description = patch.Description ?? state.Description,
            EstimatePoints = patch.EstimatePoints ?? state.EstimatePoints,
            Priority = patch.Priority ?? state.Priority,
            RequiredSkills = patch.RequiredSkills is { } skills ? Names.DistinctSkills(skills) : state.RequiredSkills,
            Tier = patch.Tier ?? state.Tier,
            DependsOn = patch.DependsOn is { } needs ? [.. needs.Distinct(StringComparer.Ordinal)] : state.DependsOn,
        };
        if (patch.Area is { } area)
            next = next with { Area = string.IsNullOrWhiteSpace(area) ? null : area.Trim(), AreaKey = Names.CanonicalArea(area) };
        return patch.NotBefore is null && !patch.ClearsNotBefore ? next : Rescheduled(next, patch.NotBefore, now);
    }

    /// <summary>A later beginning puts off since when it waits, as in a new task. An earlier one ends no backoff.</summary>
    private static TaskState Rescheduled(TaskState state, DateTimeOffset? notBefore, DateTimeOffset now)
    {
        if (state.NotBefore == notBefore) return state;
        var later = notBefore > now;
        var rest = state.EligibleAt == state.NotBefore ? null : state.EligibleAt;
        return state with
        {
            NotBefore = notBefore,
            EligibleAt = later && !(rest > notBefore) ? notBefore : rest,
            ReadyAt = later ? notBefore!.Value : state.ReadyAt > now ? now : state.ReadyAt,
        };
    }

    private static List<FieldChange> Differences(TaskState before, TaskState after)
    {
        var changes = new List<FieldChange>();
        Compare("title", before.Title, after.Title);
        Compare("description", before.Description, after.Description);
        Compare("estimate_points", Number(before.EstimatePoints), Number(after.EstimatePoints));
        Compare("priority", Number(before.Priority), Number(after.Priority));
        Compare("required_skills", string.Join(", ", before.RequiredSkills), string.Join(", ", after.RequiredSkills));
        Compare("area", before.Area, after.Area);
        Compare("tier", Number(before.Tier), Number(after.Tier));
        Compare("not_before", TextOf(before.NotBefore), TextOf(after.NotBefore));
        Compare("depends_on", string.Join(' ', before.DependsOn), string.Join(' ', after.DependsOn));
        return changes;

        void Compare(string field, string? old, string? value)
        {
            if (old != value) changes.Add(new FieldChange(field, old, value));
        }
    }

    [return: NotNullIfNotNull(nameof(instant))]
    private static string? TextOf(DateTimeOffset? instant) => instant is { } value ? Instants.Text(value) : null;

    private readonly record struct FieldChange(string Field, string? Before, string? After);
}
