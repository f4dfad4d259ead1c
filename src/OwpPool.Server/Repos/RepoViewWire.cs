using OwpPool.Core.Repos;
using OwpPool.Server.Hosting.Json;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Repos;

/// <summary>A repo in a list.</summary>
public sealed record RepoItem
{
    /// <summary>Its key as first written.</summary>
    public required string Repo { get; init; }

    /// <summary>What its maintainers decided.</summary>
    public required RepoSettingsWire Settings { get; init; }

    /// <summary>Its review budget.</summary>
    public required BudgetWire Budget { get; init; }

    /// <summary>Its tasks by status; a status without tasks is left out.</summary>
    public required IReadOnlyDictionary<string, long> Tasks { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its settings last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>One repo as it stands.</summary>
public sealed record RepoDetail
{
    /// <summary>Its key as first written.</summary>
    public required string Repo { get; init; }

    /// <summary>What its maintainers decided.</summary>
    public required RepoSettingsWire Settings { get; init; }

    /// <summary>Its review budget.</summary>
    public required BudgetWire Budget { get; init; }

    /// <summary>The tasks that use the budget, oldest first.</summary>
    public required IReadOnlyList<HeldTaskWire> Held { get; init; }

    /// <summary>Areas in which nobody else may begin, with who holds them.</summary>
    public required IReadOnlyList<LockedAreaWire> LockedAreas { get; init; }

    /// <summary>What waits.</summary>
    public required BacklogWire Backlog { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When its settings last changed.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }
}

/// <summary>A repo's settings as they are in force.</summary>
public sealed record RepoSettingsWire
{
    /// <summary>The review budget.</summary>
    public required int MaxOpenPrs { get; init; }

    /// <summary>Whether one task at a time works in an area.</summary>
    public required bool AreaLocksEnabled { get; init; }

    /// <summary>pr_opened or merged.</summary>
    [OneOf(nameof(WordLists.AreaLockUntil))]
    public required string AreaLockUntil { get; init; }

    /// <summary>The highest tier that workers of each trust may take.</summary>
    public required RepoTrust Trust { get; init; }

    /// <summary>worker, maintainer or github.</summary>
    [OneOf(nameof(WordLists.MergeAuthority))]
    public required string MergeAuthority { get; init; }

    /// <summary>How long a lease runs.</summary>
    public required int LeaseTtlSeconds { get; init; }

    /// <summary>Attempts before a task is put aside.</summary>
    public required int MaxAttempts { get; init; }

    /// <summary>Nothing is handed out.</summary>
    public required bool Paused { get; init; }

    /// <summary>Other repos that its tasks' pull requests may be in.</summary>
    public required IReadOnlyList<string> PrRepos { get; init; }

    internal static RepoSettingsWire From(RepoSettings settings, int leaseTtlSeconds, int maxAttempts) => new()
    {
        MaxOpenPrs = settings.MaxOpenPrs,
        AreaLocksEnabled = settings.AreaLocksEnabled,
        AreaLockUntil = EnumWords<AreaLockUntil>.Of(settings.AreaLockUntil),
        Trust = new RepoTrust
        {
            Untrusted = settings.Trust.Untrusted,
            Basic = settings.Trust.Basic,
            Trusted = settings.Trust.Trusted,
            Maintainer = settings.Trust.Maintainer,
        },
        MergeAuthority = EnumWords<MergeAuthority>.Of(settings.MergeAuthority),
        LeaseTtlSeconds = settings.LeaseTtlSeconds ?? leaseTtlSeconds,
        MaxAttempts = settings.MaxAttempts ?? maxAttempts,
        Paused = settings.Paused,
        PrRepos = settings.PrRepos,
    };
}

/// <summary>A repo's review budget.</summary>
public sealed record BudgetWire
{
    /// <summary>How many tasks it allows at once.</summary>
    public required int MaxOpenPrs { get; init; }

    /// <summary>How many there are, handed out or under review; more than allowed after the limit was lowered.</summary>
    public required int InUse { get; init; }

    /// <summary>How many more may be handed out.</summary>
    public required int Free { get; init; }

    /// <summary>Those of them that are under review.</summary>
    public required int UnderReview { get; init; }
}

/// <summary>A task that uses the budget.</summary>
public sealed record HeldTaskWire
{
    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>Who has it.</summary>
    public required string WorkerId { get; init; }

    /// <summary>offered, leased, in_progress, blocked or pr_opened.</summary>
    [OneOf(nameof(WordLists.TaskStatus))]
    public required string Status { get; init; }

    /// <summary>Its points.</summary>
    public required int EstimatePoints { get; init; }

    /// <summary>Its area as compared; null = none.</summary>
    public required string? Area { get; init; }

    /// <summary>End of the lease; null under review.</summary>
    public required DateTimeOffset? LeaseExpiresAt { get; init; }
}

/// <summary>An area that a task holds.</summary>
public sealed record LockedAreaWire
{
    /// <summary>The area as compared.</summary>
    public required string Area { get; init; }

    /// <summary>The task that holds it.</summary>
    public required string TaskId { get; init; }

    /// <summary>Who has the task.</summary>
    public required string WorkerId { get; init; }
}

/// <summary>A repo's ready tasks in numbers.</summary>
public sealed record BacklogWire
{
    /// <summary>All of them.</summary>
    public required int Ready { get; init; }

    /// <summary>Those that nothing but budget, areas and workers keeps back.</summary>
    public required int Eligible { get; init; }

    /// <summary>Those whose time has not come.</summary>
    public required int Resting { get; init; }

    /// <summary>Those that wait for other tasks to be merged.</summary>
    public required int WaitingForOthers { get; init; }

    /// <summary>How many of those wait for a task that was cancelled or is a dead letter: nobody gets them until a maintainer changes their
    /// depends_on, or revives that task.</summary>
    public required int DeadEnds { get; init; }

    /// <summary>The first 20 of them. Each task's dead_dependencies say what it waits for.</summary>
    public required IReadOnlyList<string> DeadEndTasks { get; init; }
}

/// <summary>The highest task tier, 0 to 3, that each trust may take; -1 = nothing.</summary>
public sealed record RepoTrust
{
    /// <summary>Of untrusted workers.</summary>
    public required int Untrusted { get; init; }

    /// <summary>Of new workers.</summary>
    public required int Basic { get; init; }

    /// <summary>Of trusted workers.</summary>
    public required int Trusted { get; init; }

    /// <summary>Of maintainers.</summary>
    public required int Maintainer { get; init; }
}
