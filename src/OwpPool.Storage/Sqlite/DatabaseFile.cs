using System.Buffers.Binary;
using Microsoft.Data.Sqlite;

namespace OwpPool.Storage.Sqlite;

/// <summary>Tells the pool's own database from everything else, before SQLite is let near it.</summary>
internal static class DatabaseFile
{
    private const int HeaderBytes = 100;
    private const int ApplicationIdOffset = 68;

    /// <summary>Makes the folder of the file.</summary>
    /// <exception cref="StorageStartupException">It cannot be made.</exception>
    public static void PrepareFolder(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new StorageStartupException($"Cannot make the folder of the database {path}: {ProcessLock.OneLine(error)}", error);
        }
    }

    /// <summary>Looks at the file without changing it, or anything beside it.</summary>
    /// <returns>True if it is to be made the pool's: it is missing, or empty.</returns>
    /// <exception cref="StorageStartupException">The file is no database, another program's, or cannot be read.</exception>
    public static bool IsNew(string path)
    {
        var header = ReadHeader(path);
        if (header.Length == 0)
            return true;
        if (header.Length < HeaderBytes || !header.AsSpan().StartsWith("SQLite format 3\0"u8))
            throw new StorageStartupException($"The file {path} is not a database of the pool, nor of SQLite at all; it is left as it is.");

        var applicationId = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(ApplicationIdOffset));
        if (applicationId == ConnectionSettings.ApplicationId)
            return false;
        if (applicationId == 0 && IsEmpty(path))
            return true;
        throw new StorageStartupException($"The database {path} belongs to another program; it is left as it is.");
    }

    /// <summary>Marks a new database as the pool's. Before WAL is turned on, so that the mark is in the file itself from the start.
    /// </summary>
    public static void Claim(SqliteStorageOptions options)
    {
        using var connection = NativeConnection.Open(options.Path, readOnly: false, options.BusyTimeout);
        connection.Execute($"PRAGMA application_id = {ConnectionSettings.ApplicationId}");
    }

    private static byte[] ReadHeader(string path)
    {
        try
        {
            if (!File.Exists(path) && !Directory.Exists(path))
                return [];
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            var buffer = new byte[HeaderBytes];
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
        if (HasContent(path + "-wal") || HasContent(path + "-journal"))
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

    private static bool HasContent(string path) => File.Exists(path) && new FileInfo(path).Length > 0;
}
