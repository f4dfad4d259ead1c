namespace OwpPool.Client;

/// <summary>The pool in numbers.</summary>
public sealed record PoolState
{
    /// <summary>The whole pool hands out nothing.</summary>
    public bool Paused { get; init; }

    /// <summary>Heard of lately.</summary>
    public int WorkersOnline { get; init; }

    /// <summary>Wait for a worker.</summary>
    public int TasksQueued { get; init; }

    /// <summary>Are worked on.</summary>
    public int TasksInProgress { get; init; }

    /// <summary>Every repo.</summary>
    public IReadOnlyList<RepoUsage> Repositories { get => field ?? []; init; }

    /// <summary>In phase ready.</summary>
    public int TasksReady { get; init; }

    /// <summary>In phase leased.</summary>
    public int TasksLeased { get; init; }

    /// <summary>In phase pr_opened.</summary>
    public int TasksPrOpened { get; init; }

    /// <summary>In phase blocked.</summary>
    public int TasksBlocked { get; init; }

    /// <summary>Done.</summary>
    public int TasksMerged { get; init; }

    /// <summary>Those of them that are merged by their worker's word alone.</summary>
    public int TasksMergedUnconfirmed { get; init; }

    /// <summary>Given up.</summary>
    public int TasksDeadLetter { get; init; }
}

/// <summary>A repo's review budget.</summary>
/// <param name="Repo">As its maintainers write it.</param>
/// <param name="MaxOpenPrs">The budget.</param>
/// <param name="CurrentOpenPrs">Tasks under review.</param>
/// <param name="Reserved">Tasks that count against the budget.</param>
public sealed record RepoUsage(string Repo, int MaxOpenPrs, int CurrentOpenPrs, int Reserved);
