using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Tasks;

/// <summary>What a worker can say of a task. The last two are the words of older clients.</summary>
public enum ReportedStatus
{
    /// <summary>Work goes on.</summary>
    InProgress,

    /// <summary>Work waits for something.</summary>
    Blocked,

    /// <summary>A pull request is open.</summary>
    PrOpened,

    /// <summary>It is merged.</summary>
    Merged,

    /// <summary>With a pull request the same as pr_opened, else as merged.</summary>
    Completed,

    /// <summary>The task is given back and the attempt counts.</summary>
    Failed,
}

/// <summary>Where the work on a task stands.</summary>
public sealed record StatusRequest
{
    /// <summary>The largest number that every JSON reader holds exactly.</summary>
    internal const long MaxToken = 9_007_199_254_740_991;

    /// <summary>in_progress, blocked, pr_opened or merged; of older clients also completed and failed.</summary>
    [OneOf(nameof(WordLists.ReportedStatus))]
    public required string Status { get; init; }

    /// <summary>A word on it.</summary>
    [StringLength(4000)]
    public string? Message { get; init; }

    /// <summary>What the work produced. What is left out stays as it was.</summary>
    public ArtifactWire? Artifact { get; init; }

    /// <summary>The same as artifact.pr_url, of older clients; artifact.pr_url wins.</summary>
    [StringLength(2000)]
    public string? PrUrl { get; init; }

    /// <summary>The lease; if given, it must be the latest.</summary>
    public string? LeaseId { get; init; }

    /// <summary>The lease's token; if given, it must be the latest.</summary>
    [Range(0L, MaxToken)]
    public long? FencingToken { get; init; }

    internal ReportedStatus ToStatus() => EnumWords<ReportedStatus>.ByWord[Status];

    internal static StatusRequest Read(JsonFields body, ArtifactRules rules)
    {
        var flat = rules.PullRequest(body, "pr_url");
        var artifact = body.Object("artifact") is { } fields ? ArtifactWire.Read(fields, rules) : null;
        return new StatusRequest
        {
            Status = body.RequiredWord("status", WordLists.ReportedStatus.Words),
            Message = body.FreeText("message", 4000),
            Artifact = flat is not null && artifact?.PrUrl is null ? (artifact ?? new ArtifactWire()) with { PrUrl = flat } : artifact,
            LeaseId = body.Id("lease_id", Ids.Lease),
            FencingToken = body.Long("fencing_token", 0, MaxToken),
            PrUrlField = artifact?.PrUrl is null ? "pr_url" : "artifact.pr_url",
        };
    }

    /// <summary>Where the address of the pull request stands, for errors about it.</summary>
    internal string PrUrlField { get; private init; } = "pr_url";
}

/// <summary>What the work produced.</summary>
public sealed record ArtifactWire
{
    /// <summary>The pull request: https, on a host that the pool allows.</summary>
    [StringLength(2000)]
    public string? PrUrl { get; init; }

    /// <summary>7 to 64 hexadecimal digits.</summary>
    [StringLength(64, MinimumLength = 7)]
    public string? CommitSha { get; init; }

    /// <summary>A patch: https.</summary>
    [StringLength(2000)]
    public string? PatchUrl { get; init; }

    /// <summary>Anything else, at most 16 KiB.</summary>
    [Description("Anything else, as an object of at most 16 KiB.")]
    public System.Text.Json.Nodes.JsonObject? Extra { get; init; }

    /// <summary>The extra object as it was sent.</summary>
    [JsonIgnore]
    public string? ExtraText { get; init; }

    internal static ArtifactWire Read(JsonFields body, ArtifactRules rules) => new()
    {
        PrUrl = rules.PullRequest(body, "pr_url"),
        CommitSha = ArtifactRules.Commit(body, "commit_sha"),
        PatchUrl = ArtifactRules.Patch(body, "patch_url"),
        ExtraText = body.RawObject("extra", 16 * 1024),
    };
}

