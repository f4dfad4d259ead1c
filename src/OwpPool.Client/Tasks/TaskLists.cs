using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>A task in a list.</summary>
public sealed record TaskSummary
{
    /// <summary>Prefix <c>t_</c>.</summary>
    public required string TaskId { get; init; }

    /// <summary>As its maintainers write it.</summary>
    public required string Repo { get; init; }

    /// <summary>What to do, in one line.</summary>
    public required string Title { get; init; }

    /// <summary>ready, offered, leased, in_progress, blocked, pr_opened, merged, cancelled or dead_letter.</summary>
    public required string Status { get; init; }

    /// <summary>Since when it stands there.</summary>
    public DateTimeOffset StatusSince { get; init; }

    /// <summary>0..1000, higher first.</summary>
    public int Priority { get; init; }

    /// <summary>1..100.</summary>
    public int EstimatePoints { get; init; }

    /// <summary>What it takes; none = anyone can.</summary>
    public IReadOnlyList<string> RequiredSkills { get => field ?? []; init; }

    /// <summary>The part of the repo that it locks; null = none.</summary>
    public string? Area { get; init; }

    /// <summary>0..3.</summary>
    public int Tier { get; init; }

    /// <summary>Its id in the tracker that it comes from.</summary>
    public string? ExternalId { get; init; }

    /// <summary>Who has it, or did it; null while nobody has.</summary>
    public string? WorkerId { get; init; }

    /// <summary>End of the lease; null when none runs.</summary>
    public DateTimeOffset? LeaseExpiresAt { get; init; }

    /// <summary>Leases that counted as failed attempts.</summary>
    public int AttemptCount { get; init; }

    /// <summary>Its pull request.</summary>
    public string? PrUrl { get; init; }

    /// <summary>Nobody gets it before this instant; null = now.</summary>
    public DateTimeOffset? EligibleAt { get; init; }

    /// <summary>When it was added.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Raised by every change; what a change is meant for.</summary>
    public long Version { get; init; }
}

/// <summary>Which tasks to list: all that is given must hold.</summary>
public sealed record TaskQuery
{
    /// <summary>Of this repo.</summary>
    public string? Repo { get; init; }

    /// <summary>In one of these phases; none = in any.</summary>
    public IReadOnlyList<string> Statuses { get; init; } = [];

    /// <summary>In this area, compared as area locks are.</summary>
    public string? Area { get; init; }

    /// <summary>Requires this skill.</summary>
    public string? Skill { get; init; }

    /// <summary>Held or done by this worker.</summary>
    public string? WorkerId { get; init; }

    /// <summary>Has this in its title or external id, in any case.</summary>
    public string? Text { get; init; }

    /// <summary>Of this tier, 0..3.</summary>
    public int? Tier { get; init; }

    /// <summary>-created, created, -priority or -updated; null = -created, the newest first.</summary>
    public string? Sort { get; init; }

    internal QueryPath ToPath() => new QueryPath("v1/tasks").With("repo", Repo).With("status", Statuses).With("area", Area)
        .With("skill", Skill).With("worker_id", WorkerId).With("q", Text).With("tier", Tier).With("sort", Sort);
}
