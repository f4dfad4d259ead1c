using System.Data;
using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Sqlite;

/// <summary>The ADO.NET face: what callers see must be what Microsoft.Data.Sqlite would show them.</summary>
public sealed class PoolCommandTests : IAsyncDisposable
{
    private readonly TempDatabase _database = new();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    public static TheoryData<object?> Values() =>
    [
        "text", "", "ünï😀", new string('x', 5000), 1, -1L, long.MaxValue, int.MinValue, 1.5, true, false, (byte)7, (short)-3, 9u, 'c', null,
        new byte[] { 0, 1, 255 }, Array.Empty<byte>(), new DateTime(2026, 1, 18, 5, 6, 7, 89, DateTimeKind.Utc),
        new DateTime(2026, 1, 18, 0, 0, 0, DateTimeKind.Utc), new DateTimeOffset(2026, 1, 18, 5, 6, 7, TimeSpan.FromHours(2)),
        new TimeSpan(1, 2, 3, 4, 5), new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"), 12.50m, 1.25f, DayOfWeek.Friday,
    ];

    [Theory]
    [MemberData(nameof(Values))]
    public async Task Value_Bound_IsStoredAsMicrosoftDataSqliteStoresIt(object? value)
    {
        await _database.ExecuteAsync("CREATE TABLE t (v)");
        await _database.ExecuteAsync("INSERT INTO t VALUES (@v)", ("@v", value));

        var ours = await _database.ExecuteAsync("SELECT v, typeof(v) AS kind FROM t");

        await using var theirs = new SqliteConnection("Data Source=:memory:");
        await theirs.OpenAsync();
        await using var command = TempDatabase.Command(theirs, "SELECT @v AS v, typeof(@v) AS kind", ("@v", value));
        await using var reader = await command.ExecuteReaderAsync();
        var expected = Result.Read(reader);
        Assert.Equal(expected[0, "kind"], ours[0, "kind"]);
        Assert.Equal(expected[0, "v"], ours[0, "v"]);
    }

    [Fact]
    public async Task Connection_OfTheDataSource_IsAnOpenSqliteConnection()
    {
        // Orleans compares the type with that of Microsoft.Data.Sqlite's factory.
        await using var created = _database.Storage.DataSource.CreateConnection();
        await using var opened = await _database.Storage.DataSource.OpenConnectionAsync();

        Assert.IsAssignableFrom<SqliteConnection>(created);
        Assert.Equal(ConnectionState.Closed, created.State);
        Assert.Equal(ConnectionState.Open, opened.State);
        Assert.Contains(_database.Path, opened.ConnectionString, StringComparison.Ordinal);
        Assert.Equal(_database.Path, opened.DataSource);
    }

