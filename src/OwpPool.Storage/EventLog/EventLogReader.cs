using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.EventLog;

/// <summary>The numbers between which the log has its events.</summary>
/// <param name="Oldest">The oldest event that is kept; the next one to come where none is. A reader whose last event is this number - 2 or
/// less has missed some for good: what is older was removed.</param>
/// <param name="Latest">The newest committed event, also when it was removed since; 0 before the first.</param>
public readonly record struct EventExtent(long Oldest, long Latest);

/// <summary>Follows <c>pool_events</c>. An event is visible when the change it belongs to is durable, never before.</summary>
public sealed class EventLogReader
{
    /// <summary>What <see cref="ToEvent"/> reads. Of the hash 5 bytes: the chance that another history has the same is one in 2^40.</summary>
    internal const string Columns = "seq, at, type, actor, target, repo, details, lower(hex(substr(hash, 1, 5)))";

    private static readonly SqlText After = new(
        $"SELECT {Columns} FROM pool_events WHERE seq > ?1 ORDER BY seq LIMIT ?2");

    private static readonly SqlText AfterOfTypes = new(
        $"""
        SELECT {Columns} FROM pool_events
        WHERE seq > ?1 AND type IN (SELECT value FROM json_each(?2)) ORDER BY seq LIMIT ?3
        """);

    private static readonly SqlText Last = new("SELECT max(seq) FROM pool_events");

    // An empty log has kept nothing before the next event to come: AUTOINCREMENT remembers the number of the last.
    private static readonly SqlText Extent = new(
        """
        WITH latest(seq) AS (SELECT COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'pool_events'), 0))
        SELECT COALESCE((SELECT min(seq) FROM pool_events), seq + 1), seq FROM latest
        """);

    // The anchor is the last event that was removed; before the first one ever it is all zeros.
    private static readonly SqlText Mark = new(
        """
        SELECT lower(hex(substr(hash, 1, 5))) FROM
        (
          SELECT seq, hash FROM (SELECT seq, hash FROM pool_events WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1)
          UNION ALL SELECT anchor_seq, anchor_hash FROM pool_event_chain WHERE id = 1 AND anchor_seq <= ?1
        )
        ORDER BY seq DESC LIMIT 1
        """);

    private readonly ReaderPool _readers;

    internal EventLogReader(ReaderPool readers) => _readers = readers;

    /// <summary>The events after the given one, oldest first.</summary>
    /// <param name="seq">The last one already seen; 0 for the start.</param>
    /// <param name="limit">At most this many; 1 or more.</param>
    public Task<IReadOnlyList<PoolEvent>> ReadAfterAsync(long seq, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return _readers.RunAsync<IReadOnlyList<PoolEvent>>(
            connection => RowReader.ToList(connection, After, [seq, limit], ToEvent), cancellationToken);
    }

    /// <summary>The events of some types after the given one, oldest first. Looks at every event after it: for those who follow closely.
    /// </summary>
    /// <param name="seq">The last one already seen; 0 for the start.</param>
    /// <param name="types">The types, as a JSON array of texts.</param>
    /// <param name="limit">At most this many; 1 or more.</param>
    public Task<IReadOnlyList<PoolEvent>> ReadOfTypesAfterAsync(
        long seq, string types, int limit, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(limit);
        return _readers.RunAsync<IReadOnlyList<PoolEvent>>(
            connection => RowReader.ToList(connection, AfterOfTypes, [seq, types, limit], ToEvent), cancellationToken);
    }

    /// <summary>The newest event's number, 0 if there is none.</summary>
    public Task<long> LastSeqAsync(CancellationToken cancellationToken = default)
        => _readers.RunAsync(connection => RowReader.ToList(connection, Last, [], row => row.GetInt64(0))[0], cancellationToken);

    /// <summary>From where to where the log reaches. Two looks at the edges of an index.</summary>
    public Task<EventExtent> ReadExtentAsync(CancellationToken cancellationToken = default)
        => _readers.RunAsync(
            connection => RowReader.ToList(connection, Extent, [], row => new EventExtent(row.GetInt64(0), row.GetInt64(1)))[0],
            cancellationToken);

    /// <summary>The mark of the last event up to and with the number; null if none is known.</summary>
    public Task<string?> ReadMarkAsync(long seq, CancellationToken cancellationToken = default)
        => _readers.RunAsync(connection => RowReader.ToList(connection, Mark, [seq], row => MarkOf(row, 0)).FirstOrDefault(), cancellationToken);

    internal static PoolEvent ToEvent(PreparedStatement row)
        => new(
            row.GetInt64(0), InstantText.ParseOrEpoch(row.GetUtf8(1)), row.GetText(2)!, row.GetText(3)!, row.GetText(4)!, row.GetText(5),
            row.GetText(6)!)
        {
            Mark = MarkOf(row, 7),
        };

    /// <summary>Nothing, in hexadecimal, is an empty text and no NULL.</summary>
    private static string? MarkOf(PreparedStatement row, int column) => row.GetText(column) is { Length: > 0 } mark ? mark : null;
}
