using System.Globalization;
using System.Security.Cryptography;
using OwpPool.Storage.Files;
using SQLitePCL;

namespace OwpPool.Storage.Sqlite;

/// <summary>Writes into page 1 what <see cref="WriteAheadLog.BelongsTo"/> reads: the mark of this start, and the number of each commit.
/// </summary>
internal sealed class CommitStamp
{
    private NativeConnection? _connection;
    private int _last;
    private int _changes;

    /// <summary>Gives the database a mark that no copy of it has, at the start, before anybody else writes.</summary>
    /// <returns>What page 1 says from now on.</returns>
    public static LogStamp Mark(NativeConnection connection)
    {
        // With the old mark: a log that begins here tells which file it begins on.
        var number = Next((int)connection.QueryInteger("PRAGMA user_version"));
        SetNumber(connection, number);
        var mark = RandomNumberGenerator.GetInt32(LogStamp.LeastMark, LogStamp.LargestMark);
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA schema_version = {mark}"));
        // If another program's read keeps it from the file for now, the log has both marks.
        _ = raw.sqlite3_wal_checkpoint_v2(connection.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out _, out _);
        return new LogStamp((uint)mark, number);
    }

    /// <summary>A transaction begins.</summary>
    public void Begin(NativeConnection connection)
    {
        if (_connection != connection)
            (_connection, _last) = (connection, (int)connection.QueryInteger("PRAGMA user_version"));
        _changes = raw.sqlite3_total_changes(connection.Handle);
    }

    /// <summary>The transaction is about to commit; one that changed nothing stays so.</summary>
    public void Write(NativeConnection connection)
    {
        if (raw.sqlite3_total_changes(connection.Handle) != _changes)
            SetNumber(connection, Next(_last));
    }

    /// <summary>It has committed.</summary>
    public void Committed(NativeConnection connection)
    {
        if (raw.sqlite3_total_changes(connection.Handle) != _changes)
            _last = Next(_last);
    }

    private static int Next(int number) => unchecked(number + 1);

    private static void SetNumber(NativeConnection connection, int number) =>
        connection.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {number}"));
}
