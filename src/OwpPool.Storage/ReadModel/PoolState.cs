namespace OwpPool.Storage.ReadModel;

/// <summary>The whole pool in numbers, at one instant.</summary>
/// <param name="Repos">Every registered repo, by key.</param>
/// <param name="WorkersOnline">Workers that are neither offline nor revoked.</param>
/// <param name="WorkersOffline">All others.</param>
/// <param name="MergedUnconfirmed">Tasks that are merged by their worker's word alone.</param>
public sealed record PoolState(IReadOnlyList<RepoPoolState> Repos, long WorkersOnline, long WorkersOffline, long MergedUnconfirmed);
