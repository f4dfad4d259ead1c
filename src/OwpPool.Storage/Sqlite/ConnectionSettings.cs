using System.Globalization;
using OwpPool.Storage.Files;

namespace OwpPool.Storage.Sqlite;

/// <summary>What every connection is set to, and the proof at boot that it is.</summary>
internal static class ConnectionSettings
{
    /// <summary>A commit keeps the log file at its size: overwriting it costs half the fsync of extending it.</summary>
    private const int LogBytesKept = 256 << 20;

    /// <summary>Opens the connection that writes. The database is there by now: one that is gone must not come back as an empty one.
    /// </summary>
    public static NativeConnection OpenWriter(SqliteStorageOptions options)
    {
        var connection = NativeConnection.Open(options.Path, readOnly: false, options.BusyTimeout, mustExist: true);
        try
        {
            connection.Execute(
                $"""
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA foreign_keys = ON;
                PRAGMA wal_autocheckpoint = {options.CheckpointPages};
                PRAGMA journal_size_limit = {LogBytesKept};
                PRAGMA temp_store = MEMORY;
                PRAGMA cache_size = -32768;
                PRAGMA secure_delete = OFF;
                """);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public static NativeConnection OpenReader(SqliteStorageOptions options)
    {
        var connection = NativeConnection.Open(options.Path, readOnly: true, options.BusyTimeout);
        connection.Execute("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192;");
        return connection;
    }

    /// <summary>Reads back what durability rests on: SQLite takes a setting that it cannot keep in silence.</summary>
    /// <exception cref="StorageStartupException">A setting did not take, as WAL on a network file system.</exception>
    public static void AssertWriter(NativeConnection connection, SqliteStorageOptions options)
    {
        Require("journal_mode", "wal");
        Require("synchronous", "2");
        Require("foreign_keys", "1");
        Require("busy_timeout", ((int)options.BusyTimeout.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        Require("wal_autocheckpoint", options.CheckpointPages.ToString(CultureInfo.InvariantCulture));
        Require("application_id", DatabaseHeader.PoolApplicationId.ToString(CultureInfo.InvariantCulture));

        void Require(string pragma, string expected)
        {
            var actual = connection.QueryText($"PRAGMA {pragma}");
            if (actual != expected)
                throw new StorageStartupException(
                    $"The database {options.Path} cannot be used safely: {pragma} is '{actual}' and must be '{expected}'.");
        }
    }
}
