namespace OwpPool.Grains.Directory;

/// <summary>Collects the repos' summaries for all silos. Keeps nothing: the repos publish again when they wake.</summary>
[GrainType(GrainNames.Directory)]
public sealed class PoolDirectoryGrain(IGrainContext context, TimeProvider clock) : Grain(context), IPoolDirectoryGrain
{
    private readonly Dictionary<string, (RepoSupply Supply, long Version)> _supplies = new(StringComparer.Ordinal);

    // Starts at the clock, so that versions go on growing when the directory moves to another silo.
    private long _version = clock.GetUtcNow().ToUnixTimeMilliseconds() << 20;

    /// <inheritdoc />
    public Task PublishAsync(RepoSupply supply)
    {
        ArgumentNullException.ThrowIfNull(supply);
        _supplies[supply.Repo] = (supply, ++_version);
        return Task.CompletedTask;
    }

    /// <inheritdoc />
    public Task<DirectoryPicture> GetAsync(long knownVersion) => Task.FromResult(new DirectoryPicture(
        _version, [.. _supplies.Values.Where(item => item.Version > knownVersion).Select(item => item.Supply)]));
}