    [Fact]
    public async Task Command_ClosedConnection_IsRefused()
    {
        await using var connection = _database.Storage.DataSource.CreateConnection();
        await using var command = TempDatabase.Command(connection, "SELECT 1");

        Assert.Throws<InvalidOperationException>(() => command.ExecuteScalar());
        await Assert.ThrowsAsync<InvalidOperationException>(() => command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Execute_EverySynchronousForm_Works()
    {
        using var connection = _database.Storage.DataSource.OpenConnection();
        using var create = TempDatabase.Command(connection, "CREATE TABLE t (v)");
        create.ExecuteNonQuery();
        using var insert = TempDatabase.Command(connection, "INSERT INTO t VALUES (1), (2) RETURNING v");
        using (var reader = insert.ExecuteReader())
        {
            Assert.Equal(2, Result.Read(reader).Rows.Count);
            Assert.Equal(2, reader.RecordsAffected);
        }

        using var update = TempDatabase.Command(connection, "UPDATE t SET v = v + 10");
        Assert.Equal(2, update.ExecuteNonQuery());
        using var sum = TempDatabase.Command(connection, "SELECT sum(v) FROM t");
        Assert.Equal(23L, sum.ExecuteScalar());
        Assert.Equal(-1, sum.ExecuteNonQuery());
        await Task.CompletedTask;
    }

    [Fact]
    public async Task ExecuteScalar_NoRow_IsNull() => Assert.Null(await _database.ScalarAsync("SELECT 1 WHERE 0"));

    [Fact]
    public async Task Execute_EmptyText_GivesNoResult()
    {
        Assert.Empty((await _database.ExecuteAsync("")).Rows);
        Assert.Empty((await _database.ExecuteAsync(" -- nothing\n ; /* here */ ")).Rows);
        Assert.Empty((await _database.ExecuteAsync("\0SELECT 1")).Rows);
    }

    [Fact]
    public async Task Execute_SeveralSelects_GivesAResultSetEach()
    {
        await using var connection = await _database.Storage.DataSource.OpenConnectionAsync();
        await using var command = TempDatabase.Command(connection, "SELECT 1 AS a; SELECT 2 AS b, @p AS c; -- end", ("p", "x"));
        await using var reader = await command.ExecuteReaderAsync();

        Assert.True(await reader.ReadAsync());
        Assert.Equal("a", reader.GetName(0));
        Assert.False(await reader.ReadAsync());
        Assert.True(await reader.NextResultAsync());
        Assert.Equal(2, reader.FieldCount);
        Assert.True(await reader.ReadAsync());
        Assert.Equal("x", reader["C"]);
        Assert.False(await reader.NextResultAsync());
        Assert.Equal(0, reader.FieldCount);
    }

    [Fact]
    public async Task Read_AfterAcknowledgedWrite_SeesIt()
    {
        await _database.ExecuteAsync("CREATE TABLE t (v)");
        for (var i = 1; i <= 100; i++)
        {
            await _database.ExecuteAsync("INSERT INTO t VALUES (@v)", ("v", i));
            Assert.Equal(i, await _database.CountAsync("t"));
        }
    }

    [Fact]
    public async Task Read_WithThePragmaText_RunsOnAReaderThatCannotWrite()
    {
        Assert.Equal(1L, await _database.ScalarAsync("PRAGMA query_only"));
        Assert.Equal("wal", await _database.ScalarAsync("PRAGMA journal_mode"));
    }

    [Theory]
    [InlineData("BEGIN")]
    [InlineData("  /* x */ begin immediate")]
    [InlineData("COMMIT")]
    [InlineData("-- c\nROLLBACK")]
    [InlineData("SAVEPOINT s")]
    [InlineData("ATTACH 'x.db' AS x")]
    public async Task Execute_TransactionControl_IsRefused(string sql)
        => await Assert.ThrowsAsync<NotSupportedException>(() => _database.ExecuteAsync(sql));

    [Fact]
    public async Task Execute_CommitInsideAText_IsRefusedAndTheTextTakenBack()
    {
        await _database.ExecuteAsync("CREATE TABLE t (v)");

        await Assert.ThrowsAsync<NotSupportedException>(() => _database.ExecuteAsync("INSERT INTO t VALUES (1); COMMIT"));

        Assert.Equal(0, await _database.CountAsync("t"));
        await _database.ExecuteAsync("INSERT INTO t VALUES (2)");
    }

    [Fact]
    public async Task BeginTransaction_OnAPoolConnection_IsRefused()
    {
        await using var connection = await _database.Storage.DataSource.OpenConnectionAsync();

        Assert.Throws<NotSupportedException>(() => connection.BeginTransaction());
        await Assert.ThrowsAsync<NotSupportedException>(async () => await connection.BeginTransactionAsync());
    }

    [Fact]
    public async Task Execute_ParameterMissing_NamesIt()
    {
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => _database.ExecuteAsync("SELECT @here, @gone", ("here", 1)));
        Assert.Contains("@gone", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Execute_MoreParametersThanTheTextHas_IgnoresThem()
        => Assert.Equal(2L, await _database.ScalarAsync("SELECT @b", ("a", 1), ("b", 2), ("GrainIdHash", 3)));

    [Fact]
    public async Task Execute_SameTextWithParametersInAnotherOrder_BindsByName()
    {
        Assert.Equal("1-2", await _database.ScalarAsync("SELECT @a || '-' || @b", ("a", 1), ("b", 2)));
        Assert.Equal("1-2", await _database.ScalarAsync("SELECT @a || '-' || @b", ("@b", 2), ("@a", 1)));
        Assert.Equal("3-4", await _database.ScalarAsync("SELECT @a || '-' || @b", ("x", 0), ("b", 4), ("a", 3)));
    }

    [Fact]
    public async Task Execute_TextThatDoesNotCompile_FailsItsCallerWithSqlitesWords()
    {
        var error = await Assert.ThrowsAsync<SqliteException>(() => _database.ExecuteAsync("SELECT x FROM nowhere"));

        Assert.Equal(1, error.SqliteErrorCode);
        Assert.Contains("no such table: nowhere", error.Message, StringComparison.Ordinal);
        Assert.Equal(1L, await _database.ScalarAsync("SELECT 1"));
    }

    [Fact]
    public async Task Execute_CancelledBefore_IsNotSent()
    {
        await _database.ExecuteAsync("CREATE TABLE t (v)");
        await using var connection = await _database.Storage.DataSource.OpenConnectionAsync();
        await using var command = TempDatabase.Command(connection, "INSERT INTO t VALUES (1)");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => command.ExecuteNonQueryAsync(new CancellationToken(canceled: true)));

        Assert.Equal(0, await _database.CountAsync("t"));
    }

    [Fact]
    public async Task Execute_TableMadeAndFilledInOneText_Works()
    {
        await _database.ExecuteAsync("CREATE TABLE made (v); INSERT INTO made VALUES (1); INSERT INTO made VALUES (2)");
        Assert.Equal(2, await _database.CountAsync("made"));
    }

    [Fact]
    public async Task Execute_SchemaChangedUnderAKnownText_RunsAgainstTheNewOne()
    {
        await _database.ExecuteAsync("CREATE TABLE t (a)");
        await _database.ExecuteAsync("INSERT INTO t (a) VALUES (1)");
        Assert.Single((await _database.ExecuteAsync("SELECT * FROM t")).Rows[0]);

        await _database.ExecuteAsync("ALTER TABLE t ADD COLUMN b DEFAULT 5");

        Assert.Equal(5L, (await _database.ExecuteAsync("SELECT * FROM t"))[0, "b"]);
    }

    [Fact]
    public async Task Execute_MoreTextsThanAreKept_StillWorks()
    {
        await _database.ExecuteAsync("CREATE TABLE t (v)");
        for (var i = 0; i < 600; i++)
        {
            await _database.ExecuteAsync($"INSERT INTO t VALUES ({i})");
            Assert.Equal((long)i, await _database.ScalarAsync($"SELECT {i}"));
        }

        Assert.Equal(600, await _database.CountAsync("t"));
    }

    [Fact]
    public async Task Reads_MoreThanThereAreReaders_AllAnswer()
    {
        await using var database = new TempDatabase(options => options with { MaxReaders = 2 });
        var sums = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => database.ScalarAsync("SELECT @i * 2", ("i", i))));

        Assert.Equal(Enumerable.Range(0, 50).Select(i => (object?)(2L * i)), sums);
    }

