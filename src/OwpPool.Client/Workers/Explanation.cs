namespace OwpPool.Client;

/// <summary>Why there is no work, or where there is.</summary>
public sealed record WorkExplanation
{
    /// <summary>The worker.</summary>
    public required string WorkerId { get; init; }

    /// <summary>Whether it takes work at all: online, and paused by nobody.</summary>
    public bool Available { get; init; }

    /// <summary>Points of its capacity that are free.</summary>
    public int FreePoints { get; init; }

    /// <summary>Tasks that it may take beside those it holds.</summary>
    public int FreeSlots { get; init; }

    /// <summary>The answer in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>Every repo with ready tasks; where a task was asked about, its repo.</summary>
    public IReadOnlyList<RepoExplanation> Repos { get => field ?? []; init; }

    /// <summary>Repos that did not answer: nothing is known of their tasks.</summary>
    public IReadOnlyList<string> Unanswered { get => field ?? []; init; }

    /// <summary>The task that was asked about; null where none was.</summary>
    public TaskExplanation? Task { get; init; }
}

/// <summary>What a repo has for the worker.</summary>
public sealed record RepoExplanation
{
    /// <summary>As its maintainers write it.</summary>
    public required string Repo { get; init; }

    /// <summary>Its ready tasks, resting and waiting ones included.</summary>
    public int Ready { get; init; }

    /// <summary>How many of them the worker could lease now.</summary>
    public int Takeable { get; init; }

    /// <summary>Review budget in use.</summary>
    public int BudgetUsed { get; init; }

    /// <summary>Review budget.</summary>
    public int MaxOpenPrs { get; init; }

    /// <summary>Why nothing at all can be taken here, such as <c>repo_paused</c>; null if something could.</summary>
    public string? Nothing { get; init; }

    /// <summary>How many tasks each reason keeps from the worker, by the first that applies.</summary>
    public IReadOnlyDictionary<string, int> Reasons { get => field ?? new Dictionary<string, int>(); init; }
}

/// <summary>What keeps one task from the worker.</summary>
public sealed record TaskExplanation
{
    /// <summary>The task.</summary>
    public required string TaskId { get; init; }

    /// <summary>Where it stands.</summary>
    public required string Phase { get; init; }

    /// <summary>Whether the worker could lease it now.</summary>
    public bool Eligible { get; init; }

    /// <summary>Why not, in one word; null if it could.</summary>
    public string? Reason { get; init; }

    /// <summary>With <c>dependency_dead</c>: the tasks that were cancelled or are dead letters, as far as the worker may see them.</summary>
    public IReadOnlyList<string> DeadDependencies { get => field ?? []; init; }
}
