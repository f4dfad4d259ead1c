using System.Globalization;
using Microsoft.Data.Sqlite;
using OwpPool.Storage.Files;
using SQLitePCL;

namespace OwpPool.Cli.Db;

/// <summary>What a look at a whole database has found.</summary>
/// <param name="Events">Number of the newest event of the audit log; 0 where there is none.</param>
/// <param name="LatestEventAt">When it happened; null where there is none.</param>
/// <param name="Schema">Number of the newest script that the database has had.</param>
internal sealed record DatabaseFacts(long Events, string? LatestEventAt, int Schema)
{
    /// <summary>Number of the newest script that this program knows.</summary>
    public static int NewestSchema { get; } = Migration.Embedded.Max(migration => migration.Version);

    /// <summary>Looks at every page of a database that is open and that nobody else uses.</summary>
    /// <exception cref="UsageException">It is damaged, or not a pool's.</exception>
    /// <exception cref="SqliteException">It cannot be read.</exception>
    public static DatabaseFacts Read(SqliteConnection connection, string path)
    {
        try
        {
            return ReadAll(connection, path);
        }
        catch (SqliteException damage) when (damage.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB)
        {
            throw new UsageException($"{path} is damaged: {damage.Message}");
        }
    }

    /// <summary>Opens a database without a pool of connections: when it is closed, it is closed.</summary>
    public static SqliteConnection Open(string source, SqliteOpenMode mode)
    {
        var builder = new SqliteConnectionStringBuilder { DataSource = source, Mode = mode, Pooling = false };
        var connection = new SqliteConnection(builder.ConnectionString);
        connection.Open();
        return connection;
    }

    /// <summary>The name under which SQLite reads a file as it is and makes no file beside it.</summary>
    public static string Untouched(string path) => $"file:{Uri.EscapeDataString(Path.GetFullPath(path))}?immutable=1";

    /// <summary>Reads the header of a pool's database.</summary>
    /// <exception cref="UsageException">There is no such file, it cannot be read, or it is not a pool's.</exception>
    public static DatabaseHeader HeaderOf(string path)
    {
        if (!File.Exists(path)) throw new UsageException($"There is no file {path}.");
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return DatabaseHeader.Read(file) is { ApplicationId: DatabaseHeader.PoolApplicationId } header
                ? header
                : throw new UsageException($"{path} is not a pool's database.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"{path} cannot be read: {failure.Message}");
        }
    }

    public static string? Text(SqliteConnection connection, string sql) =>
        Convert.ToString(Scalar(connection, sql), CultureInfo.InvariantCulture);

    private static DatabaseFacts ReadAll(SqliteConnection connection, string path)
    {
        if (Text(connection, "PRAGMA integrity_check(1)") is var found and not "ok")
            throw new UsageException($"{path} is damaged: {found?.ReplaceLineEndings(" ")}");
        if (Number(connection, "SELECT count(*) FROM sqlite_master WHERE name IN ('pool_schema', 'pool_events')") < 2)
            throw new UsageException($"{path} is not a pool's database: it has no tables of the pool.");
        return new DatabaseFacts(
            Number(connection, "SELECT coalesce(max(seq), 0) FROM pool_events"),
            Text(connection, "SELECT at FROM pool_events ORDER BY seq DESC LIMIT 1"),
            (int)Number(connection, "SELECT coalesce(max(version), 0) FROM pool_schema"));
    }

    private static long Number(SqliteConnection connection, string sql) => Convert.ToInt64(Scalar(connection, sql), CultureInfo.InvariantCulture);

    private static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are constants of this folder.
        command.CommandText = sql;
#pragma warning restore CA2100
        return command.ExecuteScalar() is var value and not DBNull ? value : null;
    }
}
