using OwpPool.Core.Audit;
using OwpPool.Core.Shared;
using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.Audit;

/// <summary>Removes the oldest events of the audit log. What is left can still be verified: the hash that the oldest kept event builds on
/// stays, and that events were removed is an event itself.</summary>
public sealed class AuditRetention
{
    /// <summary>Events removed in one commit: so few that the writes of others, which share it, hardly wait.</summary>
    public const int BatchEvents = 200;

    // The last event before the first that is to be kept. Only the span in which that one lies is looked through.
    internal static readonly SqlText Through = new(
        """
        SELECT max(seq) FROM pool_events WHERE hash IS NOT NULL AND seq <= (SELECT head_seq FROM pool_event_chain) AND seq < COALESCE(
          (SELECT seq FROM pool_events WHERE at >= ?1 AND seq > COALESCE(
            (SELECT max(last_seq) FROM pool_event_spans WHERE last_seq < COALESCE(
              (SELECT min(last_seq) FROM pool_event_spans WHERE high_at >= ?1), 9223372036854775807)), 0)
            ORDER BY seq LIMIT 1), 9223372036854775807)
        """);

    // Through an event of the log: a number that somebody has removed would never be reached.
    private static readonly SqlText Bounded = new(
        """
        SELECT max(seq) FROM pool_events WHERE hash IS NOT NULL
          AND seq <= max(?2, min(?1, COALESCE((SELECT min(seq) FROM pool_cursors), 9223372036854775807)))
        """);

    private static readonly SqlText Unread = new("SELECT name FROM pool_cursors WHERE seq < ?1 ORDER BY name");

    private const string Announce =
        """
        INSERT INTO pool_events (at, type, actor, target, details) VALUES (@at, @type, @actor, @target,
          json_object('before', @before, 'first_seq', CAST((SELECT min(seq) FROM pool_events) AS TEXT), 'through_seq', CAST(@through AS TEXT),
            'unread_by', @unread))
        """;

    private const string Remove =
        """
        UPDATE pool_event_chain SET (anchor_seq, anchor_hash) =
        (
          SELECT seq, hash FROM (SELECT seq, hash FROM pool_events WHERE seq <= @through AND hash IS NOT NULL ORDER BY seq LIMIT @limit)
          ORDER BY seq DESC LIMIT 1
        )
        WHERE EXISTS (SELECT 1 FROM pool_events WHERE seq <= @through AND hash IS NOT NULL);
        DELETE FROM pool_events WHERE seq <= (SELECT anchor_seq FROM pool_event_chain);
        DELETE FROM pool_event_spans WHERE last_seq <= (SELECT anchor_seq FROM pool_event_chain);
        SELECT anchor_seq FROM pool_event_chain
        """;

    private readonly ReaderPool _readers;
    private readonly SqlitePoolDataSource _database;

    internal AuditRetention(ReaderPool readers, SqlitePoolDataSource database) => (_readers, _database) = (readers, database);

    /// <summary>Removes all events up to the first that is to be kept, in small commits among those of others.</summary>
    /// <param name="before">Events from this instant on are kept, and all behind the first of them.</param>
    /// <param name="unreadBefore">So are older ones that a consumer (<see cref="EventLog.EventCursors"/>) has not read, if they are from
    /// this instant on: one that is stuck must not keep the log for ever.</param>
    /// <param name="now">The instant of the event that says so.</param>
    /// <param name="cancellationToken">Looked at between commits; what is left goes another time.</param>
    /// <returns>Null if there was nothing to remove.</returns>
    public async Task<AuditTrim?> TrimAsync(
        DateTimeOffset before, DateTimeOffset unreadBefore, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(unreadBefore, before);
        if (await _readers.RunAsync(connection => Find(connection, before, unreadBefore), cancellationToken).ConfigureAwait(false)
            is not { Through: var through } trim)
            return null;
        await _database.ExecuteAsync(
            Announce,
            [
                ("@at", Instants.Text(now)), ("@type", AuditLogEvents.Trimmed), ("@actor", Actors.System), ("@target", AuditLogEvents.Target),
                ("@before", Instants.Text(before)), ("@through", through), ("@unread", string.Join(' ', trim.UnreadBy)),
            ],
            cancellationToken).ConfigureAwait(false);
        long removed;
        do
        {
            var rows = await _database.QueryAsync(
                Remove, [("@through", through), ("@limit", (long)BatchEvents)], row => row.GetInt64(0), cancellationToken).ConfigureAwait(false);
            // Where somebody has removed the chain's row there is nothing to be kept whole.
            removed = rows is [var seq] ? seq : through;
        }
        while (removed < through);
        return trim;
    }

    private static AuditTrim? Find(NativeConnection connection, DateTimeOffset before, DateTimeOffset unreadBefore)
    {
        if (Number(connection, Through, Instants.Text(before)) is not { } old) return null;
        var kept = Number(connection, Through, Instants.Text(unreadBefore)) ?? 0;
        return Number(connection, Bounded, old, kept) is { } through
            ? new AuditTrim(through, RowReader.ToList(connection, Unread, [through], row => row.GetText(0)!))
            : null;
    }

    private static long? Number(NativeConnection connection, SqlText sql, params ReadOnlySpan<object?> parameters)
        => RowReader.ToList(connection, sql, parameters, row => row.IsNull(0) ? (long?)null : row.GetInt64(0))[0];
}
