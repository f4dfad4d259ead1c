using Microsoft.Data.Sqlite;
using OwpPool.Storage.Files;
using OwpPool.Storage.Schema;
using OwpPool.Storage.Sqlite;
using OwpPool.Storage.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Storage.Tests.Schema;

public sealed class SchemaMigratorTests : IAsyncDisposable
{
    private static readonly Migration One = new(1, "one", "CREATE TABLE one (a); INSERT INTO one VALUES (1);");
    private static readonly Migration Two = new(2, "two", "CREATE TABLE two (a);");

    private readonly TempDatabase _database = new();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public void Migrate_NewDatabase_AppliesAllInOrderAndRecordsThem()
    {
        using var connection = _database.OpenBeside();

        Assert.Equal(2, Migrate(connection, One, Two));

        Assert.Equal("1", connection.QueryText("SELECT count(*) FROM one"));
        Assert.Equal(
            $"1|one|{One.Checksum}|2026-01-01T00:00:00.000Z",
            connection.QueryText("SELECT version || '|' || name || '|' || checksum || '|' || applied_at FROM pool_schema WHERE version = 1"));
    }

    [Fact]
    public void Migrate_Twice_AppliesNothingTheSecondTime()
    {
        using var connection = _database.OpenBeside();
        Migrate(connection, One, Two);

        Assert.Equal(0, Migrate(connection, One, Two));
        Assert.Equal("1", connection.QueryText("SELECT count(*) FROM one"));
    }

    [Fact]
    public void Migrate_OneIsNew_AppliesThatOne()
    {
        using var connection = _database.OpenBeside();
        Migrate(connection, One);

        Assert.Equal(1, Migrate(connection, One, Two));
        Assert.Equal("0", connection.QueryText("SELECT count(*) FROM two"));
    }

    [Fact]
    public void Migrate_ScriptChangedAfterwards_IsRefused()
    {
        using var connection = _database.OpenBeside();
        Migrate(connection, One);

        var error = Assert.Throws<StorageStartupException>(() => Migrate(connection, One with { Sql = One.Sql + " " }, Two));

        Assert.Contains("01_one.sql", error.Message, StringComparison.Ordinal);
        Assert.Contains("checksum", error.Message, StringComparison.Ordinal);
        Assert.Null(connection.QueryText("SELECT name FROM sqlite_master WHERE name = 'two'"));
    }

    [Theory]
    [InlineData(1, "6d3b10bb6fad5b0b772094171e823c2e89bf7f2b73b3f463f57327cf9ae63b55")]
    [InlineData(2, "ab770e1256f48930cc1246cdaf13a3ad5a1ec73622343f76db27c345d7e951b2")]
    public void Migrate_EarlierTextWithOtherComments_IsTheSameScript(int version, string earlierChecksum)
    {
        Assert.All(Migration.Embedded, migration => Assert.True(migration.Matches(migration.Checksum)));
        Assert.All(Migration.Embedded, migration => Assert.Equal(migration.Version == version, migration.Matches(earlierChecksum)));
    }

    [Fact]
    public void Migrate_SchemaOfANewerProgram_IsRefusedNamingBothVersions()
    {
        using var connection = _database.OpenBeside();
        Migrate(connection, One, Two with { Version = 99 });

        var error = Assert.Throws<StorageStartupException>(() => Migrate(connection, One));

        Assert.Contains("version 99", error.Message, StringComparison.Ordinal);
        Assert.Contains("up to 1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Migrate_ScriptFailsHalfWay_LeavesNothingOfItAndKeepsTheOnesBefore()
    {
        using var connection = _database.OpenBeside();

        Assert.Throws<SqliteException>(() => Migrate(connection, One, new Migration(2, "bad", "CREATE TABLE bad (a); INSERT INTO nowhere VALUES (1);")));

        Assert.Equal("1", connection.QueryText("SELECT group_concat(version) FROM pool_schema"));
        Assert.Null(connection.QueryText("SELECT name FROM sqlite_master WHERE name = 'bad'"));
        Assert.True(connection.IsAutocommit);
    }

    [Fact]
    public void Checksum_WindowsLineEnds_IsTheSame()
    {
        // The embedded scripts are read with their line ends made equal, so a checkout with CRLF opens the same database.
        Assert.All(Migration.Embedded, migration => Assert.DoesNotContain('\r', migration.Sql));
        Assert.NotEqual(One.Checksum, Two.Checksum);
    }

    [Fact]
    public void Embedded_Scripts_AreNumberedOnceAndInOrder()
    {
        var versions = Migration.Embedded.Select(migration => migration.Version).ToArray();

        Assert.Equal([1, 2, 3, 10, 11], versions[..5]);
        Assert.Equal(versions.Distinct().Order(), versions);
    }

    [Fact]
    public void Open_Again_KeepsWhatWasApplied()
    {
        _ = _database.Storage;
        _database.Close();
        using (var connection = _database.OpenBeside())
            connection.Execute("UPDATE pool_schema SET applied_at = 'first'");

        _ = _database.Storage;

        using var after = _database.OpenBeside();
        Assert.Equal("first", after.QueryText("SELECT group_concat(DISTINCT applied_at) FROM pool_schema"));
    }

    [Fact]
    public void Open_TamperedChecksum_IsRefused()
    {
        _ = _database.Storage;
        _database.Close();
        using (var connection = _database.OpenBeside())
            connection.Execute("UPDATE pool_schema SET checksum = 'other' WHERE version = 2");

        var error = Assert.Throws<StorageStartupException>(() => _database.Storage);
        Assert.Contains("02_orleans_persistence.sql", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_NewerSchema_IsRefusedAndTheFileIsFreeAgain()
    {
        _ = _database.Storage;
        _database.Close();
        using (var connection = _database.OpenBeside())
            connection.Execute("INSERT INTO pool_schema VALUES (9999, 'future', 'x', 'y')");

        Assert.Contains("9999", Assert.Throws<StorageStartupException>(() => _database.Storage).Message, StringComparison.Ordinal);

        using (var connection = _database.OpenBeside())
            connection.Execute("DELETE FROM pool_schema WHERE version = 9999");
        Assert.NotNull(_database.Storage);
    }

    private int Migrate(NativeConnection connection, params Migration[] migrations)
        => new SchemaMigrator(migrations, new ManualTimeProvider()).Migrate(connection, _database.Path);
}
