using System.Text;
using OwpPool.Core.GitHub;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;
using OwpPool.Storage.State;

namespace OwpPool.Storage.GitHub;

/// <summary>A repo and how it is kept in step with GitHub.</summary>
/// <param name="Repo">Canonical key.</param>
/// <param name="Name">As first written.</param>
/// <param name="Sync">Its setting.</param>
/// <param name="Github">The repository on GitHub that it stands for; null until GitHub has said which.</param>
public sealed record SyncedRepo(string Repo, string Name, GithubSync Sync, GithubRepository? Github = null);

/// <summary>A repo and the repository on GitHub that it stands for.</summary>
/// <param name="Repo">Canonical key.</param>
/// <param name="Name">As first written.</param>
/// <param name="Github">Null until GitHub has said which.</param>
public sealed record LinkedRepo(string Repo, string Name, GithubRepository? Github);

/// <summary>A task whose pull request may have news.</summary>
/// <param name="TaskId">Its id.</param>
/// <param name="IsUnderReview">Its pull request waits for review; else somebody works on it.</param>
/// <param name="PrUrl">Its pull request, if it has one.</param>
/// <param name="PhaseAt">Since when it stands there.</param>
public sealed record PullRequestTask(string TaskId, bool IsUnderReview, string? PrUrl, DateTimeOffset PhaseAt);

/// <summary>A task, as far as GitHub shows it.</summary>
/// <param name="ExternalId">Tells its issue.</param>
/// <param name="Phase">As the API writes it.</param>
/// <param name="CreatedAt">When it was added.</param>
public sealed record ShownTask(string? ExternalId, string Phase, DateTimeOffset CreatedAt);

/// <summary>Repos that are kept in step with GitHub, and their tasks.</summary>
public sealed class GitHubRepoTable
{
    internal const string Find = """
        SELECT json_extract(PayloadBinary, '$.repo'), json_extract(PayloadBinary, '$.name'),
          json_extract(PayloadBinary, '$.settings.github_sync'), json_extract(PayloadBinary, '$.github')
        FROM OrleansStorage
        WHERE GrainTypeString = 'repo' AND GrainIdExtensionString = 'repo/' || @repo AND PayloadBinary IS NOT NULL
        """;

    // Repos are few, and asked for every few minutes.
    internal const string List = """
        SELECT json_extract(PayloadBinary, '$.repo'), json_extract(PayloadBinary, '$.name'),
          json_extract(PayloadBinary, '$.settings.github_sync'), json_extract(PayloadBinary, '$.github')
        FROM OrleansStorage
        WHERE GrainTypeString = 'repo' AND json_extract(PayloadBinary, '$.settings.github_sync') IS NOT NULL
        """;

    // In the words of the index.
    internal const string FindLinked = """
        SELECT json_extract(PayloadBinary, '$.repo'), json_extract(PayloadBinary, '$.name'), NULL, json_extract(PayloadBinary, '$.github')
        FROM OrleansStorage INDEXED BY pool_repos_by_github_id
        WHERE GrainTypeString = 'repo' AND json_extract(PayloadBinary, '$.github.id') IS NOT NULL
          AND json_extract(PayloadBinary, '$.github.id') = @id
        ORDER BY 1
        """;

    internal const string Tasks = """
        SELECT GrainIdExtensionString, task_phase = 'pr_opened', json_extract(PayloadBinary, '$.artifact.pr_url'),
          json_extract(PayloadBinary, '$.phase_at')
        FROM OrleansStorage WHERE task_repo = @repo AND task_phase IN ('leased', 'in_progress', 'blocked', 'pr_opened')
        """;

    internal const string Task = """
        SELECT json_extract(PayloadBinary, '$.external_id'), task_phase, json_extract(PayloadBinary, '$.created_at')
        FROM OrleansStorage WHERE GrainTypeString = 'task' AND GrainIdExtensionString = @task AND task_phase IS NOT NULL
        """;

    private readonly SqlitePoolDataSource _database;

    internal GitHubRepoTable(SqlitePoolDataSource database) => _database = database;

    /// <summary>The repo's name as first written; null if the pool has none of this key.</summary>
    /// <param name="repo">The canonical key.</param>
    public async Task<string?> FindNameAsync(string repo, CancellationToken cancellationToken = default) =>
        (await _database.QueryAsync(Find, [("@repo", repo)], row => row.GetString(1),
            cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>The repo and its setting; null if there is none.</summary>
    /// <param name="repo">The canonical key.</param>
    public async Task<SyncedRepo?> FindAsync(string repo, CancellationToken cancellationToken = default) =>
        (await _database.QueryAsync(Find, [("@repo", repo)], ToRepo, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>The repos that stand for a repository on GitHub: usually one.</summary>
    /// <param name="id">GitHub's number of it.</param>
    public Task<IReadOnlyList<LinkedRepo>> ListLinkedAsync(long id, CancellationToken cancellationToken = default) =>
        _database.QueryAsync(FindLinked, [("@id", id)], ToLinked, cancellationToken);

    /// <summary>The repo, and what it stands for on GitHub; null if the pool has none of this key.</summary>
    /// <param name="repo">The canonical key.</param>
    public async Task<LinkedRepo?> FindLinkedAsync(string repo, CancellationToken cancellationToken = default) =>
        (await _database.QueryAsync(Find, [("@repo", repo)], ToLinked, cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>All repos with a setting.</summary>
    public async Task<IReadOnlyList<SyncedRepo>> ListAsync(CancellationToken cancellationToken = default) =>
        [.. (await _database.QueryAsync(List, [], ToRepo, cancellationToken).ConfigureAwait(false)).OfType<SyncedRepo>()];

    /// <summary>The tasks of a repo that somebody works on or that are under review; never more than its review budget.</summary>
    /// <param name="repo">The canonical key.</param>
    public Task<IReadOnlyList<PullRequestTask>> ListTasksAsync(string repo, CancellationToken cancellationToken = default) =>
        _database.QueryAsync(Tasks, [("@repo", repo)], row => new PullRequestTask(
            row.GetString(0), row.GetInt64(1) != 0, row.TextOrNull(2), InstantText.Parse(Encoding.UTF8.GetBytes(row.GetString(3)))),
                cancellationToken);

    /// <summary>One task; null if there is none.</summary>
    public async Task<ShownTask?> FindTaskAsync(string taskId, CancellationToken cancellationToken = default) =>
        (await _database.QueryAsync(Task, [("@task", taskId)], row => new ShownTask(
            row.TextOrNull(0), row.GetString(1), InstantText.Parse(Encoding.UTF8.GetBytes(row.GetString(2)))), cancellationToken)
            .ConfigureAwait(false)).FirstOrDefault();

    private static SyncedRepo? ToRepo(System.Data.Common.DbDataReader row) => row.TextOrNull(2) is { } json
        ? new SyncedRepo(row.GetString(0), row.GetString(1), PoolStateJson.Deserialize<GithubSync>(Encoding.UTF8.GetBytes(json)), ToGithub(row))
        : null;

    private static LinkedRepo ToLinked(System.Data.Common.DbDataReader row) => new(row.GetString(0), row.GetString(1), ToGithub(row));

    private static GithubRepository? ToGithub(System.Data.Common.DbDataReader row) => row.TextOrNull(3) is { } json
        ? PoolStateJson.Deserialize<GithubRepository>(Encoding.UTF8.GetBytes(json))
        : null;
}
