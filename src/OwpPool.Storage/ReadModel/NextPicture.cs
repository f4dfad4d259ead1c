namespace OwpPool.Storage.ReadModel;

/// <summary>Everything that decides in which order ready tasks are given out, as of one instant.</summary>
public sealed record NextPicture
{
    /// <summary>All ready tasks of the repos.</summary>
    public required IReadOnlyList<NextRow> Tasks { get; init; }

    /// <summary>The state of each repo, as UTF-8 JSON, and what holds its budget, by canonical key.</summary>
    public required IReadOnlyDictionary<string, (byte[] State, IReadOnlyList<HeldTaskRow> Held)> Repos { get; init; }

    /// <summary>Those of the tasks that others depend on that are merged.</summary>
    public required IReadOnlySet<string> Merged { get; init; }
}

/// <summary>A ready task.</summary>
/// <param name="Id">Its row.</param>
/// <param name="Repo">Canonical key.</param>
/// <param name="Task">What matching knows of it.</param>
/// <param name="Passes">Whether the list's filter lets it pass.</param>
public readonly record struct NextRow(long Id, string Repo, BacklogRow Task, bool Passes);
