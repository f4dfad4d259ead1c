using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>A task in a list.</summary>
public sealed record TaskSummary : TaskFields
{
    /// <summary>Its pull request.</summary>
    public string? PrUrl { get; init; }
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

    /// <summary>Has an id that begins so, <c>t_</c> and at least four characters.</summary>
    public string? IdPrefix { get; init; }

    /// <summary>Has this in its title or external id, in any case.</summary>
    public string? Text { get; init; }

    /// <summary>Of this tier, 0..3.</summary>
    public int? Tier { get; init; }

    /// <summary>-created, created, -priority or -updated; null = -created, the newest first.</summary>
    public string? Sort { get; init; }

    internal QueryPath ToPath() => new QueryPath("v1/tasks").With("repo", Repo).With("status", Statuses).With("area", Area)
        .With("skill", Skill).With("worker_id", WorkerId).With("id_prefix", IdPrefix).With("q", Text).With("tier", Tier).With("sort", Sort);
}
