using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using OwpPool.Core.Repos;
using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Repos;

/// <summary>A repo's settings. Those left out stay as they are; null is the default.</summary>
public record RepoSettingsRequest
{
    /// <summary>The review budget: how many of its tasks may be handed out or under review at once; 0 = none.</summary>
    [Range(0, 100), DefaultValue(3)]
    public int? MaxOpenPrs { get; init; }

    /// <summary>Whether one task at a time works in an area; default true.</summary>
    [DefaultValue(true)]
    public bool? AreaLocksEnabled { get; init; }

    /// <summary>Until when a task locks its area: pr_opened (default) or merged.</summary>
    [OneOf(nameof(WordLists.AreaLockUntil))]
    public string? AreaLockUntil { get; init; }

    /// <summary>The highest tier that workers of each trust may take.</summary>
    public RepoTrustRequest? Trust { get; init; }

    /// <summary>Whose word merges: worker, maintainer or github. Default: github in a new repo <c>owner/name</c> of a pool that GitHub
    /// tells of pull requests, else worker.</summary>
    [OneOf(nameof(WordLists.MergeAuthority))]
    public string? MergeAuthority { get; init; }

    /// <summary>Other repos that its tasks' pull requests may be in, owner/name or host/owner/name; default none.</summary>
    [MaxLength(MostPrRepos)]
    public IReadOnlyList<string>? PrRepos { get; init; }

    /// <summary>How long a lease of its tasks runs, outside Development at least 30; default: the pool's setting.</summary>
    [Range(1, 86_400)]
    public int? LeaseTtlSeconds { get; init; }

    /// <summary>Attempts before a task is put aside; default: the pool's setting.</summary>
    [Range(1, 100)]
    public int? MaxAttempts { get; init; }

    /// <summary>A paused repo hands out nothing and takes nothing away.</summary>
    [DefaultValue(false)]
    public bool? Paused { get; init; }

    internal UpsertRepo ToCommand(string name, string actor) => new()
    {
        Name = name,
        MaxOpenPrs = MaxOpenPrs,
        AreaLocksEnabled = AreaLocksEnabled,
        AreaLockUntil = AreaLockUntil is { } until ? EnumWords<AreaLockUntil>.ByWord[until] : null,
        Trust = Trust?.ToPolicy(),
        MergeAuthority = MergeAuthority is { } authority ? EnumWords<MergeAuthority>.ByWord[authority] : null,
        LeaseTtlSeconds = LeaseTtlSeconds,
        MaxAttempts = MaxAttempts,
        PrRepos = PrRepos,
        Paused = Paused,
        Actor = actor,
        ClearsLeaseTtl = ClearsLeaseTtl,
        ClearsMaxAttempts = ClearsMaxAttempts,
    };

    internal bool ClearsLeaseTtl { get; init; }

    internal bool ClearsMaxAttempts { get; init; }

    internal static RepoSettingsRequest Read(JsonFields body, int minLeaseTtlSeconds) => new()
    {
        MaxOpenPrs = body.Integer("max_open_prs", 0, 100) ?? (body.IsNull("max_open_prs") ? 3 : null),
        AreaLocksEnabled = body.Boolean("area_locks_enabled") ?? (body.IsNull("area_locks_enabled") ? true : null),
        AreaLockUntil = Word<AreaLockUntil>(body, "area_lock_until", "pr_opened"),
        Trust = body.Object("trust") is { } trust ? RepoTrustRequest.Read(trust) : body.IsNull("trust") ? new RepoTrustRequest() : null,
        MergeAuthority = Word<MergeAuthority>(body, "merge_authority", "worker"),
        LeaseTtlSeconds = body.Integer("lease_ttl_seconds", minLeaseTtlSeconds, 86_400),
        MaxAttempts = body.Integer("max_attempts", 1, 100),
        PrRepos = ReadPrRepos(body),
        Paused = body.Boolean("paused") ?? (body.IsNull("paused") ? false : null),
        ClearsLeaseTtl = body.IsNull("lease_ttl_seconds"),
        ClearsMaxAttempts = body.IsNull("max_attempts"),
    };

    private const int MostPrRepos = 20;

    private static IReadOnlyList<string>? ReadPrRepos(JsonFields body)
    {
        if (!body.IsGiven("pr_repos")) return null;
        var repos = body.Lines("pr_repos", MostPrRepos, Names.MaxRepoKeyLength);
        if (repos.FirstOrDefault(repo => !Names.IsRepoPath(repo)) is { } wrong) body.Reject("pr_repos", $"'{wrong}' is not 'owner/name' or 'host/owner/name'");
        return [.. repos.Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static string? Word<T>(JsonFields body, string field, string standard) where T : struct, Enum =>
        body.Choice(field, EnumWords<T>.ByWord) is { } value ? EnumWords<T>.Of(value) : body.IsNull(field) ? standard : null;
}

/// <summary>A repo with its settings.</summary>
public sealed record RepoRequest : RepoSettingsRequest
{
    [SetsRequiredMembers]
    private RepoRequest(RepoSettingsRequest settings, string repo) : base(settings) => Repo = repo;

    /// <summary>Its key, <c>name</c> or <c>owner/name</c>; compared without regard to case.</summary>
    [StringLength(200, MinimumLength = 1)]
    public required string Repo { get; init; }

    internal static new RepoRequest Read(JsonFields body, int minLeaseTtlSeconds) =>
        new(RepoSettingsRequest.Read(body, minLeaseTtlSeconds), RepoNames.Read(body));
}

/// <summary>The highest task tier, 0 to 3, that each trust may take; -1 = nothing. A member left out takes its default.</summary>
public sealed record RepoTrustRequest
{
    /// <summary>Of untrusted workers.</summary>
    [Range(-1, 3), DefaultValue(0)]
    public int Untrusted { get; init; }

    /// <summary>Of new workers.</summary>
    [Range(-1, 3), DefaultValue(1)]
    public int Basic { get; init; } = 1;

    /// <summary>Of trusted workers.</summary>
    [Range(-1, 3), DefaultValue(2)]
    public int Trusted { get; init; } = 2;

    /// <summary>Of maintainers.</summary>
    [Range(-1, 3), DefaultValue(3)]
    public int Maintainer { get; init; } = 3;

    internal TrustPolicy ToPolicy() =>
        new() { Untrusted = Untrusted, Basic = Basic, Trusted = Trusted, Maintainer = Maintainer };

    internal static RepoTrustRequest Read(JsonFields body) => new()
    {
        Untrusted = body.Integer("untrusted", -1, 3) ?? 0,
        Basic = body.Integer("basic", -1, 3) ?? 1,
        Trusted = body.Integer("trusted", -1, 3) ?? 2,
        Maintainer = body.Integer("maintainer", -1, 3) ?? 3,
    };
}

/// <summary>The repo is there.</summary>
public sealed record RepoResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>Its key as first written.</summary>
    public required string Repo { get; init; }
}
