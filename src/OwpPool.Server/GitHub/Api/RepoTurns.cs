using System.Collections.Concurrent;

namespace OwpPool.Server.GitHub.Api;

/// <summary>Whose turn it is to ask GitHub: one request at a time for each repo, as GitHub asks, and not too many for all. A repo whose
/// requests hang holds up its own only.</summary>
internal sealed class RepoTurns : IDisposable
{
    /// <summary>Requests at once, of all repos: GitHub takes 100 of one token.</summary>
    private const int MaxRequests = 32;

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _repos = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _requests = new(MaxRequests, MaxRequests);

    /// <summary>Runs a call, with its repeats, when its repo has no other.</summary>
    /// <param name="path">What is asked for; names the repo.</param>
    /// <param name="call">The call.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public Task<T> InTurnAsync<T>(string path, Func<Task<T>> call, CancellationToken cancellationToken) =>
        HoldAsync(_repos.GetOrAdd(RepoOf(path), static _ => new SemaphoreSlim(1, 1)), call, cancellationToken);

    /// <summary>Sends one request when there are not too many.</summary>
    public Task<T> OneOfManyAsync<T>(Func<Task<T>> request, CancellationToken cancellationToken) =>
        HoldAsync(_requests, request, cancellationToken);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var repo in _repos.Values) repo.Dispose();
        _requests.Dispose();
    }

    private static async Task<T> HoldAsync<T>(SemaphoreSlim turn, Func<Task<T>> call, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await call();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary><c>owner/name</c> of <c>repos/owner/name/…</c>. Pages of a list are addressed by the repository's number, and are what it is.
    /// </summary>
    private static string RepoOf(string path)
    {
        var parts = (Uri.TryCreate(path, UriKind.Absolute, out var address) ? address.AbsolutePath : path.Split('?')[0]).Split('/');
        var at = Array.FindIndex(parts, static part => part is "repos" or "repositories");
        return at < 0 ? "" : string.Join('/', parts.Skip(at + 1).Take(parts[at] == "repos" ? 2 : 1)).ToLowerInvariant();
    }
}
