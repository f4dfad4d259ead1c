using System.Globalization;
using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Server.GitHub.Api;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub;

/// <summary>Finds the repository that a repo of the pool stands for, wherever it is by now. Its number tells, its name does not: a renamed
/// repository is the same, and another that took the old name is not.</summary>
public sealed class RepoFinder(GitHubClient github, IGrainFactory grains, TimeProvider clock)
{
    /// <summary>The repository as it stands, and what the token may do in it at this moment.</summary>
    /// <exception cref="GitHubException">GitHub does not say; or <see cref="GitHubFault.Moved"/>: it is another one.</exception>
    public async Task<GitHubRepository> FindAsync(SyncedRepo repo, CancellationToken cancellationToken)
    {
        var found = await github.ReadRepoAsync(repo.Name, cancellationToken);
        if (repo.Github is { } known && found.Id is { } id && id != known.Id)
        {
            throw new GitHubException(GitHubFault.Moved, string.Create(CultureInfo.InvariantCulture,
                $"GitHub's {repo.Name} is repository {id} now; the repo stands for {known.Id}."));
        }
        if ((repo.Github is null || found.Id is null) && Names.CanonicalRepo(found.Name) != repo.Repo)
        {
            throw new GitHubException(GitHubFault.Moved,
                $"GitHub's {repo.Name} is {found.Name} now, and nothing shows that it is the repository that the maintainer named.");
        }
        await LearnAsync(repo, found, Actors.Github);
        return found;
    }

    /// <summary>Notes which repository it is and what it is called by now.</summary>
    /// <param name="repo">The repo of the pool.</param>
    /// <param name="found">What GitHub says of it.</param>
    /// <param name="actor">An admin may name another repository than before; GitHub may not.</param>
    /// <returns>Why it was not noted; null = it was, or was known.</returns>
    public async Task<Refusal?> LearnAsync(SyncedRepo repo, GitHubRepository found, string actor) =>
        found.Id is { } id && new GithubRepository(id, found.Name, clock.Now()) is var link && link.IsNewsTo(repo.Github)
            ? await grains.GetRepo(repo.Repo).LinkGithubAsync(link, actor) : null;
}
