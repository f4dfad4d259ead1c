namespace OwpPool.Client;

/// <summary>A task to add. What is null is left to the server's default.</summary>
/// <param name="Repo">A repo that is registered.</param>
/// <param name="Title">1..300 characters.</param>
public sealed record TaskRequest(string Repo, string Title)
{
    /// <summary>Up to 64 KiB.</summary>
    public string? Description { get; init; }

    /// <summary>1..100.</summary>
    public int? EstimatePoints { get; init; }

    /// <summary>0..1000, higher first.</summary>
    public int? Priority { get; init; }

    /// <summary>Up to 50.</summary>
    public IReadOnlyList<string>? RequiredSkills { get; init; }

    /// <summary>Up to 120 characters.</summary>
    public string? Area { get; init; }

    /// <summary>0..3.</summary>
    public int? Tier { get; init; }

    /// <summary>Nobody gets it before.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Ids of tasks that must be merged first.</summary>
    public IReadOnlyList<string>? DependsOn { get; init; }

    /// <summary>The caller's own name for the task, unique in the repo: adding it again finds the first. Up to 200 characters.</summary>
    public string? ExternalId { get; init; }
}

/// <summary>The task is there.</summary>
/// <param name="TaskId">Prefix <c>t_</c>.</param>
/// <param name="IsNew">False where a task with this external id was there already; it is as it was.</param>
public sealed record AddedTask(string TaskId, bool IsNew);

internal sealed record TaskAnswer(bool Ok, string TaskId);
