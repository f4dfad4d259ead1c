using System.Collections.Concurrent;
using OwpPool.Core.Shared;
using OwpPool.Server.GitHub.Api;

namespace OwpPool.Server.GitHub;

/// <summary>Who may write to a repo, as GitHub's API says: a member of an organization may hide that, and reviews then call them
/// CONTRIBUTOR or NONE.</summary>
public sealed class ReviewerRights(GitHubClient github, TimeProvider clock)
{
    private const int MaxKnown = 1_000;

    /// <summary>So long an answer counts: rights are given and taken meanwhile.</summary>
    private static readonly TimeSpan KeepFor = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<(string Repo, string Login), (bool MayWrite, DateTimeOffset Until)> _known = new();

    /// <summary>Whether somebody speaks for the repo's maintainers: may write, maintain or administer it.</summary>
    /// <param name="repo"><c>owner/name</c>.</param>
    /// <param name="login">Null = the account is gone.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <exception cref="GitHubException">GitHub does not say; another time it may.</exception>
    public async Task<bool> MayWriteAsync(string repo, string? login, CancellationToken cancellationToken)
    {
        if (login is null) return false;
        var key = (Names.CanonicalRepo(repo), login.ToLowerInvariant());
        var now = clock.GetUtcNow();
        if (_known.TryGetValue(key, out var known) && now < known.Until) return known.MayWrite;
        var mayWrite = await github.ReadPermissionAsync(repo, login, cancellationToken) is "admin" or "maintain" or "write";
        if (_known.Count >= MaxKnown) _known.Clear();
        _known[key] = (mayWrite, now + KeepFor);
        return mayWrite;
    }
}
