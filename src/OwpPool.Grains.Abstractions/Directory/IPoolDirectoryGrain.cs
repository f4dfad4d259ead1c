using OwpPool.Core.Matching;
using OwpPool.Core.Repos;

namespace OwpPool.Grains;

/// <summary>Where work is: a summary of each repo, for ranking and for waking long polls. Hints only; the repos decide.</summary>
[Alias("owp.IPoolDirectoryGrain")]
public interface IPoolDirectoryGrain : IGrainWithStringKey
{
    /// <summary>A repo's summary as it is now.</summary>
    [Alias("Publish")]
    Task PublishAsync(RepoSupply supply);

    /// <summary>The summaries that came after <paramref name="knownVersion"/> (0 = all).</summary>
    [Alias("Get")]
    Task<DirectoryPicture> GetAsync(long knownVersion);
}

/// <summary>What a repo could lease now.</summary>
[GenerateSerializer, Immutable, Alias("owp.repo-supply")]
public sealed record RepoSupply
{
    /// <summary>Canonical key.</summary>
    [Id(0)] public required string Repo { get; init; }

    /// <summary>Free review budget; 0 while paused.</summary>
    [Id(1)] public required int Room { get; init; }

    /// <summary>What workers of each trust may take.</summary>
    [Id(2)] public required TrustPolicy Trust { get; init; }

    /// <summary>Shapes of tasks, best rank first: all of them on the repo's own silo, by <see cref="ShapeSupply.Limit"/> on others.</summary>
    [Id(3)] public required IReadOnlyList<ShapeSupply> Shapes { get; init; }

    /// <summary>When it was made; an older one never replaces a newer.</summary>
    [Id(4)] public required DateTimeOffset At { get; init; }
}

/// <summary>The directory at a version.</summary>
[GenerateSerializer, Immutable, Alias("owp.directory-picture")]
public sealed record DirectoryPicture([property: Id(0)] long Version, [property: Id(1)] IReadOnlyList<RepoSupply> Supplies);
