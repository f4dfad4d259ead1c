using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Tasks;

/// <summary>A phase to set.</summary>
public sealed record ForceStatusRequest
{
    /// <summary>ready, pr_opened, merged, cancelled or dead_letter.</summary>
    [OneOf(nameof(WordLists.ForcedStatus))]
    public required string Status { get; init; }

    /// <summary>Why; kept in the audit log.</summary>
    [StringLength(500, MinimumLength = 1)]
    public required string Reason { get; init; }

    internal static ForceStatusRequest Read(JsonFields body) => new()
    {
        Status = body.RequiredWord("status", WordLists.ForcedStatus.Words),
        Reason = body.RequiredLine("reason", 500),
    };
}

/// <summary>The work is good. The body may be left out.</summary>
public sealed record AcceptRequest
{
    /// <summary>How good, 1 to 5; counts for the worker's avg_pr_quality.</summary>
    [Range(1, 5)]
    public int? Rating { get; init; }

    /// <summary>A word on it; kept in the audit log.</summary>
    [StringLength(500)]
    public string? Reason { get; init; }

    internal static AcceptRequest Read(JsonFields body) => new() { Rating = body.Integer("rating", 1, 5), Reason = body.Line("reason", 500) };
}

/// <summary>The work is not good.</summary>
public sealed record RejectRequest
{
    /// <summary>Why; kept in the audit log, and its worker reads it there.</summary>
    [StringLength(500, MinimumLength = 1)]
    public required string Reason { get; init; }

    /// <summary>in_progress: its worker is to change it. ready: the pull request is closed, and another worker may try.</summary>
    [OneOf(nameof(WordLists.RejectionTarget))]
    public required string To { get; init; }

    internal static RejectRequest Read(JsonFields body) => new()
    {
        Reason = body.RequiredLine("reason", 500),
        To = body.RequiredWord("to", WordLists.RejectionTarget.Words),
    };
}

/// <summary>A place among the ready tasks of the repo: one of position and before.</summary>
public sealed record PositionRequest
{
    internal static readonly string[] Ends = ["front", "back"];

    /// <summary>front or back.</summary>
    [OneOf(nameof(WordLists.QueueEnd))]
    public string? Position { get; init; }

    /// <summary>The ready task that it shall come right before.</summary>
    [StringLength(Ids.MaxLength)]
    public string? Before { get; init; }

    /// <summary>Why; kept in the audit log.</summary>
    [StringLength(500)]
    public string? Reason { get; init; }

    internal TaskPosition ToPosition() =>
        Before is not null ? TaskPosition.Before : Position == Ends[0] ? TaskPosition.Front : TaskPosition.Back;

    internal static PositionRequest Read(JsonFields body) => new()
    {
        Position = body.Has("position") ? body.RequiredWord("position", WordLists.QueueEnd.Words) : null,
        Before = body.Id("before", Ids.Task),
        Reason = body.Line("reason", 500),
    };
}

/// <summary>The task where it now stands.</summary>
public sealed record PositionResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>How many ready tasks of its repo come before it.</summary>
    public required int Ahead { get; init; }

    /// <summary>Its priority now.</summary>
    public required int Priority { get; init; }

    /// <summary>Since when it now counts as waiting.</summary>
    public required DateTimeOffset ReadyAt { get; init; }
}

/// <summary>What to change of a task. Members left out stay as they are; null is the default of a new task.</summary>
public sealed record EditTaskRequest
{
    /// <summary>What to do, in one line.</summary>
    [StringLength(300, MinimumLength = 1)]
    public string? Title { get; init; }

    /// <summary>What to do; at most 64 KiB.</summary>
    [StringLength(65_536)]
    public string? Description { get; init; }

    /// <summary>How much it weighs against a worker's capacity.</summary>
    [Range(1, 100), DefaultValue(1)]
    public int? EstimatePoints { get; init; }

    /// <summary>Higher comes first.</summary>
    [Range(0, 1000), DefaultValue(10)]
    public int? Priority { get; init; }

    /// <summary>What a worker must know; none = anyone may take it.</summary>
    [MaxLength(50)]
    public IReadOnlyList<string>? RequiredSkills { get; init; }

    /// <summary>Part of the repo that it locks; blank = none.</summary>
    [StringLength(120)]
    public string? Area { get; init; }

    /// <summary>How much trust it asks for.</summary>
    [Range(0, 3), DefaultValue(0)]
    public int? Tier { get; init; }

    /// <summary>Nobody gets it before this instant.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Ids of tasks that must be merged first.</summary>
    [MaxLength(100)]
    public IReadOnlyList<string>? DependsOn { get; init; }

    internal bool ClearsNotBefore { get; init; }

    internal TaskPatch ToPatch() => new()
    {
        Title = Title,
        Description = Description,
        EstimatePoints = EstimatePoints,
        Priority = Priority,
        RequiredSkills = RequiredSkills,
        Area = Area,
        Tier = Tier,
        NotBefore = NotBefore,
        ClearsNotBefore = ClearsNotBefore,
        DependsOn = DependsOn,
    };

    internal static EditTaskRequest Read(JsonFields body) => new()
    {
        Title = body.IsGiven("title") ? body.RequiredLine("title", 300) : null,
        Description = body.Document("description", 64 * 1024) ?? (body.IsNull("description") ? "" : null),
        EstimatePoints = body.Integer("estimate_points", 1, 100) ?? (body.IsNull("estimate_points") ? 1 : null),
        Priority = body.Integer("priority", 0, 1000) ?? (body.IsNull("priority") ? 10 : null),
        RequiredSkills = body.IsGiven("required_skills") ? body.Lines("required_skills", 50, 64) : null,
        Area = body.IsGiven("area") ? body.Line("area", 120) ?? "" : null,
        Tier = body.Integer("tier", 0, 3) ?? (body.IsNull("tier") ? 0 : null),
        NotBefore = body.Instant("not_before"),
        ClearsNotBefore = body.IsNull("not_before"),
        DependsOn = body.IsGiven("depends_on") ? body.IdList("depends_on", 100, Ids.Task) : null,
    };
}
