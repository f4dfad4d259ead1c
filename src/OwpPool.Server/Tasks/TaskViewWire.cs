using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Storage.EventLog;

namespace OwpPool.Server.Tasks;

/// <summary>A task in a list.</summary>
public record TaskItem
{
    /// <summary>Its id.</summary>
    public required string TaskId { get; init; }

    /// <summary>Its repo.</summary>
    public required string Repo { get; init; }

    /// <summary>What to do, in one line.</summary>
    public required string Title { get; init; }

    /// <summary>Where it stands: ready, offered, leased, in_progress, blocked, pr_opened, merged, cancelled or dead_letter.</summary>
    [OneOf(nameof(WordLists.TaskStatus))]
    public required string Status { get; init; }

    /// <summary>Since when it stands there.</summary>
    public required DateTimeOffset StatusSince { get; init; }

    /// <summary>0 to 1000, higher first.</summary>
    public required int Priority { get; init; }

    /// <summary>1 to 100.</summary>
    public required int EstimatePoints { get; init; }

    /// <summary>What a worker must know; none = anyone.</summary>
    public required IReadOnlyList<string> RequiredSkills { get; init; }

    /// <summary>Part of the repo that it locks; null = none.</summary>
    public required string? Area { get; init; }

    /// <summary>0 to 3.</summary>
    public required int Tier { get; init; }

    /// <summary>Its id in the tracker that it comes from.</summary>
    public required string? ExternalId { get; init; }

    /// <summary>Who has it, or did it; null while nobody has.</summary>
    public required string? WorkerId { get; init; }

    /// <summary>That worker's name. Left out where nobody has the task, in answers to changes, and in a worker's own list of tasks.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WorkerName { get; init; }

    /// <summary>End of the lease; null when none runs.</summary>
    public required DateTimeOffset? LeaseExpiresAt { get; init; }

    /// <summary>Leases that counted as failed attempts.</summary>
    public required int AttemptCount { get; init; }

    /// <summary>Its pull request.</summary>
    public required string? PrUrl { get; init; }

    /// <summary>Nobody gets it before this instant: what a maintainer set, or the rest after an attempt; null = now.</summary>
    public required DateTimeOffset? EligibleAt { get; init; }

    /// <summary>The tasks that it depends on and that were cancelled or are dead letters: nobody gets it until a maintainer changes its
    /// depends_on, or revives them. Empty unless it is ready.</summary>
    public required IReadOnlyList<DeadDependency> DeadDependencies { get; init; }

    /// <summary>Only with sort=next: why it would not be given out now, if all before it were, as one of explain's reasons; left out = it
    /// would.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    [OneOf(nameof(WordLists.NoWorkReason))]
    public string? WaitsFor { get; init; }

    /// <summary>When it was added.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Its version, which every change raises; quoted, it is the ETag.</summary>
    public required long Version { get; init; }

    /// <summary>The same with its worker's name.</summary>
    internal TaskItem WithNames(IReadOnlyDictionary<string, string> names) =>
        WorkerId is null ? this : this with { WorkerName = names.GetValueOrDefault(WorkerId) };

    internal static TaskItem From(TaskState task, IReadOnlyList<DeadDependency> deadDependencies) => new()
    {
        TaskId = task.TaskId,
        Repo = task.RepoName,
        Title = task.Title,
        Status = task.Phase.Wire(),
        StatusSince = task.PhaseAt,
        Priority = task.Priority,
        EstimatePoints = task.EstimatePoints,
        RequiredSkills = task.RequiredSkills,
        Area = task.Area,
        Tier = task.Tier,
        ExternalId = task.ExternalId,
        WorkerId = task.WorkerId,
        LeaseExpiresAt = task.Lease?.ExpiresAt,
        AttemptCount = task.Attempts,
        PrUrl = task.Artifact.PrUrl,
        EligibleAt = task.EligibleAt,
        DeadDependencies = deadDependencies,
        CreatedAt = task.CreatedAt,
        UpdatedAt = task.Events is [.., var last] ? last.At : task.PhaseAt,
        Version = task.Version,
    };
}

