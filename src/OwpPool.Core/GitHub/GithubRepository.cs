using Orleans;

namespace OwpPool.Core.GitHub;

/// <summary>The repository on GitHub that a repo of the pool stands for. Its id stays when it is renamed or transferred; its old name may
/// then lead to another repository.</summary>
/// <param name="Id">GitHub's number of the repository.</param>
/// <param name="Name">Its <c>owner/name</c> as GitHub last said.</param>
/// <param name="NamedAt">Since when GitHub calls it so, as far as is known; an older name does not take its place.</param>
[GenerateSerializer, Immutable, Alias("owp.github-repository")]
public sealed record GithubRepository(
    [property: Id(0)] long Id, [property: Id(1)] string Name, [property: Id(2)] DateTimeOffset NamedAt)
{
    /// <summary>Whether this is news to those who know <paramref name="known"/>: another repository, or a later name of the same.</summary>
    public bool IsNewsTo(GithubRepository? known) =>
        known is null || known.Id != Id || (known.Name != Name && NamedAt >= known.NamedAt);
}
