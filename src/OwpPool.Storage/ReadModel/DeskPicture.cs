namespace OwpPool.Storage.ReadModel;

/// <summary>What waits for a maintainer, as of one instant. States are UTF-8 JSON.</summary>
public sealed record DeskPicture
{
    /// <summary>Under review, the longest first; not those whose worker says that they are merged.</summary>
    public required DeskRows Reviews { get; init; }

    /// <summary>Merged by their worker's word alone: first those under review, the longest first, then those that count as merged, the
    /// oldest first.</summary>
    public required DeskRows Merges { get; init; }

    /// <summary>Blocked, the longest first.</summary>
    public required DeskRows Blocked { get; init; }

    /// <summary>Out of attempts, the latest first.</summary>
    public required DeskRows DeadLetters { get; init; }

    /// <summary>Workers whose last three or more leases failed or were lost, in no particular order.</summary>
    public required IReadOnlyList<byte[]> FailingWorkers { get; init; }

    /// <summary>Repos that are paused or have no budget left while tasks wait; those with the most waiting first.</summary>
    public required IReadOnlyList<DeskRepoRow> Repos { get; init; }
}

/// <summary>The head of a list of tasks.</summary>
/// <param name="Total">How many there are, counted up to <see cref="PoolReadModel.MaxLookedAt"/>.</param>
/// <param name="Items">The first of them.</param>
public sealed record DeskRows(int Total, IReadOnlyList<byte[]> Items);

/// <summary>A repo that gives nothing out while tasks wait.</summary>
/// <param name="Name">As first written.</param>
/// <param name="Paused">By its maintainers.</param>
/// <param name="MaxOpenPrs">Its budget.</param>
/// <param name="Reserved">Tasks that count against it.</param>
/// <param name="UnderReview">Those of them that are under review.</param>
/// <param name="Ready">Tasks that wait.</param>
public sealed record DeskRepoRow(string Name, bool Paused, int MaxOpenPrs, long Reserved, long UnderReview, long Ready);
