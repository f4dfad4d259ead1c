using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>A task in a list.</summary>
public sealed record TaskSummary : TaskFields
{
    /// <summary>Its pull request.</summary>
    public string? PrUrl { get; init; }

    /// <summary>In the order of hand-out: why it would not be given out now, if all before it were; null = it would.</summary>
    public string? WaitsFor { get; init; }
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

    /// <summary>Whether somebody besides the worker has confirmed the merge, or seen the review; null = either.</summary>
    public bool? Confirmed { get; init; }

    /// <summary>Whether its worker says that it is merged and nobody else has confirmed that; null = either.</summary>
    public bool? MergeReported { get; init; }

    /// <summary>Has failed or been lost at least this often; null = however often.</summary>
    public int? MinAttempts { get; init; }

    /// <summary>-created, created, -priority, -updated, status_since, -attempts or next (ready tasks in the order of hand-out); null = -created, the newest first.</summary>
    public string? Sort { get; init; }

    internal System.Text.Json.Nodes.JsonObject ToFilter()
    {
        var filter = new System.Text.Json.Nodes.JsonObject();
        if (Repo is not null) filter["repo"] = Repo;
        if (Statuses.Count > 0) filter["status"] = string.Join(',', Statuses);
        if (Area is not null) filter["area"] = Area;
        if (Skill is not null) filter["skill"] = Skill;
        if (WorkerId is not null) filter["worker_id"] = WorkerId;
        // The pool refuses it: a filter that was dropped would find more.
        if (IdPrefix is not null) filter["id_prefix"] = IdPrefix;
        if (Text is not null) filter["q"] = Text;
        if (Tier is not null) filter["tier"] = Tier;
        if (Confirmed is not null) filter["confirmed"] = Confirmed;
        if (MergeReported is not null) filter["merge_reported"] = MergeReported;
        if (MinAttempts is not null) filter["min_attempts"] = MinAttempts;
        return filter;
    }

    internal QueryPath ToPath() => new QueryPath("v1/tasks").With("repo", Repo).With("status", Statuses).With("area", Area)
        .With("skill", Skill).With("worker_id", WorkerId).With("id_prefix", IdPrefix).With("q", Text).With("tier", Tier)
        .With("confirmed", Confirmed).With("merge_reported", MergeReported).With("min_attempts", MinAttempts).With("sort", Sort);
}
