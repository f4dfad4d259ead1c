using Microsoft.Data.Sqlite;
using OwpPool.Cli.Db;
using OwpPool.Core.Audit;
using OwpPool.Storage.Files;

namespace OwpPool.Cli.Audit;

/// <summary>Looks through the audit log in a database file, without the server and without leaving a trace beside the file.</summary>
internal static class AuditFile
{
    private const int PageEvents = 2000;

    private const string Marks = "SELECT head_seq, head_hash, anchor_seq, anchor_hash FROM pool_event_chain WHERE id = 1";

    private const string Foreign =
        """
        SELECT seq FROM (SELECT seq FROM pool_events WHERE seq <= $anchor ORDER BY seq LIMIT 20)
        UNION ALL SELECT seq FROM (SELECT seq FROM pool_events WHERE seq > $head ORDER BY seq LIMIT 20)
        """;

    // As bytes: text that somebody has damaged must not be mended on its way.
    private const string Page =
        """
        SELECT seq, CAST(at AS BLOB), CAST(type AS BLOB), CAST(actor AS BLOB), CAST(target AS BLOB), CAST(repo AS BLOB),
          CAST(details AS BLOB), hash
        FROM pool_events WHERE seq > $after AND seq <= $head ORDER BY seq LIMIT $limit
        """;

    /// <summary>Looks through the whole log.</summary>
    /// <exception cref="UsageException">There is no such file, or it is not a pool's.</exception>
    public static ChainReport Verify(string path, ChainMark? noted, CancellationToken ct)
    {
        if (!File.Exists(path)) throw new UsageException($"There is no file {path}.");
        try
        {
            // Where no server has the file open it is read as it is: SQLite would make files beside it, and they would be this user's.
            var alone = !DatabaseFiles.HasContent(path + "-wal");
            var report = Verify(alone ? DatabaseFacts.Untouched(path) : path, path, noted, ct);
            // A server that started meanwhile may have changed the file under the look.
            return alone && !report.IsIntact && DatabaseFiles.HasContent(path + "-wal") ? Verify(path, path, noted, ct) : report;
        }
        catch (SqliteException failure)
        {
            throw new UsageException($"The file {path} cannot be read as a pool's database: {failure.Message}");
        }
    }

    private static ChainReport Verify(string source, string path, ChainMark? noted, CancellationToken ct)
    {
        using var connection = DatabaseFacts.Open(source, SqliteOpenMode.ReadOnly);
        if (Number(connection, "PRAGMA application_id") != DatabaseHeader.PoolApplicationId)
            throw new UsageException($"The file {path} is not a pool's database.");
        if (Number(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'pool_event_chain'") == 0)
            throw new UsageException($"The database {path} was last served by a version without a chain; start the server once.");
        var verifier = Snapshot(connection, () => Begin(connection, noted));
        if (verifier is null) return ChainVerifier.WithoutHead();
        while (Snapshot(connection, () => ReadPage(connection, verifier))) ct.ThrowIfCancellationRequested();
        return verifier.Finish();
    }

    /// <summary>Each page is a read of its own, so that a running server can go on folding its log into the file.</summary>
    private static T Snapshot<T>(SqliteConnection connection, Func<T> read)
    {
        using var transaction = connection.BeginTransaction(deferred: true);
        return read();
    }

    private static ChainVerifier? Begin(SqliteConnection connection, ChainMark? noted)
    {
        if (ReadMarks(connection) is not { } marks) return null;
        var verifier = new ChainVerifier(marks.Anchor, marks.Head, noted);
        using var command = Command(connection, Foreign, ("$anchor", marks.Anchor.Seq), ("$head", marks.Head.Seq));
        using var rows = command.ExecuteReader();
        while (rows.Read()) verifier.AddForeign(rows.GetInt64(0));
        return verifier;
    }

    /// <returns>False when there are no more.</returns>
    private static bool ReadPage(SqliteConnection connection, ChainVerifier verifier)
    {
        // Retention may have gone on since the last page.
        if (ReadMarks(connection) is { } marks) verifier.MoveAnchor(marks.Anchor);
        using var command = Command(connection, Page,
            ("$after", verifier.Position), ("$head", verifier.Head.Seq), ("$limit", PageEvents));
        using var rows = command.ExecuteReader();
        var count = 0;
        for (; rows.Read(); count++)
        {
            verifier.Add(
                new ChainedEvent
                {
                    Seq = rows.GetInt64(0),
                    At = Bytes(rows, 1),
                    Type = Bytes(rows, 2),
                    Actor = Bytes(rows, 3),
                    Target = Bytes(rows, 4),
                    HasRepo = !rows.IsDBNull(5),
                    Repo = Bytes(rows, 5),
                    Details = Bytes(rows, 6),
                },
                Bytes(rows, 7));
        }
        return count == PageEvents;
    }

    private static (ChainMark Head, ChainMark Anchor)? ReadMarks(SqliteConnection connection)
    {
        using var command = Command(connection, Marks);
        using var rows = command.ExecuteReader();
        return rows.Read()
            ? (ChainMark.Of(rows.GetInt64(0), Bytes(rows, 1)), ChainMark.Of(rows.GetInt64(2), Bytes(rows, 3)))
            : null;
    }

    private static byte[] Bytes(SqliteDataReader rows, int column) => rows.IsDBNull(column) ? [] : rows.GetFieldValue<byte[]>(column);

    private static long Number(SqliteConnection connection, string sql)
    {
        using var command = Command(connection, sql);
        return (long)command.ExecuteScalar()!;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, long Value)> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are the constants above.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value);
        return command;
    }
}
