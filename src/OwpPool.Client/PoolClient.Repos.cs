using System.Text.Json.Nodes;
using OwpPool.Client.Transport;

namespace OwpPool.Client;

/// <summary>Repos, and how GitHub and the pool are kept in step about them.</summary>
public sealed partial class PoolClient
{
    /// <summary>GitHub is asked page by page, and asks to be asked slowly.</summary>
    private static readonly TimeSpan GitHubWait = TimeSpan.FromMinutes(5);

    /// <summary>Adds a repo, or changes its settings; its tasks stay as they are.</summary>
    public Task<RepoReply> PutRepoAsync(RepoRequest request, CancellationToken ct = default) => PostAsync(
        "v1/admin/repos", Caller.Admin, request, PoolJson.Default.RepoRequest, PoolJson.Default.RepoReply, null, ct);

    /// <summary>All repos by name.</summary>
    /// <param name="pageSize">How many to fetch at once, 1..200.</param>
    /// <param name="ct">Ends it.</param>
    public IAsyncEnumerable<RepoSummary> ListReposAsync(int pageSize = 200, CancellationToken ct = default) =>
        ListAsync(new QueryPath("v1/admin/repos"), Caller.Admin, PoolJson.Default.PageRepoSummary, pageSize, ct);

    /// <summary>One repo as it stands: who uses its budget, which areas are locked, what waits.</summary>
    public Task<RepoDetails> GetRepoAsync(string repo, CancellationToken ct = default) =>
        GetAsync(RepoPath(repo), Caller.Admin, PoolJson.Default.RepoDetails, ct);

    /// <summary>Changes some of a repo's settings.</summary>
    public async Task<RepoReply> EditRepoAsync(string repo, RepoPatch patch, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(patch);
        var call = Patch(RepoPath(repo), patch.ToJson());
        return (await _transport.SendAsync(call, PoolJson.Default.RepoReply, ct).ConfigureAwait(false)).Value;
    }

    /// <summary>Hands out nothing of a repo; leases and reviews that run go on.</summary>
    public Task<RepoReply> PauseRepoAsync(string repo, CancellationToken ct = default) => ControlRepoAsync(repo, "pause", ct);

    /// <summary>Hands out a repo's tasks again.</summary>
    public Task<RepoReply> ResumeRepoAsync(string repo, CancellationToken ct = default) => ControlRepoAsync(repo, "resume", ct);

    /// <summary>How a repo is kept in step with GitHub; a 404 where it was never said.</summary>
    public Task<GitHubSync> GetGitHubSyncAsync(string repo, CancellationToken ct = default) =>
        GetAsync(GitHubPath(repo, "sync"), Caller.Admin, PoolJson.Default.GitHubSync, ct);

    /// <summary>Says how a repo is kept in step with GitHub.</summary>
    public Task<GitHubSync> SetGitHubSyncAsync(string repo, GitHubSyncRequest request, CancellationToken ct = default) => PostAsync(
        GitHubPath(repo, "sync"), Caller.Admin, request, PoolJson.Default.GitHubSyncRequest, PoolJson.Default.GitHubSync, null, ct);

    /// <summary>Makes tasks of open issues with a label, each once.</summary>
    /// <param name="repo"><c>owner/name</c>, which must be a repo of the pool.</param>
    /// <param name="label">Null = that of the repo's sync, else <c>pool:ready</c>.</param>
    /// <param name="limit">How many new tasks at most, 1..1000, oldest issues first; null = 100.</param>
    /// <param name="dryRun">Only tell what would be: nothing is added.</param>
    /// <param name="ct">Ends the wait; what was imported stays.</param>
    public async Task<GitHubImport> ImportGitHubIssuesAsync(
        string repo, string? label = null, int? limit = null, bool dryRun = false, CancellationToken ct = default)
    {
        var call = PostOnce(GitHubPath(repo, "import"), Caller.Admin, new GitHubImportRequest(label, limit, dryRun),
            PoolJson.Default.GitHubImportRequest, null) with { Wait = GitHubWait };
        return (await _transport.SendAsync(call, PoolJson.Default.GitHubImport, ct).ConfigureAwait(false)).Value;
    }

    private Task<RepoReply> ControlRepoAsync(string repo, string verb, CancellationToken ct) => PostAsync(
        $"{RepoPath(repo)}/{verb}", Caller.Admin, new EmptyRequest(), PoolJson.Default.EmptyRequest, PoolJson.Default.RepoReply, null, ct);

    private static PoolCall Patch(string path, JsonObject body) => new(HttpMethod.Patch, path, Caller.Admin)
    {
        Body = Bytes(body, PoolJson.Default.JsonObject),
        IdempotencyKey = NewKey(),
    };

    private static string RepoPath(string repo) => $"v1/admin/repos/{QueryPath.OfRepo(repo)}";

    private static string GitHubPath(string repo, string verb) => $"v1/github/repos/{QueryPath.OfRepo(repo)}/{verb}";
}
