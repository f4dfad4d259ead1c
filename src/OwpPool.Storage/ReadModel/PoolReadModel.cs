using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.ReadModel;

/// <summary>Queries over what the grains wrote: always as new as the last acknowledged write.</summary>
/// <remarks>Each call reads one consistent state and never waits for the writer.</remarks>
public sealed partial class PoolReadModel
{
    private const string HeldPhases = "('offered', 'leased', 'in_progress', 'blocked', 'pr_opened')";

    private static readonly SqlText RepoKeys = new("SELECT repo FROM pool_repos ORDER BY repo");

    private static readonly SqlText Backlog = new(
        "SELECT PayloadBinary FROM OrleansStorage WHERE task_repo = ?1 AND task_phase = 'ready'");

    private static readonly SqlText HeldTasks = new(
        $"""
        SELECT GrainIdExtensionString, task_phase, task_worker, json_extract(PayloadBinary, '$.lease.lease_id'),
          json_extract(PayloadBinary, '$.token'), json_extract(PayloadBinary, '$.version'),
          json_extract(PayloadBinary, '$.estimate_points'), json_extract(PayloadBinary, '$.area_key'),
          COALESCE(json_extract(PayloadBinary, '$.lease.expires_at'), json_extract(PayloadBinary, '$.review_until')),
          json_extract(PayloadBinary, '$.lease.granted_at'), json_extract(PayloadBinary, '$.review_confirmed_by')
        FROM OrleansStorage WHERE task_repo = ?1 AND task_phase IN {HeldPhases}
        """);

    private static readonly SqlText WorkerTasks = new(
        $"SELECT PayloadBinary FROM OrleansStorage WHERE task_worker = ?1 AND task_phase IN {HeldPhases}");

    private static readonly SqlText UnconfirmedOfWorker = new(
        """
        SELECT PayloadBinary FROM OrleansStorage
        WHERE task_worker = ?1 AND task_phase = 'pr_opened' AND json_extract(PayloadBinary, '$.review_confirmed_by') IS NULL
        UNION ALL
        SELECT PayloadBinary FROM OrleansStorage
        WHERE task_worker = ?1 AND task_phase = 'merged' AND json_extract(PayloadBinary, '$.confirmed_by') IS NULL
        LIMIT ?2
        """);

    private static readonly SqlText WishesOfWorker = new(
        """
        SELECT GrainIdExtensionString FROM OrleansStorage INDEXED BY pool_tasks_by_wish
        WHERE GrainTypeString = 'task' AND json_extract(PayloadBinary, '$.wish.worker_id') IS NOT NULL
          AND json_extract(PayloadBinary, '$.wish.worker_id') = ?1
        """);

    private static readonly SqlText WorkersOnline = new(
        """
        SELECT PayloadBinary FROM OrleansStorage INDEXED BY pool_workers_online
        WHERE GrainTypeString = 'worker' AND json_extract(PayloadBinary, '$.status') <> 'offline' LIMIT ?1
        """);

    // CROSS JOIN keeps the order: the repos first, so that only what they have out is looked at.
    private static readonly SqlText WatchedWorkers = new(
        """
        SELECT worker_id FROM pool_workers WHERE status <> 'offline'
        UNION
        SELECT task_worker FROM pool_repos CROSS JOIN OrleansStorage
        WHERE task_repo = repo AND task_phase IN ('offered', 'leased', 'in_progress', 'blocked') AND task_worker IS NOT NULL
        """);

    private static readonly SqlText Phase = new("SELECT phase FROM pool_tasks WHERE task_id = ?1");

    private static readonly SqlText RepoSettings = new("SELECT repo, name, max_open_prs, paused FROM pool_repos ORDER BY repo");

    private static readonly SqlText PhaseCounts = new(
        "SELECT task_repo, task_phase, count(*) FROM OrleansStorage WHERE task_repo IS NOT NULL GROUP BY task_repo, task_phase");

    private static readonly SqlText MergedUnconfirmed = new(
        """
        SELECT count(*) FROM OrleansStorage INDEXED BY pool_tasks_merged_unconfirmed
        WHERE task_phase = 'merged' AND json_extract(PayloadBinary, '$.confirmed_by') IS NULL
        """);

    private static readonly SqlText WorkerCounts = new(
        "SELECT count(*), COALESCE(sum(status <> 'offline' AND NOT COALESCE(revoked, 0)), 0) FROM pool_workers");

    private static readonly SqlText GithubHandle = new("SELECT github_handle FROM pool_workers WHERE worker_id = ?1");

