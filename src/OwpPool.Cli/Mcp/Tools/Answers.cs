using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary>What every tool's structured answer has.</summary>
internal abstract record ToolAnswer
{
    /// <summary>What the agent must know before it goes on, such as a lease that it lost meanwhile.</summary>
    [JsonPropertyOrder(1)]
    public IReadOnlyList<string> Notices { get; set; } = [];
}

/// <summary>A task that the agent holds. Lease id and token are kept here: an agent would only garble them.</summary>
internal sealed record HeldTask
{
    public required string TaskId { get; init; }

    public required string Repo { get; init; }

    public required string Title { get; init; }

    public required string Description { get; init; }

    public required string Status { get; init; }

    public required string? Area { get; init; }

    public required int EstimatePoints { get; init; }

    public required int Priority { get; init; }

    public required IReadOnlyList<string> RequiredSkills { get; init; }

    public required int Attempt { get; init; }

    public required DateTimeOffset LeaseExpiresAt { get; init; }

    public required string Resource { get; init; }

    public static HeldTask From(LeaseView lease) => new()
    {
        TaskId = lease.TaskId,
        Repo = lease.Repo,
        Title = lease.Title,
        Description = lease.Description ?? "",
        Status = lease.Status ?? "leased",
        Area = lease.Area,
        EstimatePoints = lease.EstimatePoints,
        Priority = lease.Priority,
        RequiredSkills = lease.RequiredSkills,
        Attempt = lease.Attempt,
        LeaseExpiresAt = lease.LeaseExpiresAt,
        Resource = TaskResource.UriOf(lease.TaskId),
    };
}

/// <summary>All that the agent holds, and what of it is new.</summary>
internal sealed record WorkAnswer : ToolAnswer
{
    public required IReadOnlyList<HeldTask> Leases { get; init; }

    public required IReadOnlyList<string> NewTaskIds { get; init; }

    /// <summary>When to ask again; null where something new came.</summary>
    public required int? RetryAfterSeconds { get; init; }
}

/// <summary>Where a task stands after what the agent said of it.</summary>
internal sealed record ReportAnswer : ToolAnswer
{
    public required string TaskId { get; init; }

    public required string Status { get; init; }

    /// <summary>End of the lease, unless it is renewed; null = there is none any more.</summary>
    public required DateTimeOffset? LeaseExpiresAt { get; init; }
}

/// <summary>A task in full.</summary>
internal sealed record DetailsAnswer : ToolAnswer
{
    public required string TaskId { get; init; }

    public required string Repo { get; init; }

    public required string Title { get; init; }

    public required string Description { get; init; }

    public required string Status { get; init; }

    /// <summary>Whether the agent may work on it now.</summary>
    public required bool IsHeld { get; init; }

    public required string? Area { get; init; }

    public required int Tier { get; init; }

    public required int EstimatePoints { get; init; }

    public required int Priority { get; init; }

    public required IReadOnlyList<string> RequiredSkills { get; init; }

    public required IReadOnlyList<string> DependsOn { get; init; }

    public required DateTimeOffset? LeaseExpiresAt { get; init; }

    /// <summary>The agent's own last report; null = it made none on this lease.</summary>
    public required string? Message { get; init; }

    public required string? PrUrl { get; init; }

    public required IReadOnlyList<EarlierAttempt> EarlierAttempts { get; init; }
}

/// <summary>How an earlier lease of a task ended.</summary>
/// <param name="EndedAt">When.</param>
/// <param name="Outcome">The pool's word for it.</param>
/// <param name="Reason">In one line; null = nothing was said, or by a worker that the pool does not trust.</param>
/// <param name="SaidBy">Who said the reason, one of <see cref="Speakers"/>; null = there is none.</param>
internal sealed record EarlierAttempt(DateTimeOffset EndedAt, string Outcome, string? Reason, string? SaidBy);

/// <summary>Why there is no work.</summary>
internal sealed record ExplainAnswer : ToolAnswer
{
    public required string Message { get; init; }

    /// <summary>Whether the pool gives the agent new work at all.</summary>
    public required bool Available { get; init; }

    public required int FreePoints { get; init; }

    public required int FreeSlots { get; init; }

    public required IReadOnlyList<RepoExplanation> Repos { get; init; }

    public required TaskExplanation? Task { get; init; }
}

/// <summary>Who the agent is in the pool, and what it holds.</summary>
internal sealed record LeasesAnswer : ToolAnswer
{
    public required string WorkerId { get; init; }

    public required string Name { get; init; }

    public required string Status { get; init; }

    public required bool PausedByAdmin { get; init; }

    public required int PointsUsed { get; init; }

    public required int CapacityPoints { get; init; }

    public required int MaxConcurrentTasks { get; init; }

    public required IReadOnlyList<HeldTask> Leases { get; init; }

    /// <summary>What was lost in this session.</summary>
    public required IReadOnlyList<LostTask> Lost { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(JsonObject))]
[JsonSerializable(typeof(WorkAnswer))]
[JsonSerializable(typeof(ReportAnswer))]
[JsonSerializable(typeof(DetailsAnswer))]
[JsonSerializable(typeof(ExplainAnswer))]
[JsonSerializable(typeof(LeasesAnswer))]
internal sealed partial class McpToolJson : JsonSerializerContext;
