using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace OwpPool.Client;

/// <summary>A repo in a list.</summary>
public sealed record RepoSummary
{
    /// <summary>As its maintainers first wrote it.</summary>
    public required string Repo { get; init; }

    /// <summary>What its maintainers decided.</summary>
    public RepoSettings Settings { get => field ?? new(); init; }

    /// <summary>Its review budget.</summary>
    public RepoBudget Budget { get => field ?? new(); init; }

    /// <summary>Its tasks by status; a status without tasks is left out.</summary>
    public IReadOnlyDictionary<string, long> Tasks { get => field ?? new Dictionary<string, long>(); init; }

    /// <summary>When it was registered.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its settings last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>One repo as it stands.</summary>
public sealed record RepoDetails
{
    /// <summary>As its maintainers first wrote it.</summary>
    public required string Repo { get; init; }

    /// <summary>What its maintainers decided.</summary>
    public RepoSettings Settings { get => field ?? new(); init; }

    /// <summary>Its review budget.</summary>
    public RepoBudget Budget { get => field ?? new(); init; }

    /// <summary>The tasks that use the budget, oldest first.</summary>
    public IReadOnlyList<HeldTask> Held { get => field ?? []; init; }

    /// <summary>Areas in which nobody else may begin.</summary>
    public IReadOnlyList<LockedArea> LockedAreas { get => field ?? []; init; }

    /// <summary>What waits.</summary>
    public RepoBacklog Backlog { get => field ?? new(0, 0, 0, 0); init; }

    /// <summary>When it was registered.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its settings last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>A repo's settings as they are in force.</summary>
public sealed record RepoSettings
{
    /// <summary>The review budget.</summary>
    public int MaxOpenPrs { get; init; }

    /// <summary>One task at a time in each area.</summary>
    public bool AreaLocksEnabled { get; init; }

    /// <summary><c>pr_opened</c> or <c>merged</c>.</summary>
    public string AreaLockUntil { get => field ?? ""; init; }

    /// <summary>The highest tier for each trust.</summary>
    public TrustLevels Trust { get => field ?? new(); init; }

    /// <summary><c>worker</c>, <c>maintainer</c> or <c>github</c>.</summary>
    public string MergeAuthority { get => field ?? ""; init; }

    /// <summary>Length of a lease.</summary>
    public int LeaseTtlSeconds { get; init; }

    /// <summary>Counted attempts before a task is a dead letter.</summary>
    public int MaxAttempts { get; init; }

    /// <summary>Nothing is handed out.</summary>
    public bool Paused { get; init; }

    /// <summary>Other repos that its tasks' pull requests may be in.</summary>
    public IReadOnlyList<string> PrRepos { get => field ?? []; init; }
}

/// <summary>A repo's review budget.</summary>
public sealed record RepoBudget
{
    /// <summary>How many tasks it allows at once.</summary>
    public int MaxOpenPrs { get; init; }

    /// <summary>How many there are, handed out or under review; more than allowed after the limit was lowered.</summary>
    public int InUse { get; init; }

    /// <summary>How many more may be handed out.</summary>
    public int Free { get; init; }

    /// <summary>Those that are under review.</summary>
    public int UnderReview { get; init; }
}

/// <summary>A task that uses the budget.</summary>
/// <param name="TaskId">The task.</param>
/// <param name="WorkerId">Who has it.</param>
/// <param name="Status">offered, leased, in_progress, blocked or pr_opened.</param>
/// <param name="EstimatePoints">1..100.</param>
/// <param name="Area">As compared; null = none.</param>
/// <param name="LeaseExpiresAt">Null under review.</param>
public sealed record HeldTask(
    string TaskId, string WorkerId, string Status, int EstimatePoints, string? Area, DateTimeOffset? LeaseExpiresAt);

/// <summary>An area that a task holds.</summary>
/// <param name="Area">As compared.</param>
/// <param name="TaskId">The task.</param>
/// <param name="WorkerId">Who has it.</param>
public sealed record LockedArea(string Area, string TaskId, string WorkerId);

/// <summary>A repo's ready tasks in numbers.</summary>
/// <param name="Ready">All of them.</param>
/// <param name="Eligible">Those that nothing but budget, areas and workers keeps back.</param>
/// <param name="Resting">Those whose time has not come.</param>
/// <param name="WaitingForOthers">Those that wait for other tasks to be merged.</param>
public sealed record RepoBacklog(int Ready, int Eligible, int Resting, int WaitingForOthers)
{
    /// <summary>How many of those wait for a task that was cancelled or is a dead letter.</summary>
    public int DeadEnds { get; init; }

    /// <summary>The first 20 of them.</summary>
    public IReadOnlyList<string> DeadEndTasks { get => field ?? []; init; }
}

/// <summary>What to change of a repo. What is null stays as it is.</summary>
public sealed record RepoPatch
{
    /// <summary>0..100; 0 = no assignments.</summary>
    public int? MaxOpenPrs { get; init; }

    /// <summary>One task at a time in each area.</summary>
    public bool? AreaLocksEnabled { get; init; }

    /// <summary><c>pr_opened</c> or <c>merged</c>.</summary>
    public string? AreaLockUntil { get; init; }

    /// <summary>The highest tier for each trust; one that is null is put to its default.</summary>
    public TrustLevels? Trust { get; init; }

    /// <summary><c>worker</c>, <c>maintainer</c> or <c>github</c>.</summary>
    public string? MergeAuthority { get; init; }

    /// <summary>Length of a lease.</summary>
    public int? LeaseTtlSeconds { get; init; }

    /// <summary>1..100.</summary>
    public int? MaxAttempts { get; init; }

    /// <summary>A paused repo grants nothing.</summary>
    public bool? Paused { get; init; }

    /// <summary>Other repos that its tasks' pull requests may be in, <c>owner/name</c> or <c>host/owner/name</c>.</summary>
    public IReadOnlyList<string>? PrRepos { get; init; }

    /// <summary>Names of settings, as on the wire, that are put back to their defaults.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Resets { get; init; } = [];

    internal JsonObject ToJson()
    {
        var json = JsonSerializer.SerializeToNode(this, PoolJson.Default.RepoPatch)!.AsObject();
        foreach (var name in Resets) json[name] = null;
        return json;
    }
}
