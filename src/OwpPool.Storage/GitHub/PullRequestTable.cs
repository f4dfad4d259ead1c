using OwpPool.Core.GitHub;
using OwpPool.Core.Shared;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.GitHub;

/// <summary>Pull requests: whose they are, and what GitHub last said of them. Keys are those of
/// <see cref="PullRequestUrl.KeyOf"/>.</summary>
public sealed class PullRequestTable
{
    internal const string TaskOf = """
        SELECT task_id FROM pool_pull_requests
        WHERE pr_key = @key AND EXISTS
        (
          SELECT 1 FROM OrleansStorage WHERE GrainTypeString = 'task' AND GrainIdExtensionString = pool_pull_requests.task_id
            AND lower(json_extract(PayloadBinary, '$.artifact.pr_url')) = pr_key
        )
        """;

    internal const string FormerTaskOf = """
        SELECT task_id FROM pool_pull_requests
        WHERE pr_key = @key AND EXISTS
        (
          SELECT 1 FROM OrleansStorage WHERE GrainTypeString = 'task' AND GrainIdExtensionString = pool_pull_requests.task_id
            AND lower(json_extract(PayloadBinary, '$.former.artifact.pr_url')) = pr_key
        )
        """;

    internal const string Seen = "SELECT signal FROM github_pull_requests WHERE pr_key = @key";

    private const string See = """
        INSERT INTO github_pull_requests (pr_key, seen_at, signal) VALUES (@key, @now, @signal)
        ON CONFLICT (pr_key) DO UPDATE SET seen_at = excluded.seen_at, signal = excluded.signal
        """;

    internal const string Remove = """
        DELETE FROM github_pull_requests WHERE pr_key IN
        (
          SELECT pr_key FROM github_pull_requests INDEXED BY github_pull_requests_by_time
          WHERE seen_at < @before ORDER BY seen_at LIMIT @limit
        )
        """;

    private readonly SqlitePoolDataSource _database;

    internal PullRequestTable(SqlitePoolDataSource database) => _database = database;

    /// <summary>The task that has the pull request as its own; null if there is none.</summary>
    public async Task<string?> FindTaskAsync(string key, CancellationToken cancellationToken = default) =>
        (await _database.QueryAsync(TaskOf, [("@key", key)], row => row.GetString(0),
            cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>The task that had the pull request until it left its worker's hands; null if there is none.</summary>
    public async Task<string?> FindFormerTaskAsync(string key, CancellationToken cancellationToken = default) =>
        (await _database.QueryAsync(FormerTaskOf, [("@key", key)], row => row.GetString(0),
            cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>The latest signal of the pull request; null if there was none, or not for long.</summary>
    public async Task<PullRequestSignal?> FindSignalAsync(string key, CancellationToken cancellationToken = default) =>
        (await FindStoryAsync(key, cancellationToken).ConfigureAwait(false))?.Latest;

    /// <summary>What GitHub has said of the pull request; null if it has not, or not for long.</summary>
    public async Task<PullRequestStory?> FindStoryAsync(string key, CancellationToken cancellationToken = default)
    {
        var rows = await _database.QueryAsync(Seen, [("@key", key)], row => row.GetString(0), cancellationToken).ConfigureAwait(false);
        return rows is [var json] ? SignalJson.ReadStory(json) : null;
    }

    /// <summary>Keeps what GitHub has said until now.</summary>
    public Task StoreAsync(PullRequestStory story, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(See,
            [("@key", PullRequestUrl.KeyOf(story.Latest.PrUrl)), ("@now", Instants.Text(now)), ("@signal", SignalJson.Write(story))],
            cancellationToken);

    /// <summary>Removes signals that were the latest for long.</summary>
    /// <returns>How many.</returns>
    public Task<int> RemoveAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken = default) =>
        _database.ExecuteAsync(Remove, [("@before", Instants.Text(before)), ("@limit", limit)], cancellationToken);
}