    private static readonly SqlText TokensOfOtherKeys = new(
        """
        SELECT GrainIdExtensionString, json_extract(PayloadBinary, '$.token_hash') FROM OrleansStorage
        WHERE GrainTypeString = 'worker' AND json_extract(PayloadBinary, '$.revoked') = 0
          AND substr(json_extract(PayloadBinary, '$.token_hash'), 1, length(?1)) <> ?1
        """);

    private static readonly SqlText StatesUpTo = new(
        "SELECT count(*) FROM (SELECT 1 FROM OrleansStorage WHERE GrainTypeString = ?1 LIMIT ?2)");


    private readonly ReaderPool _readers;

    internal PoolReadModel(ReaderPool readers) => _readers = readers;

    /// <summary>The queries that must not scan; the tests ask SQLite for their plans.</summary>
    internal static IReadOnlyList<string> IndexedQueries =>
        [Backlog.Text, HeldTasks.Text, WorkerTasks.Text, WatchedWorkers.Text, Phase.Text, PhaseCounts.Text, GithubHandle.Text, TaskPayload.Text, EventsOf.Text,
         Needs.Text, UnconfirmedOfWorker.Text, WishesOfWorker.Text, WorkersOnline.Text, OldestReady.Text, DeliveriesByState.Text, InBulk.Text,
         .. DeskQueries];

    /// <summary>The canonical keys of all repos, in order.</summary>
    public Task<IReadOnlyList<string>> ListRepoKeysAsync(CancellationToken cancellationToken = default)
        => ReadAsync(RepoKeys, null, row => row.GetText(0)!, cancellationToken);

    /// <summary>Ids of the workers that somebody must watch: online, or holding leases. Reads every worker's row.</summary>
    public Task<IReadOnlyList<string>> ListWatchedWorkersAsync(CancellationToken cancellationToken = default)
        => ReadAsync(WatchedWorkers, null, row => row.GetText(0)!, cancellationToken);

    /// <summary>All ready tasks of a repo, in no particular order, as of one instant; measured at 1,000,000 rows in under 3 s.</summary>
    /// <param name="repo">The canonical repo key.</param>
    /// <param name="cancellationToken">Looked at between rows.</param>
    public IAsyncEnumerable<BacklogRow> ReadBacklogAsync(string repo, CancellationToken cancellationToken = default)
    {
        var parser = new BacklogParser();
        return RowStream.ReadAsync(_readers, Backlog, repo, row => parser.Parse(row.GetUtf8(0)), cancellationToken);
    }

    /// <summary>The tasks of a repo that count against its budget.</summary>
    /// <param name="repo">The canonical repo key.</param>
    public Task<IReadOnlyList<HeldTaskRow>> ReadHeldTasksAsync(string repo, CancellationToken cancellationToken = default)
        => ReadAsync(HeldTasks, repo, ToHeldTask, cancellationToken);

    /// <summary>The states, as UTF-8 JSON, of the tasks that a worker holds: offered to pr_opened.</summary>
    public Task<IReadOnlyList<byte[]>> ReadWorkerTasksAsync(string workerId, CancellationToken cancellationToken = default)
        => ReadAsync(WorkerTasks, workerId, row => row.GetUtf8(0).ToArray(), cancellationToken);

    /// <summary>The ids of the tasks of which something waits for the worker.</summary>
    public Task<IReadOnlyList<string>> ReadWishesAsync(string workerId, CancellationToken cancellationToken = default)
        => ReadAsync(WishesOfWorker, workerId, row => row.GetText(0)!, cancellationToken);

    /// <summary>The states, as UTF-8 JSON, of the tasks that are under review or merged by this worker's word alone.</summary>
    /// <param name="workerId">Whose.</param>
    /// <param name="limit">At most this many.</param>
    public Task<IReadOnlyList<byte[]>> ReadUnconfirmedAsync(string workerId, int limit, CancellationToken cancellationToken = default)
        => _readers.RunAsync<IReadOnlyList<byte[]>>(
            connection => RowReader.ToList(connection, UnconfirmedOfWorker, [workerId, (long)limit], row => row.GetUtf8(0).ToArray()), cancellationToken);

    /// <summary>The states, as UTF-8 JSON, of workers that were not offline when they were last heard of.</summary>
    /// <param name="limit">At most this many.</param>
    public Task<IReadOnlyList<byte[]>> ReadOnlineWorkersAsync(int limit, CancellationToken cancellationToken = default)
        => _readers.RunAsync<IReadOnlyList<byte[]>>(
            connection => RowReader.ToList(connection, WorkersOnline, [(long)limit], row => row.GetUtf8(0).ToArray()), cancellationToken);

