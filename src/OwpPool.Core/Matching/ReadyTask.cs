using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;

namespace OwpPool.Core.Matching;

/// <summary>A ready task as the backlog keeps it: only what matching needs, since there may be a million.</summary>
public sealed class ReadyTask
{
    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>0..1000.</summary>
    public required int Priority { get; init; }

    /// <summary>Since when it waits.</summary>
    public required DateTimeOffset ReadyAt { get; init; }

    /// <summary>Not before this; null = now.</summary>
    public DateTimeOffset? EligibleAt { get; init; }

    /// <summary>What decides who may take it.</summary>
    public required TaskShape Shape { get; init; }

    /// <summary>The area as compared; null = none.</summary>
    public string? AreaKey { get; init; }

    /// <summary>What must be merged first; empty once the task has been granted: the first lease found all of it merged.</summary>
    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>The fencing token of its latest grant.</summary>
    public required long Token { get; init; }

    /// <summary>The task's version that says so; 0 where it was not read.</summary>
    public long Version { get; init; }

    /// <summary>Who has failed, lost or released it, the latest time of each.</summary>
    public IReadOnlyList<LateHolder> LateHolders { get; init; } = [];

    /// <summary>The picture of a task that is ready.</summary>
    public static ReadyTask From(TaskState state) => new()
    {
        TaskId = state.TaskId,
        Priority = state.Priority,
        ReadyAt = state.ReadyAt,
        EligibleAt = state.EligibleAt,
        Shape = ShapeOf(state.RequiredSkills, state.Tier, state.EstimatePoints),
        AreaKey = state.AreaKey,
        DependsOn = state.Token > 0 ? [] : state.DependsOn,
        Token = state.Token,
        Version = state.Version,
        LateHolders = LateHolder.Of(state.History),
    };

    /// <summary>The shape that a task of these requirements has.</summary>
    public static TaskShape ShapeOf(IEnumerable<string> requiredSkills, int tier, int points) => new()
    {
        Skills = [.. requiredSkills.Select(Names.CanonicalSkill).Where(skill => skill.Length > 0).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)],
        Tier = tier,
        Points = points,
    };
}