    [Fact]
    public async Task Reader_Conversions_AreThoseThatOrleansUses()
    {
        await using var connection = await _database.Storage.DataSource.OpenConnectionAsync();
        await using var command = TempDatabase.Command(
            connection, "SELECT 7 AS n, 'a' AS s, x'0102' AS b, NULL AS z, 1.5 AS r, '2026-01-18 05:06:07.089' AS d, 9999999999 AS big");
        await using DbDataReader reader = await command.ExecuteReaderAsync();
        Assert.True(reader.HasRows);
        Assert.Throws<InvalidOperationException>(() => reader.GetValue(0));
        Assert.True(reader.Read());

        Assert.Equal(7, reader.GetInt32(0));
        Assert.Equal(7L, reader.GetValue(0));
        Assert.Equal(typeof(long), reader.GetFieldType(0));
        Assert.Equal(7, Convert.ToInt32(reader.GetValue(0), CultureInfo.InvariantCulture));
        Assert.True(reader.GetBoolean(0));
        Assert.Equal("a", (string)reader.GetValue(1));
        Assert.Equal([1, 2], (byte[])reader.GetValue(2));
        Assert.True(reader.IsDBNull(3));
        Assert.Equal(DBNull.Value, reader.GetValue(3));
        Assert.Null(reader.GetFieldValue<int?>(3));
        Assert.Equal(1.5, reader.GetDouble(4));
        Assert.Equal(new DateTime(2026, 1, 18, 5, 6, 7, 89), reader.GetDateTime(5));
        Assert.Throws<OverflowException>(() => reader.GetInt32(6));
        Assert.Throws<InvalidOperationException>(() => reader.GetInt64(3));
        Assert.Throws<IndexOutOfRangeException>(() => reader.GetOrdinal("missing"));
        Assert.Throws<IndexOutOfRangeException>(() => reader.GetValue(99));
        reader.Close();
        Assert.True(reader.IsClosed);
    }
}
