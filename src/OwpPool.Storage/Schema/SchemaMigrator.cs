using System.Globalization;
using Microsoft.Data.Sqlite;
using OwpPool.Storage.Files;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.Schema;

/// <summary>Brings a database to the schema of this program: each script once, in order, in a transaction of its own.</summary>
/// <remarks>Runs under the process lock, on the writer's connection, before anything else uses it.</remarks>
internal sealed class SchemaMigrator(IReadOnlyList<Migration> migrations, TimeProvider time)
{
    /// <summary>Applies what is missing.</summary>
    /// <returns>The number of scripts applied; 0 if the schema was up to date.</returns>
    /// <exception cref="StorageStartupException">The database is newer than this program, or a script was changed after it was applied.
    /// </exception>
    /// <exception cref="SqliteException">A script failed; it left nothing behind, those before it did.</exception>
    public int Migrate(NativeConnection connection, string path)
    {
        connection.Execute(
            """
            CREATE TABLE IF NOT EXISTS pool_schema
            (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at TEXT NOT NULL)
            """);
        var applied = ReadApplied(connection);
        Check(applied, path);

        var missing = migrations.Where(migration => !applied.ContainsKey(migration.Version)).ToList();
        foreach (var migration in missing)
            Apply(connection, migration);
        return missing.Count;
    }

    private static Dictionary<int, string> ReadApplied(NativeConnection connection)
    {
        var applied = new Dictionary<int, string>();
        using var text = new PreparedText(connection, new SqlText("SELECT version, checksum FROM pool_schema"));
        var rows = text.Get(0)!;
        while (rows.Step())
            applied.Add((int)rows.GetInt64(0), rows.GetText(1)!);
        return applied;
    }

    private void Check(Dictionary<int, string> applied, string path)
    {
        var known = migrations.ToDictionary(migration => migration.Version);
        var newest = migrations.Max(migration => migration.Version);
        foreach (var (version, checksum) in applied)
        {
            if (!known.TryGetValue(version, out var migration))
                throw new StorageStartupException(
                    $"The database {path} has schema version {version}; this program knows versions up to {newest}. Run a newer program.");
            if (!migration.Matches(checksum))
                throw new StorageStartupException(
                    $"The database {path} was made with another text of {version:00}_{migration.Name}.sql than this program has (checksum differs).");
        }
    }

    private void Apply(NativeConnection connection, Migration migration)
    {
        connection.Execute("BEGIN IMMEDIATE");
        try
        {
            connection.Execute(migration.Sql);
            using var text = new PreparedText(
                connection, new SqlText("INSERT INTO pool_schema (version, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)"));
            var insert = text.Get(0)!;
            insert.Bind(1, migration.Version).Bind(2, migration.Name).Bind(3, migration.Checksum)
                .Bind(4, time.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture))
                .Step();
            insert.Reset();
            connection.Execute("COMMIT");
        }
        catch
        {
            if (!connection.IsAutocommit)
                connection.Execute("ROLLBACK");
            throw;
        }
    }
}
