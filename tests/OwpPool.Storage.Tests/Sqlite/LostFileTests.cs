using Microsoft.Data.Sqlite;
using OwpPool.Storage.Tests.Support;
using SQLitePCL;

namespace OwpPool.Storage.Tests.Sqlite;

/// <summary>The database's files go away while it is open, or are damaged before it is opened.</summary>
public sealed class LostFileTests : IAsyncDisposable
{
    private readonly TempDatabase _database = new();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData("-wal")]
    public async Task Write_FileDeleted_IsRefusedForGood(string suffix)
    {
        await _database.ExecuteAsync("CREATE TABLE t (v)");
        Assert.True(await _database.Storage.CanWriteAsync());
        File.Delete(_database.Path + suffix);

        var error = await Assert.ThrowsAsync<SqliteException>(() => _database.ExecuteAsync("INSERT INTO t VALUES (1)"));
        Assert.Equal(raw.SQLITE_READONLY_DBMOVED, error.SqliteExtendedErrorCode);
        Assert.Contains("moved, deleted or overwritten", error.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SqliteException>(() => _database.ExecuteAsync("INSERT INTO t VALUES (1)"));
        await Assert.ThrowsAsync<SqliteException>(() => _database.Storage.Events.LastSeqAsync());
        Assert.False(await _database.Storage.CanWriteAsync());
        Assert.False(File.Exists(_database.Path + suffix));
    }

    [Fact]
    public async Task Write_NothingToLogYetOrLogEmptiedByAnother_IsStored()
    {
        await _database.ExecuteAsync("CREATE TABLE t (v)");
        _database.Close();
        // Opened in order there is an empty log, and a write that changes nothing leaves it so.
        await _database.ExecuteAsync("DELETE FROM t");
        await _database.ExecuteAsync("INSERT INTO t VALUES (1)");
        using (var other = _database.OpenBeside()) other.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        Assert.Equal(0, new FileInfo(_database.Path + "-wal").Length);
        await _database.ExecuteAsync("DELETE FROM t WHERE v = 2");
        await _database.ExecuteAsync("INSERT INTO t VALUES (2)");

        Assert.True(await _database.Storage.CanWriteAsync());
        _database.Close();
        Assert.Equal(2, await _database.CountAsync("t"));
    }

    [Fact]
    public async Task CanWrite_AfterAFailureThatPassed_IsTrueAgain()
    {
        await using var database = new TempDatabase(options => options with { BusyTimeout = TimeSpan.FromMilliseconds(20) });
        await database.ExecuteAsync("CREATE TABLE t (v)");
        using (var other = database.OpenBeside())
        {
            other.Execute("BEGIN IMMEDIATE");
            await Assert.ThrowsAsync<SqliteException>(() => database.ExecuteAsync("INSERT INTO t VALUES (1)"));
            Assert.False(await database.Storage.CanWriteAsync());
            other.Execute("ROLLBACK");
        }

        Assert.True(await database.Storage.CanWriteAsync());
        await database.ExecuteAsync("INSERT INTO t VALUES (1)");
    }

    [Fact]
    public async Task Open_PageDamaged_IsRefusedUnlessNobodyLooks()
    {
        await _database.ExecuteAsync("CREATE TABLE t (v)");
        for (var i = 0; i < 50; i++) await _database.ExecuteAsync("INSERT INTO t VALUES (randomblob(2000))");
        Assert.True(_database.Storage.IsChecked);
        _database.Close();
        using (var file = File.OpenWrite(_database.Path))
        {
            file.Position = file.Length - (4096 * 3);
            file.Write(new byte[4096]);
        }

        var error = Assert.Throws<StorageStartupException>(() => SqliteStorage.Open(_database.Options));
        Assert.Contains("is damaged", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
        using var storage = SqliteStorage.Open(_database.Options with { CheckTime = TimeSpan.Zero });
        Assert.False(storage.IsChecked);
    }

    [Fact]
    public async Task Open_NoTimeForAllPages_OpensAndSaysSo()
    {
        await _database.ExecuteAsync("CREATE TABLE t (v)");
        await _database.ExecuteAsync(
            "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
            + "INSERT INTO t SELECT randomblob(2000) FROM n");
        _database.Close();
        using var storage = SqliteStorage.Open(_database.Options, new HurriedClock());
        Assert.False(storage.IsChecked);
    }

    /// <summary>Its timers are always due.</summary>
    private sealed class HurriedClock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new DueTimer();
            var calls = new Thread(() =>
            {
                while (!timer.IsDisposed) callback(state);
            });
            calls.Start();
            return timer;
        }
    }

    private sealed class DueTimer : ITimer
    {
        private volatile bool _isDisposed;

        public bool IsDisposed => _isDisposed;

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => _isDisposed = true;

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