    /// <summary>The phase of each of the tasks; ids that are not there are missing from the answer.</summary>
    public Task<IReadOnlyDictionary<string, string>> ReadPhasesAsync(
        IReadOnlyCollection<string> taskIds, CancellationToken cancellationToken = default)
        => ByIdAsync(taskIds, Phase, row => row.GetText(0), cancellationToken);

    /// <summary>What the worker is called on GitHub, as it said; null if it did not.</summary>
    public async Task<string?> ReadGithubHandleAsync(string workerId, CancellationToken cancellationToken = default)
        => (await ReadAsync(GithubHandle, workerId, row => row.GetText(0), cancellationToken).ConfigureAwait(false)).FirstOrDefault();

    /// <summary>Each worker that is not revoked and whose token was made with another key, or with none. Reads every worker's row.</summary>
    /// <param name="keyName">What the stored hash of a token begins with that was made with this key.</param>
    /// <param name="cancellationToken">Looked at before the read.</param>
    public Task<IReadOnlyList<(string WorkerId, string TokenHash)>> ListTokensOfOtherKeysAsync(
        string keyName, CancellationToken cancellationToken = default)
        => ReadAsync(TokensOfOtherKeys, keyName, row => (row.GetText(0)!, row.GetText(1)!), cancellationToken);

    /// <summary>Whether there are at least so many states of a kind.</summary>
    /// <param name="kind">A state name: task, worker or repo.</param>
    /// <param name="count">The index is read no further than this.</param>
    public Task<bool> HasAsManyAsync(string kind, int count, CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection => RowReader.ToList(connection, StatesUpTo, [kind, (long)count], row => row.GetInt64(0))[0] >= count,
            cancellationToken);

    /// <summary>Tasks by repo and phase, the repos' settings and the number of workers, all of one instant.</summary>
    public Task<PoolState> ReadPoolStateAsync(CancellationToken cancellationToken = default)
        => _readers.RunAsync(ReadPoolState, cancellationToken);

    private static PoolState ReadPoolState(NativeConnection connection) => Snapshot.Read(connection, ReadState);

    private static PoolState ReadState(NativeConnection connection)
    {
        var repos = RowReader.ToList(
            connection, RepoSettings, [],
            row => (Key: row.GetText(0)!, Name: row.GetText(1)!, MaxOpenPrs: (int)row.GetInt64(2), Paused: row.GetInt64(3) != 0));
        var counts = RowReader
            .ToList(connection, PhaseCounts, [], row => (Repo: row.GetText(0)!, Phase: row.GetText(1)!, Count: row.GetInt64(2)))
            .ToLookup(row => row.Repo);
        var (workers, online) = RowReader.ToList(connection, WorkerCounts, [], row => (row.GetInt64(0), row.GetInt64(1)))[0];
        return new PoolState(
            [.. repos.Select(repo => new RepoPoolState(
                repo.Key, repo.Name, repo.MaxOpenPrs, repo.Paused, counts[repo.Key].ToDictionary(row => row.Phase, row => row.Count)))],
            online,
            workers - online,
            RowReader.ToList(connection, MergedUnconfirmed, [], row => row.GetInt64(0))[0]);
    }

    private static HeldTaskRow ToHeldTask(PreparedStatement row)
        => new(
            row.GetText(0)!, row.GetText(1)!, row.GetText(2), row.GetText(3), row.GetInt64(4), row.GetInt64(5), (int)row.GetInt64(6),
            row.GetText(7), Instant(row, 8), Instant(row, 9), row.GetText(10));

    private static DateTimeOffset? Instant(PreparedStatement row, int column)
        => row.IsNull(column) ? null : InstantText.Parse(row.GetUtf8(column));

    private Task<IReadOnlyList<T>> ReadAsync<T>(
        SqlText sql, object? parameter, Func<PreparedStatement, T> map, CancellationToken cancellationToken)
        => _readers.RunAsync<IReadOnlyList<T>>(
            connection => RowReader.ToList(connection, sql, parameter is null ? [] : [parameter], map), cancellationToken);

    /// <summary>What a query finds for each id; ids for which it finds nothing are missing from the answer.</summary>
    private Task<IReadOnlyDictionary<string, T>> ByIdAsync<T>(
        IReadOnlyCollection<string> ids, SqlText sql, Func<PreparedStatement, T?> read, CancellationToken cancellationToken)
        where T : class
        => _readers.RunAsync<IReadOnlyDictionary<string, T>>(
            connection =>
            {
                var found = new Dictionary<string, T>(ids.Count, StringComparer.Ordinal);
                foreach (var id in ids)
                {
                    if (RowReader.ToList(connection, sql, [id], read) is [{ } value, ..])
                        found[id] = value;
                }

                return found;
            },
            cancellationToken);
}
