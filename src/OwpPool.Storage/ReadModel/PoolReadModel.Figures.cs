using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.ReadModel;

/// <content>What metrics are made of.</content>
public sealed partial class PoolReadModel
{
    private const string WebhookCursors = "webhook.";

    private static readonly SqlText WorkersByStatus = new(
        "SELECT CASE WHEN revoked THEN 'revoked' ELSE status END, count(*) FROM pool_workers GROUP BY 1");

    // Rows are in the order in which tasks were created: of each repo the first entry of an index, and that row alone.
    private static readonly SqlText OldestReady = new(
        """
        SELECT min(created_at) FROM
        (
          SELECT (SELECT json_extract(PayloadBinary, '$.created_at') FROM OrleansStorage
            WHERE task_repo = repo AND task_phase = 'ready' ORDER BY Id LIMIT 1) AS created_at
          FROM pool_repos
        )
        """);

    private static readonly SqlText Cursors = new(
        "SELECT name, (SELECT COALESCE(max(seq), 0) FROM pool_events) - seq FROM pool_cursors");

    private static readonly SqlText Outward = new("SELECT count(*) FROM github_outbox");

    private static readonly SqlText DeadLetters = new("SELECT count(*) FROM pool_webhook_dead_letters");

    private static readonly SqlText DeliveriesByState = new(
        """
        SELECT state, count(*) FROM github_deliveries INDEXED BY github_deliveries_by_state
        WHERE state IN ('pending', 'failed') GROUP BY state
        """);

    /// <summary>Everything that is watched, of one instant. Counts tasks in an index and reads every worker's row: not for each request.
    /// </summary>
    public Task<PoolFigures> ReadFiguresAsync(CancellationToken cancellationToken = default) => _readers.RunAsync(ReadFigures, cancellationToken);

    private static PoolFigures ReadFigures(NativeConnection connection) => Snapshot.Read(connection, _ =>
    {
        var behind = Counts(connection, Cursors);
        return new PoolFigures(
            ReadState(connection),
            Counts(connection, WorkersByStatus),
            RowReader.ToList(connection, OldestReady, [], row => Instant(row, 0))[0],
            behind.Where(cursor => cursor.Key.StartsWith(WebhookCursors, StringComparison.Ordinal))
                .ToDictionary(cursor => cursor.Key[WebhookCursors.Length..], cursor => cursor.Value),
            RowReader.ToList(connection, DeadLetters, [], row => row.GetInt64(0))[0],
            Counts(connection, DeliveriesByState),
            RowReader.ToList(connection, Outward, [], row => row.GetInt64(0))[0]);
    });

    private static Dictionary<string, long> Counts(NativeConnection connection, SqlText sql) =>
        RowReader.ToList(connection, sql, [], row => (Name: row.GetText(0)!, Count: row.GetInt64(1))).ToDictionary(row => row.Name, row => row.Count);
}
