using System.ComponentModel.DataAnnotations;
using OwpPool.Core.Shared;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Storage.ReadModel;

namespace OwpPool.Server.Tasks;

/// <summary>Which tasks: all of it holds.</summary>
public sealed record TaskSelection
{
    internal const int MaxArea = 120;
    internal const int MaxSkill = 64;
    internal const int MaxText = 200;
    internal const int MaxAttempts = 10_000;

    private static readonly string[] Members =
        ["repo", "status", "area", "skill", "worker_id", "q", "tier", "confirmed", "merge_reported", "min_attempts"];

    /// <summary>Of this repo.</summary>
    [StringLength(Names.MaxRepoKeyLength)]
    public string? Repo { get; init; }

    /// <summary>In one of these states.</summary>
    [MaxLength(9), OneOf(nameof(WordLists.TaskStatus))]
    public IReadOnlyList<string>? Status { get; init; }

    /// <summary>In this area, compared as area locks are.</summary>
    [StringLength(MaxArea)]
    public string? Area { get; init; }

    /// <summary>Requires this skill.</summary>
    [StringLength(MaxSkill)]
    public string? Skill { get; init; }

    /// <summary>Held or done by this worker.</summary>
    [StringLength(Ids.MaxLength)]
    public string? WorkerId { get; init; }

    /// <summary>Has this in its title or external id, in any case.</summary>
    [StringLength(MaxText)]
    public string? Q { get; init; }

    /// <summary>Of this tier.</summary>
    [Range(0, 3)]
    public int? Tier { get; init; }

    /// <summary>Merged and confirmed, or under review and seen, by somebody besides its worker.</summary>
    public bool? Confirmed { get; init; }

    /// <summary>Its worker says that it is merged, and nobody else has confirmed that.</summary>
    public bool? MergeReported { get; init; }

    /// <summary>Has failed or been lost at least this often.</summary>
    [Range(0, MaxAttempts)]
    public int? MinAttempts { get; init; }

    /// <summary>true: every task of the pool. Instead of the others.</summary>
    public bool All { get; init; }

    /// <summary>The beginning of its id; only for lists.</summary>
    internal string? IdPrefix { get; init; }

    internal TaskPageQuery ToQuery(TaskOrder order)
    {
        var repo = Repo is null ? null : Names.CanonicalRepo(Repo);
        IReadOnlyList<string> phases = [.. (Status ?? []).Order(StringComparer.Ordinal)];
        return new TaskPageQuery
        {
            Repo = WorkerId is null ? repo : null,
            WorkerId = WorkerId,
            Phases = phases,
            IdPrefix = IdPrefix,
            Filter = new TaskFilter
            {
                Skill = Skill is null ? null : Names.CanonicalSkill(Skill),
                AreaKey = Names.CanonicalArea(Area),
                Tier = Tier,
                Confirmed = Confirmed,
                MergeReported = MergeReported,
                MinAttempts = MinAttempts,
                Text = Q,
                // The index of a worker's tasks does not know their repos, and that of ids knows nothing else.
                Repo = WorkerId is null && IdPrefix is null ? null : repo,
                WorkerId = IdPrefix is null ? null : WorkerId,
                Phases = IdPrefix is null || phases.Count == 0 ? null : string.Join(',', phases),
            },
            Order = order,
            Limit = 0,
        };
    }

    internal static TaskSelection Read(JsonFields fields)
    {
        fields.RejectUnknown([.. Members, "all"]);
        var filter = new TaskSelection
        {
            Repo = Given(fields, "repo", Names.MaxRepoKeyLength),
            Status = fields.Has("status") ? fields.Words("status", WordLists.TaskStatus.Words) : null,
            Area = Given(fields, "area", MaxArea),
            Skill = Given(fields, "skill", MaxSkill),
            WorkerId = fields.Id("worker_id", Ids.Worker),
            Q = Given(fields, "q", MaxText),
            Tier = fields.Integer("tier", 0, 3),
            Confirmed = fields.Boolean("confirmed"),
            MergeReported = fields.Boolean("merge_reported"),
            MinAttempts = fields.Integer("min_attempts", 0, MaxAttempts),
            All = fields.Boolean("all") ?? false,
        };
        if (filter.Status is [] && fields.IsFaultless) fields.Reject("status", "must name at least one status");
        if (filter.Repo is { Length: > 0 } repo && !Names.IsRepoKey(repo)) fields.Reject("repo", "must be 'name' or 'owner/name'");
        if (filter.Area is { Length: > 0 } area && Names.CanonicalArea(area) is null) fields.Reject("area", "must name an area");
        if (filter.All == Array.Exists(Members, fields.Has)) fields.Reject("all", "name at least one filter, or say all: true for every task of the pool");
        return filter;
    }

    /// <summary>A filter that is there says something: a blank one would find every task.</summary>
    private static string? Given(JsonFields fields, string name, int maxLength) =>
        fields.Has(name) ? fields.RequiredLine(name, maxLength) : null;
}
