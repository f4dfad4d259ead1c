using System.Buffers.Binary;
using Microsoft.Data.Sqlite;
using OwpPool.Storage.Files;
using SQLitePCL;

namespace OwpPool.Storage.Sqlite;

/// <summary>Tells the pool's own database from everything else, before SQLite is let near it.</summary>
internal static class DatabaseFile
{
    /// <summary>Makes the folder of the file, for its owner alone.</summary>
    /// <exception cref="StorageStartupException">It cannot be made.</exception>
    public static void PrepareFolder(string path)
    {
        try
        {
            OwnerOnly.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new StorageStartupException($"Cannot make the folder of the database {path}: {ProcessLock.OneLine(error)}", error);
        }
    }

    /// <summary>Takes the database and what stands beside it away from everybody but its owner. SQLite gives its log the mode of the
    /// database.</summary>
    /// <returns>The files that others may still be able to read: they belong to somebody else.</returns>
    public static IReadOnlyList<string> CloseToOthers(string path) =>
        [.. new[] { path, path + "-wal", path + "-shm", path + "-journal", path + ".lock" }.Where(file => !OwnerOnly.TryClose(file))];

    /// <summary>Looks at the file without changing it, or anything beside it.</summary>
    /// <returns>Null if it is to be made the pool's: it is missing, or empty.</returns>
    /// <exception cref="StorageStartupException">The file is no database, another program's, or cannot be read; or it is missing and its
    /// log is there.</exception>
    public static DatabaseHeader? Look(string path)
    {
        var bytes = ReadHeader(path);
        if (bytes.Length == 0)
        {
            RequireNoLog(path);
            return null;
        }
        if (DatabaseHeader.Parse(bytes) is not { } header)
            throw new StorageStartupException($"The file {path} is not a database of the pool, nor of SQLite at all; it is left as it is.");

        if (header.ApplicationId == DatabaseHeader.PoolApplicationId)
            return header;
        if (header.ApplicationId == 0 && IsEmpty(path))
            return null;
        throw new StorageStartupException($"The database {path} belongs to another program; it is left as it is.");
    }

    /// <summary>Marks a new database as the pool's. Before WAL is turned on, so that the mark is in the file itself from the start.
    /// </summary>
    public static void Claim(SqliteStorageOptions options)
    {
        OwnerOnly.Open(options.Path, FileShare.ReadWrite).Dispose();
        using var connection = NativeConnection.Open(options.Path, readOnly: false, options.BusyTimeout);
        connection.Execute($"PRAGMA application_id = {DatabaseHeader.PoolApplicationId}");
    }

    /// <summary>Looks at the log beside the database. One that belongs to another file, because a backup was put in the place of the
    /// database that it was written for, is set aside: SQLite would write its pages into the backup.</summary>
    /// <returns>The name under which the log was set aside; null if it was not.</returns>
    /// <exception cref="StorageStartupException">The log has lost commits in its middle, or the database is cut short; nothing was changed.
    /// </exception>
    public static string? CheckLog(string path, DatabaseHeader header, TimeProvider time)
    {
        try
        {
            var log = WriteAheadLog.Read(path + "-wal");
            if (!log.BelongsTo(header))
            {
                RequireWhole(path, header);
                var aside = DatabaseFiles.Aside(path, time) + "-wal";
                File.Move(path + "-wal", aside);
                return aside;
            }
            if (log.HasLostCommits)
                throw new StorageStartupException(
                    $"The database {path} is damaged: its log {path}-wal has a bad place with complete commits behind it, which would be "
                    + "lost. Restore both files from a backup; or move the log away to go on with what was in the database before it.");
            // With a log the file may be behind it.
            if (log.Commits == 0)
                RequireWhole(path, header);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageStartupException($"Cannot read the log of the database {path}: {ProcessLock.OneLine(error)}", error);
        }
    }

    /// <summary>Looks whether the pages of the database fit together.</summary>
    /// <returns>False if there was not time enough for all of them; those that were looked at are sound.</returns>
    /// <exception cref="StorageStartupException">They do not.</exception>
    public static bool CheckPages(NativeConnection connection, SqliteStorageOptions options, TimeProvider time)
    {
        if (options.CheckTime == TimeSpan.Zero)
            return false;
        var (gate, isOver) = (new Lock(), false);
        using var alarm = time.CreateTimer(_ => Interrupt(), null, options.CheckTime, Timeout.InfiniteTimeSpan);
        try
        {
            var found = connection.QueryText("PRAGMA quick_check(1)");
            if (found != "ok")
                throw new StorageStartupException($"The database {options.Path} is damaged: {found?.ReplaceLineEndings(" ")}");
            return true;
        }
        catch (SqliteException interrupted) when (interrupted.SqliteErrorCode == raw.SQLITE_INTERRUPT)
        {
            return false;
        }
        finally
        {
            lock (gate)
                isOver = true;
        }

        // Not what comes after the check.
        void Interrupt()
        {
            lock (gate)
            {
                if (!isOver)
                    raw.sqlite3_interrupt(connection.Handle);
            }
        }
    }

    private static void RequireWhole(string path, DatabaseHeader header)
    {
        var length = new FileInfo(path).Length;
        if (length < header.Length)
            throw new StorageStartupException(
                $"The database {path} is damaged: it is cut short, {length} of {header.Length} bytes. Restore a backup: owp db restore.");
    }

    /// <summary>SQLite deletes the log of a database that it has to make.</summary>
    private static void RequireNoLog(string path)
    {
        if (CommitsIn(path + "-wal") > 0)
            throw new StorageStartupException(
                $"The database {path} is missing, and its log {path}-wal is there with what was written last. Put the database back beside "
                + "it, or restore a backup: owp db restore. Move the log away to begin with an empty pool.");
    }

    private static int CommitsIn(string log)
    {
        try
        {
            return WriteAheadLog.Read(log).Commits;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageStartupException($"Cannot read the log {log}: {ProcessLock.OneLine(error)}", error);
        }
    }

    private static byte[] ReadHeader(string path)
    {
        try
        {
            if (!File.Exists(path) && !Directory.Exists(path))
                return [];
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var buffer = new byte[DatabaseHeader.Bytes];
            return buffer[..RandomAccess.Read(handle, buffer, 0)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new StorageStartupException($"Cannot read the database {path}: {ProcessLock.OneLine(error)}", error);
        }
    }

    /// <summary>A database in which nobody has made anything: no table, and no log or journal that might hold one.</summary>
    private static bool IsEmpty(string path)
    {
        if (DatabaseFiles.HasContent(path + "-wal") || DatabaseFiles.HasContent(path + "-journal"))
            return false;
        try
        {
            using var connection = NativeConnection.Open(
                $"file:{Uri.EscapeDataString(Path.GetFullPath(path))}?immutable=1", readOnly: true, TimeSpan.Zero);
            return connection.QueryInteger("SELECT count(*) FROM sqlite_master") == 0;
        }
        catch (SqliteException error)
        {
            throw new StorageStartupException($"Cannot read the database {path}: {ProcessLock.OneLine(error)}", error);
        }
    }
}
