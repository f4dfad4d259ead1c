namespace OwpPool.Server.Admin;

/// <summary>The pool in numbers, from what is committed.</summary>
public sealed record StateResponse
{
    /// <summary>Workers that are not offline.</summary>
    public required long WorkersOnline { get; init; }

    /// <summary>The same as tasks_ready.</summary>
    public required long TasksQueued { get; init; }

    /// <summary>Tasks that are in_progress.</summary>
    public required long TasksInProgress { get; init; }

    /// <summary>Each repo with its review budget.</summary>
    public required IReadOnlyList<RepositoryState> Repositories { get; init; }

    /// <summary>Tasks that wait for a worker.</summary>
    public required long TasksReady { get; init; }

    /// <summary>Tasks that are offered to a worker.</summary>
    public required long TasksOffered { get; init; }

    /// <summary>Tasks that are handed out and not begun.</summary>
    public required long TasksLeased { get; init; }

    /// <summary>Tasks under review.</summary>
    public required long TasksPrOpened { get; init; }

    /// <summary>Tasks whose worker waits for something.</summary>
    public required long TasksBlocked { get; init; }

    /// <summary>Tasks that are done.</summary>
    public required long TasksMerged { get; init; }

    /// <summary>Those of them that are merged by their worker's word alone.</summary>
    public required long TasksMergedUnconfirmed { get; init; }

    /// <summary>Tasks that are out of attempts.</summary>
    public required long TasksDeadLetter { get; init; }
}

/// <summary>A repo's review budget.</summary>
public sealed record RepositoryState
{
    /// <summary>Its key.</summary>
    public required string Repo { get; init; }

    /// <summary>The budget.</summary>
    public required int MaxOpenPrs { get; init; }

    /// <summary>Tasks under review.</summary>
    public required long CurrentOpenPrs { get; init; }

    /// <summary>Tasks that count against the budget: handed out or under review.</summary>
    public required long Reserved { get; init; }
}
