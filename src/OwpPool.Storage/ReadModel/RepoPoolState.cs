namespace OwpPool.Storage.ReadModel;

/// <summary>One repo in numbers.</summary>
/// <param name="Repo">The canonical key.</param>
/// <param name="Name">As first written.</param>
/// <param name="Phases">Number of tasks by phase; a phase without tasks is missing.</param>
public sealed record RepoPoolState(string Repo, string Name, int MaxOpenPrs, bool Paused, IReadOnlyDictionary<string, long> Phases)
{
    /// <summary>The number of tasks in the phase.</summary>
    public long Count(string phase) => Phases.GetValueOrDefault(phase);
}
