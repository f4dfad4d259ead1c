using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Grains;
using OwpPool.Storage;
using OwpPool.Storage.GitHub;

namespace OwpPool.Server.GitHub;

/// <summary>Knows which repo of the pool a repository on GitHub is. Its id tells; the name only until the id is known, for a name may lead
/// to another repository later.</summary>
public sealed class RepositoryDesk(SqliteStorage storage, IGrainFactory grains)
{
    /// <summary>Learns the new name of a repository.</summary>
    /// <returns>What came of it, for the operator.</returns>
    public async Task<string> ApplyAsync(RepositorySignal signal, CancellationToken cancellationToken)
    {
        if (signal.RepositoryId is not { } id) return NoRepo;
        var repos = await storage.GitHubRepos.ListLinkedAsync(id, cancellationToken);
        if (repos.Count == 0 && await FindAsync(signal.FormerName, cancellationToken) is { } former) repos = [former];
        if (repos.Count == 0) return NoRepo;
        foreach (var repo in repos)
        {
            var github = new GithubRepository(id, signal.Name, signal.UpdatedAt);
            if (await grains.GetRepo(repo.Repo).LinkGithubAsync(github, Actors.Github) is { } refusal) return refusal.Message;
        }
        return $"{string.Join(", ", repos.Select(repo => repo.Name))} is {signal.Name} on GitHub now.";
    }

    /// <summary>The signal as each repo of the pool understands it that stands for its repository: under the repo's own name. The signal
    /// itself where no repo does.</summary>
    /// <remarks>A translated signal has no repository id any more: it is known whose it is.</remarks>
    /// <returns>Empty if the repository has only the name of one that the pool knows by another id.</returns>
    public async Task<IReadOnlyList<PullRequestSignal>> TranslateAsync(PullRequestSignal signal, CancellationToken cancellationToken)
    {
        if (signal.RepositoryId is not { } id) return [signal];
        var repos = (await storage.GitHubRepos.ListLinkedAsync(id, cancellationToken)).ToList();
        var isKnown = repos.Count > 0;
        if (await FindAsync(signal.Repo, cancellationToken) is { } named && repos.TrueForAll(repo => repo.Repo != named.Repo))
        {
            if (named.Github is null) repos.Add(named);
            else if (!isKnown) return [];
        }
        foreach (var repo in repos) await LearnAsync(repo, new GithubRepository(id, signal.Repo, signal.UpdatedAt));
        return repos.Count == 0 ? [signal] : [.. repos.Select(repo => Under(repo, signal))];
    }

    private Task<LinkedRepo?> FindAsync(string name, CancellationToken cancellationToken) =>
        storage.GitHubRepos.FindLinkedAsync(Names.CanonicalRepo(name), cancellationToken);

    private async Task LearnAsync(LinkedRepo repo, GithubRepository github)
    {
        if (github.IsNewsTo(repo.Github)) await grains.GetRepo(repo.Repo).LinkGithubAsync(github, Actors.Github);
    }

    private static PullRequestSignal Under(LinkedRepo repo, PullRequestSignal signal)
    {
        var own = signal with { RepositoryId = null };
        return Names.CanonicalRepo(signal.Repo) != repo.Repo && PullRequestUrl.TryParse(signal.PrUrl, out var url)
            ? own with { Repo = repo.Name, PrUrl = (url with { Repo = repo.Name }).Address }
            : own;
    }

    private const string NoRepo = "The pool has no such repo.";
}
