using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.ReadModel;

/// <summary>Lists of workers and repos.</summary>
public sealed partial class PoolReadModel
{
    private static readonly SqlText WorkersNewest = new(
        """
        SELECT Id FROM OrleansStorage INDEXED BY pool_workers_in_order
        WHERE GrainTypeString = 'worker' AND Id < ?1 ORDER BY Id DESC LIMIT ?2
        """);

    private static readonly SqlText WorkersNamed = new(
        """
        SELECT Id FROM OrleansStorage INDEXED BY pool_workers_by_name
        WHERE GrainTypeString = 'worker' AND json_extract(PayloadBinary, '$.name') = ?3 AND Id < ?1 ORDER BY Id DESC LIMIT ?2
        """);

    private static readonly SqlText WorkerName = new(
        """
        SELECT json_extract(PayloadBinary, '$.name') FROM OrleansStorage
        WHERE GrainTypeString = 'worker' AND GrainIdExtensionString = ?1 AND GrainIdN0 = 0 AND GrainIdN1 = 0
        """);

    private static readonly SqlText WorkerOfRow = new("SELECT PayloadBinary FROM OrleansStorage WHERE Id = ?1 AND GrainTypeString = 'worker'");

    private static readonly SqlText WorkerPayload = new(
        "SELECT PayloadBinary FROM OrleansStorage WHERE GrainTypeString = 'worker' AND GrainIdExtensionString = ?1 AND GrainIdN0 = 0 AND GrainIdN1 = 0");

    private static readonly SqlText ReposAfter = new(
        """
        SELECT Id, GrainIdExtensionString, PayloadBinary FROM OrleansStorage
        WHERE GrainTypeString = 'repo' AND GrainIdExtensionString > ?1 AND PayloadBinary IS NOT NULL
        ORDER BY GrainIdExtensionString LIMIT ?2
        """);

    private static readonly SqlText PhasesOfRepo = new(
        "SELECT task_phase, count(*) FROM OrleansStorage WHERE task_repo = ?1 GROUP BY task_phase");

    private static readonly SqlText OpenBatches = new(
        """
        SELECT GrainIdExtensionString FROM OrleansStorage INDEXED BY pool_batches_open
        WHERE GrainTypeString = 'batch' AND json_extract(PayloadBinary, '$.done') = 0
        """);

    private static readonly SqlText OpenBulks = new(
        """
        SELECT GrainIdExtensionString FROM OrleansStorage INDEXED BY pool_bulks_open
        WHERE GrainTypeString = 'bulk' AND json_extract(PayloadBinary, '$.done') = 0
        """);

    /// <summary>The grain keys of the acts on many tasks that are accepted and not finished.</summary>
    public Task<IReadOnlyList<string>> ListOpenBulksAsync(CancellationToken cancellationToken = default)
        => ReadAsync(OpenBulks, null, row => row.GetText(0)!, cancellationToken);

    /// <summary>The grain keys of the batches that are accepted and not worked off.</summary>
    public Task<IReadOnlyList<string>> ListOpenBatchesAsync(CancellationToken cancellationToken = default)
        => ReadAsync(OpenBatches, null, row => row.GetText(0)!, cancellationToken);

    /// <summary>A page of workers, the newest first.</summary>
    /// <param name="passes">Decides by a worker's state, as UTF-8 JSON, whether it is in the list.</param>
    /// <param name="range">Which are looked at.</param>
    /// <param name="after">Where the page before ended.</param>
    /// <param name="limit">At most this many.</param>
    public Task<ListPage> ListWorkersAsync(
        Func<byte[], bool> passes, WorkerRange range, ListPosition? after, int limit, CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection => Snapshot.Read(connection, _ =>
            {
                var items = new List<byte[]>();
                var last = after?.Id ?? long.MaxValue;
                foreach (var id in WorkerIds(connection, range, last, MaxLookedAt))
                {
                    if (RowReader.ToList(connection, WorkerOfRow, [id], row => row.GetUtf8(0).ToArray()) is [{ Length: > 0 } state] && passes(state))
                    {
                        if (items.Count == limit)
                            return new ListPage(items, new ListPosition(last, ""));
                        items.Add(state);
                    }

                    last = id;
                }

                var more = WorkerIds(connection, range, last, 1).Count > 0;
                return new ListPage(items, more ? new ListPosition(last, "") : null);
            }),
            cancellationToken);

