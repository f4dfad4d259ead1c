namespace OwpPool.Storage.ReadModel;

/// <summary>The whole pool in numbers, at one instant.</summary>
/// <param name="Repos">Every registered repo, by key.</param>
/// <param name="WorkersOnline">Workers that are neither offline nor revoked.</param>
/// <param name="WorkersOffline">All others.</param>
public sealed record PoolState(IReadOnlyList<RepoPoolState> Repos, long WorkersOnline, long WorkersOffline);
