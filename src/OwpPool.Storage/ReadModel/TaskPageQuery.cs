namespace OwpPool.Storage.ReadModel;

/// <summary>In which order a list of tasks is.</summary>
public enum TaskOrder
{
    /// <summary>The newest first.</summary>
    Newest,

    /// <summary>The oldest first.</summary>
    Oldest,

    /// <summary>High priority first, then the oldest.</summary>
    Priority,

    /// <summary>What changed last first.</summary>
    Updated,

    /// <summary>What has been in its status longest first.</summary>
    Waiting,

    /// <summary>What has failed most often first, the newest of equals.</summary>
    Attempts,
}

/// <summary>One page of tasks: those of a worker, of a repo or of all, in some phases, that pass the filter.</summary>
public sealed record TaskPageQuery
{
    /// <summary>Who has or did them.</summary>
    public string? WorkerId { get; init; }

    /// <summary>The canonical repo key.</summary>
    public string? Repo { get; init; }

    /// <summary>How their ids begin; null = anyhow. What else is asked for is then looked at task by task.</summary>
    public string? IdPrefix { get; init; }

    /// <summary>Wire words; empty = any.</summary>
    public IReadOnlyList<string> Phases { get; init; } = [];

    /// <summary>What no index says.</summary>
    public TaskFilter Filter { get; init; } = TaskFilter.None;

    /// <summary>Default the newest first.</summary>
    public TaskOrder Order { get; init; }

    /// <summary>Where the page before ended; null = the first page.</summary>
    public ListPosition? After { get; init; }

    /// <summary>At most this many tasks.</summary>
    public required int Limit { get; init; }
}

/// <summary>A place in a list: the row at which a page ended, and what it was sorted by.</summary>
/// <param name="Id">The row's number, which never changes.</param>
/// <param name="Key">The value it was sorted by; empty where the number is the order.</param>
public sealed record ListPosition(long Id, string Key);

/// <summary>A page of states as UTF-8 JSON.</summary>
/// <param name="Items">In order. There may be fewer than asked for, even none, although there are more: see <paramref name="Next"/>.</param>
/// <param name="Next">Where to go on; null at the end.</param>
public sealed record ListPage(IReadOnlyList<byte[]> Items, ListPosition? Next);