    /// <summary>A page of workers in an order of the caller's, the newest of equals first.</summary>
    /// <param name="rankOf">A worker's place by its state, as UTF-8 JSON: the higher text comes first. Null = it is not in the list.</param>
    /// <param name="range">Which are looked at.</param>
    /// <param name="after">Where the page before ended.</param>
    /// <param name="limit">At most this many.</param>
    /// <param name="cancellationToken">Looked at before the read.</param>
    /// <returns>Null if there are more workers than a page may look at.</returns>
    public Task<ListPage?> RankWorkersAsync(
        Func<byte[], string?> rankOf, WorkerRange range, ListPosition? after, int limit, CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection => Snapshot.Read(connection, _ =>
            {
                var ids = WorkerIds(connection, range, long.MaxValue, MaxLookedAt + 1);
                if (ids.Count > MaxLookedAt)
                    return null;
                var rows = new List<(ListPosition Place, byte[] State)>();
                foreach (var id in ids)
                {
                    if (RowReader.ToList(connection, WorkerOfRow, [id], row => row.GetUtf8(0).ToArray()) is [{ Length: > 0 } state]
                        && rankOf(state) is { } rank && (after is null || Compare(new ListPosition(id, rank), after, TaskOrder.Newest) > 0))
                        rows.Add((new ListPosition(id, rank), state));
                }

                rows.Sort((left, right) => Compare(left.Place, right.Place, TaskOrder.Newest));
                return new ListPage([.. rows.Take(limit).Select(row => row.State)], rows.Count > limit ? rows[limit - 1].Place : null);
            }),
            cancellationToken);

    /// <summary>The names of workers, by id; ids that are not there are missing from the answer.</summary>
    public Task<IReadOnlyDictionary<string, string>> ReadWorkerNamesAsync(
        IReadOnlyCollection<string> workerIds, CancellationToken cancellationToken = default)
        => ByIdAsync(workerIds, WorkerName, row => row.GetText(0), cancellationToken);

    private static List<long> WorkerIds(NativeConnection connection, WorkerRange range, long last, int count) => range switch
    {
        { IdPrefix: { } prefix } => [.. IdsOfPrefix(connection, "worker", prefix).AsEnumerable().Reverse().Where(id => id < last).Take(count)],
        { Name: { } name } => RowReader.ToList(connection, WorkersNamed, [last, (long)count, name], row => row.GetInt64(0)),
        _ => RowReader.ToList(connection, WorkersNewest, [last, (long)count], row => row.GetInt64(0)),
    };

    /// <summary>A worker's state as UTF-8 JSON; null if there is none.</summary>
    public Task<byte[]?> ReadWorkerAsync(string workerId, CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection => RowReader.ToList(connection, WorkerPayload, [workerId], row => row.IsNull(0) ? null : row.GetUtf8(0).ToArray()) is [{ } state]
                ? state : null,
            cancellationToken);

    /// <summary>A page of repos by key, each with its tasks by phase.</summary>
    /// <param name="after">The grain key at which the page before ended; empty = from the beginning.</param>
    /// <param name="limit">At most this many.</param>
    public Task<RepoPage> ListReposAsync(string after, int limit, CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection => Snapshot.Read(connection, _ =>
            {
                var rows = RowReader.ToList(
                    connection, ReposAfter, [after, limit + 1L], row => (Id: row.GetInt64(0), Key: row.GetText(1)!, State: row.GetUtf8(2).ToArray()));
                var page = rows.Take(limit).ToList();
                return new RepoPage(
                    [.. page.Select(row => (row.State, CountsOf(connection, row.Key)))],
                    rows.Count > limit ? new ListPosition(page[^1].Id, page[^1].Key) : null);
            }),
            cancellationToken);

    private static Dictionary<string, long> CountsOf(NativeConnection connection, string grainKey)
    {
        // The grain's key is the repo's behind a prefix.
        var repo = grainKey[(grainKey.IndexOf('/', StringComparison.Ordinal) + 1)..];
        return RowReader.ToList(connection, PhasesOfRepo, [repo], row => (Phase: row.GetText(0)!, Count: row.GetInt64(1)))
            .ToDictionary(row => row.Phase, row => row.Count);
    }
}

/// <summary>Which workers a list looks at, by what an index says.</summary>
/// <param name="IdPrefix">How their ids begin; null = anyhow.</param>
/// <param name="Name">Their exact name, where no prefix is given; null = any.</param>
public readonly record struct WorkerRange(string? IdPrefix, string? Name);

/// <summary>A page of repos: each one's state as UTF-8 JSON, and its tasks by phase.</summary>
public sealed record RepoPage(IReadOnlyList<(byte[] State, Dictionary<string, long> Tasks)> Items, ListPosition? Next);