/// <summary>The report was taken.</summary>
public sealed record StatusResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>Where it stands now.</summary>
    [OneOf(nameof(WordLists.TaskStatus))]
    public required string Status { get; init; }

    /// <summary>End of the lease; left out when none runs.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? LeaseExpiresAt { get; init; }

    /// <summary>How far the task has come, as it is told.</summary>
    public static StatusResponse From(TaskProgress progress) => new()
    {
        TaskId = progress.TaskId,
        Status = progress.Phase.Wire(),
        LeaseExpiresAt = progress.LeaseExpiresAt,
    };
}

/// <summary>A new task.</summary>
public sealed record CreateTaskRequest
{
    /// <summary>Its repo, which must exist.</summary>
    [StringLength(200, MinimumLength = 1)]
    public required string Repo { get; init; }

    /// <summary>What to do, in one line.</summary>
    [StringLength(300, MinimumLength = 1)]
    public required string Title { get; init; }

    /// <summary>What to do; at most 64 KiB.</summary>
    [StringLength(65_536)]
    public string Description { get; init; } = "";

    /// <summary>How much it weighs against a worker's capacity.</summary>
    [Range(1, 100), DefaultValue(1)]
    public int EstimatePoints { get; init; } = 1;

    /// <summary>Higher comes first.</summary>
    [Range(0, 1000), DefaultValue(10)]
    public int Priority { get; init; } = 10;

    /// <summary>What a worker must know; none = anyone may take it.</summary>
    [MaxLength(50)]
    public IReadOnlyList<string> RequiredSkills { get; init; } = [];

    /// <summary>Part of the repo that it locks; blank = none.</summary>
    [StringLength(120)]
    public string? Area { get; init; }

    /// <summary>How much trust it asks for.</summary>
    [Range(0, 3), DefaultValue(0)]
    public int Tier { get; init; }

    /// <summary>Nobody gets it before this instant.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>Ids of tasks that must be merged first.</summary>
    [MaxLength(100)]
    public IReadOnlyList<string> DependsOn { get; init; } = [];

    /// <summary>Its id in the tracker that it comes from: the same again in the repo finds the first task.</summary>
    [StringLength(200)]
    public string? ExternalId { get; init; }

    /// <summary>What was said of it, for a task that is there already; null = nothing of it is to be changed.</summary>
    internal EditTaskRequest? Given { get; init; }

    internal TaskSpec ToSpec() => new()
    {
        Title = Title,
        Description = Description,
        EstimatePoints = EstimatePoints,
        Priority = Priority,
        RequiredSkills = RequiredSkills,
        Area = Area,
        Tier = Tier,
        NotBefore = NotBefore,
        DependsOn = DependsOn,
        ExternalId = ExternalId,
    };

    /// <summary>One of many, some of which may be there already.</summary>
    internal static CreateTaskRequest ReadForBatch(JsonFields body) => Read(body) with { Given = EditTaskRequest.Read(body.Again()) };

    internal static CreateTaskRequest Read(JsonFields body) => new()
    {
        Repo = Repos.RepoNames.Read(body),
        Title = body.RequiredLine("title", 300),
        Description = body.Document("description", 64 * 1024) ?? "",
        EstimatePoints = body.Integer("estimate_points", 1, 100) ?? 1,
        Priority = body.Integer("priority", 0, 1000) ?? 10,
        RequiredSkills = body.Lines("required_skills", 50, 64),
        Area = body.Line("area", 120),
        Tier = body.Integer("tier", 0, 3) ?? 0,
        NotBefore = body.Instant("not_before"),
        DependsOn = body.IdList("depends_on", 100, Ids.Task),
        ExternalId = body.Line("external_id", 200),
    };
}

/// <summary>The task is there.</summary>
public sealed record CreateTaskResponse
{
    /// <summary>Always true.</summary>
    public bool Ok { get; init; } = true;

    /// <summary>Its id.</summary>
    public required string TaskId { get; init; }
}