/// <summary>One task with all that is known of it.</summary>
public sealed record TaskResponse : TaskItem
{
    [SetsRequiredMembers]
    internal TaskResponse(TaskState task, IEnumerable<PoolEvent> timeline, ForeignWords words, IReadOnlyDictionary<string, string> names,
        IReadOnlyList<DeadDependency> deadDependencies)
        : base(From(task, deadDependencies).WithNames(names))
    {
        Description = task.Description;
        DependsOn = task.DependsOn;
        ReadyAt = task.ReadyAt;
        NotBefore = task.NotBefore;
        Message = task.Message;
        Artifact = new ArtifactView
        {
            PrUrl = task.Artifact.PrUrl,
            CommitSha = task.Artifact.CommitSha,
            PatchUrl = task.Artifact.PatchUrl,
            Extra = task.Artifact.Extra is { } extra
                ? ToJson(extra).EnumerateObject().ToDictionary(static field => field.Name, static field => field.Value, StringComparer.Ordinal) : null,
        };
        ConfirmedBy = task.ConfirmedBy;
        ReviewConfirmedBy = task.ReviewConfirmedBy;
        ReviewUntil = task.ReviewUntil;
        MergeReportedAt = task.MergeReportedAt;
        Lease = task.Lease is null ? null : new RunningLease
        {
            LeaseId = task.Lease.LeaseId,
            FencingToken = task.Token,
            GrantedAt = task.Lease.GrantedAt,
            LeaseExpiresAt = task.Lease.ExpiresAt,
            LeaseTtlSeconds = task.Lease.TtlSeconds,
        };
        Attempts = [.. task.History.Select(attempt => new PastLease
        {
            WorkerId = attempt.WorkerId,
            WorkerName = names.GetValueOrDefault(attempt.WorkerId),
            LeaseId = attempt.LeaseId,
            FencingToken = attempt.Token,
            GrantedAt = attempt.GrantedAt,
            EndedAt = attempt.EndedAt,
            Outcome = EnumWords<AttemptOutcome>.Of(attempt.Outcome),
            Counted = RequeuePolicy.Counts(attempt.Outcome),
            Reason = words.Of(attempt),
            TrustTier = words.TrustOf(attempt.WorkerId) is { } trust ? EnumWords<TrustTier>.Of(trust) : null,
        })];
        Timeline = [.. timeline.Select(past => new TimelineEvent
        {
            Seq = past.Seq,
            At = past.At,
            Type = past.Type,
            Actor = past.Actor,
            Details = words.Of(past, ToJson(past.Details)),
        })];
    }

    /// <summary>What to do.</summary>
    [JsonPropertyOrder(1)]
    public required string Description { get; init; }

    /// <summary>Tasks that must be merged first.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyList<string> DependsOn { get; init; }

    /// <summary>Since when it counts as waiting; with the priority it decides its place.</summary>
    [JsonPropertyOrder(1)]
    public required DateTimeOffset ReadyAt { get; init; }

    /// <summary>What a maintainer set; null = nothing.</summary>
    [JsonPropertyOrder(1)]
    public required DateTimeOffset? NotBefore { get; init; }

    /// <summary>The holder's last words.</summary>
    [JsonPropertyOrder(1)]
    public required string? Message { get; init; }

    /// <summary>What the work produced.</summary>
    [JsonPropertyOrder(1)]
    public required ArtifactView Artifact { get; init; }

    /// <summary>Who confirmed the merge: maintainer or github; null = nobody but the worker.</summary>
    [JsonPropertyOrder(1)]
    public required string? ConfirmedBy { get; init; }

    /// <summary>Who has seen the pull request besides its worker: maintainer or github; null while nobody has.</summary>
    [JsonPropertyOrder(1)]
    public required string? ReviewConfirmedBy { get; init; }

    /// <summary>When a review that nobody but its worker has seen ends by itself; null = it does not.</summary>
    [JsonPropertyOrder(1)]
    public required DateTimeOffset? ReviewUntil { get; init; }

    /// <summary>When the worker said that it is merged, where a maintainer or GitHub must confirm it; null = it has not.</summary>
    [JsonPropertyOrder(1)]
    public required DateTimeOffset? MergeReportedAt { get; init; }

    /// <summary>The lease that runs; null = none.</summary>
    [JsonPropertyOrder(1)]
    public required RunningLease? Lease { get; init; }

    /// <summary>Past leases, oldest first: all that counted, and the latest of the others.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyList<PastLease> Attempts { get; init; }

    /// <summary>What happened to it, oldest first; the latest 500 events.</summary>
    [JsonPropertyOrder(1)]
    public required IReadOnlyList<TimelineEvent> Timeline { get; init; }

    private static JsonElement ToJson(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}

/// <summary>What the work produced.</summary>
public sealed record ArtifactView
{
    /// <summary>Address of the pull request.</summary>
    public required string? PrUrl { get; init; }

    /// <summary>Commit.</summary>
    public required string? CommitSha { get; init; }

    /// <summary>Address of a patch.</summary>
    public required string? PatchUrl { get; init; }

    /// <summary>Whatever else the worker sent, an object.</summary>
    public required IReadOnlyDictionary<string, JsonElement>? Extra { get; init; }
}

/// <summary>A lease that runs.</summary>
public sealed record RunningLease
{
    /// <summary>Its id.</summary>
    public required string LeaseId { get; init; }

    /// <summary>The number that its holder's reports carry.</summary>
    public required long FencingToken { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset GrantedAt { get; init; }

    /// <summary>From this instant on it is over.</summary>
    public required DateTimeOffset LeaseExpiresAt { get; init; }

    /// <summary>Length of a grant or renewal.</summary>
    public required int LeaseTtlSeconds { get; init; }
}

/// <summary>Something that happened to a task.</summary>
public sealed record TimelineEvent
{
    /// <summary>Its number in the event log.</summary>
    public required long Seq { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What, for example task.leased.</summary>
    public required string Type { get; init; }

    /// <summary>A worker's id, admin or system.</summary>
    public required string Actor { get; init; }

    /// <summary>Field to text.</summary>
    public required JsonElement Details { get; init; }
}
