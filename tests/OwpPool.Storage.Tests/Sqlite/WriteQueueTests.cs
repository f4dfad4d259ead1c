using System.Diagnostics.Metrics;
using Microsoft.Data.Sqlite;
using OwpPool.Storage.Tests.Support;
using SQLitePCL;

namespace OwpPool.Storage.Tests.Sqlite;

/// <summary>Group commit: many callers, one commit, everyone told the truth about his own write.</summary>
public sealed class WriteQueueTests : IAsyncDisposable
{
    private const string Insert = "INSERT INTO t (id, v) VALUES (@id, @v)";

    private readonly TempDatabase _database = new(options => options with { BusyTimeout = TimeSpan.FromMilliseconds(20) });

    private SqliteStorage Storage => _database.Storage;

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Write_ManyAtOnce_ShareOneCommit()
    {
        await MakeTableAsync();
        var (writes, batches) = (Storage.Writes, Storage.Batches);

        await Task.WhenAll(await HeldWriter.BatchAsync(Storage, Enumerable.Range(0, 100).Select(Insertion)));

        Assert.Equal(100, Storage.Writes - writes);
        Assert.Equal(1, Storage.Batches - batches);
        Assert.Equal(100, await _database.CountAsync("t"));
    }

    [Fact]
    public async Task Write_MoreThanMaxBatch_TakesAsManyCommitsAsNeeded()
    {
        await using var database = new TempDatabase(options => options with { MaxBatch = 10 });
        await database.ExecuteAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
        var batches = database.Storage.Batches;

        await Task.WhenAll(await HeldWriter.BatchAsync(
            database.Storage, Enumerable.Range(0, 25).Select<int, Func<Task>>(i => () => database.ExecuteAsync(Insert, ("@id", i), ("@v", i)))));

        Assert.Equal(3, database.Storage.Batches - batches);
        Assert.Equal(25, await database.CountAsync("t"));
    }

    [Fact]
    public async Task Write_Concurrent_EveryAcknowledgedRowIsThereAfterReopening()
    {
        await MakeTableAsync();
        await Task.WhenAll(Enumerable.Range(0, 1000).Select(InsertAsync));
        Assert.True(Storage.Batches < Storage.Writes);

        _database.Close();

        Assert.Equal(1000, await _database.CountAsync("t"));
    }

    [Fact]
    public async Task Write_OneStatementFails_OnlyItsCallerHearsOfIt()
    {
        await MakeTableAsync();

        var queued = await HeldWriter.BatchAsync(Storage, Insertion(1), Insertion(1), Insertion(2));

        var error = await Assert.ThrowsAsync<SqliteException>(() => queued[1]);
        await Task.WhenAll(queued[0], queued[2]);
        Assert.Equal(raw.SQLITE_CONSTRAINT, error.SqliteErrorCode);
        Assert.Equal(raw.SQLITE_CONSTRAINT_PRIMARYKEY, error.SqliteExtendedErrorCode);
        Assert.Contains("UNIQUE constraint failed: t.id", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, await _database.CountAsync("t"));
    }

    [Fact]
    public async Task Write_StatementOfSeveralFails_TakesBackItsOwnText()
    {
        await MakeTableAsync();

        var queued = await HeldWriter.BatchAsync(
            Storage,
            Insertion(1),
            () => _database.ExecuteAsync("INSERT INTO t (id) VALUES (2); INSERT INTO t (id) VALUES (3); INSERT INTO t (id) VALUES (1)"));

        await queued[0];
        await Assert.ThrowsAsync<SqliteException>(() => queued[1]);
        Assert.Equal(1, await _database.CountAsync("t"));
        await InsertAsync(2);
    }

    [Fact]
    public async Task Write_CommitFails_AllOfTheBatchFailAndTheNextWorks()
    {
        await MakeTableAsync();
        await _database.ExecuteAsync(
            "CREATE TABLE child (parent INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)");

        // A deferred foreign key is looked at by the commit alone.
        var queued = await HeldWriter.BatchAsync(
            Storage, Insertion(1), () => _database.ExecuteAsync("INSERT INTO child VALUES (99)"), Insertion(2));

        foreach (var task in queued)
            Assert.Equal(raw.SQLITE_CONSTRAINT, (await Assert.ThrowsAsync<SqliteException>(() => task)).SqliteErrorCode);
        Assert.Equal(0, await _database.CountAsync("t"));
        Assert.Equal(0, await _database.CountAsync("child"));

        await InsertAsync(3);
        Assert.Equal(1, await _database.CountAsync("t"));
    }

    [Fact]
    public async Task Write_AfterAFailedCommit_IsStillDurableAndChecked()
    {
        await MakeTableAsync();
        await _database.ExecuteAsync("CREATE TABLE child (parent INTEGER REFERENCES t (id) DEFERRABLE INITIALLY DEFERRED)");
        await Assert.ThrowsAsync<SqliteException>(() => _database.ExecuteAsync("INSERT INTO child VALUES (99)"));

        // The connection is a new one now; it must have the settings of the first.
        string?[] settings = [];
        await Storage.RunOnWriterAsync(connection => settings =
            [connection.QueryText("PRAGMA synchronous"), connection.QueryText("PRAGMA journal_mode"), connection.QueryText("PRAGMA foreign_keys")]);

        Assert.Equal("2,wal,1", string.Join(',', settings));
    }

    [Fact]
    public async Task Write_LockedByAnotherProgram_FailsAsBusyAndWorksWhenItLetsGo()
    {
        await MakeTableAsync();
        using (var other = _database.OpenBeside())
        {
            other.Execute("BEGIN IMMEDIATE");
            var error = await Assert.ThrowsAsync<SqliteException>(() => InsertAsync(1));
            Assert.Equal(raw.SQLITE_BUSY, error.SqliteErrorCode);
            other.Execute("ROLLBACK");
        }

        await InsertAsync(1);
        Assert.Equal(1, await _database.CountAsync("t"));
    }

    [Fact]
    public async Task Write_DatabaseFull_FailsAndWorksWhenThereIsRoom()
    {
        await MakeTableAsync();
        await Storage.RunOnWriterAsync(connection =>
            connection.Execute($"PRAGMA max_page_count = {connection.QueryInteger("PRAGMA page_count") + 5}"));

        // The first fits, one of those after it does not; whoever was told yes must be found.
        var kept = new List<int>();
        SqliteException? refused = null;
        for (var i = 0; refused is null; i++)
        {
            try
            {
                await InsertValueAsync(i, new byte[8000]);
                kept.Add(i);
            }
            catch (SqliteException error)
            {
                refused = error;
            }
        }

        Assert.Equal(raw.SQLITE_FULL, refused.SqliteErrorCode);
        Assert.NotEmpty(kept);
        Assert.Equal(kept.Count, await _database.CountAsync("t"));
        await Storage.RunOnWriterAsync(connection => connection.Execute("PRAGMA max_page_count = 1000000"));
        await InsertValueAsync(1000, new byte[8000]);
        Assert.Equal(kept.Count + 1, await _database.CountAsync("t"));
    }

    [Fact]
    public async Task Write_FullInTheMiddleOfABatch_TellsEachCallerTheTruth()
    {
        await MakeTableAsync();
        await Storage.RunOnWriterAsync(connection =>
            connection.Execute($"PRAGMA max_page_count = {connection.QueryInteger("PRAGMA page_count") + 20}"));

        var queued = await HeldWriter.BatchAsync(
            Storage, Enumerable.Range(0, 50).Select<int, Func<Task>>(i => () => InsertValueAsync(i, new byte[4000])));
        await Task.WhenAll(queued.Select(task => task.ContinueWith(_ => { }, TaskScheduler.Default)));

        var acknowledged = Enumerable.Range(0, 50).Where(i => queued[i].IsCompletedSuccessfully).Select(i => (object)(long)i);
        Assert.Contains(queued, task => task.IsFaulted);
        Assert.Equal(acknowledged, (await _database.ExecuteAsync("SELECT id FROM t ORDER BY id")).Rows.Select(row => row["id"]));
    }

    [Fact]
    public async Task Write_TransactionRolledBackByAStatement_FailsThoseBeforeItAndKeepsThoseAfterIt()
    {
        await MakeTableAsync();
        await _database.ExecuteAsync(
            "CREATE TRIGGER give_up BEFORE INSERT ON t WHEN NEW.v = 'rollback' BEGIN SELECT RAISE(ROLLBACK, 'all of it'); END");

        var queued = await HeldWriter.BatchAsync(Storage, Insertion(1), () => InsertValueAsync(2, "rollback"), Insertion(3));

        await Assert.ThrowsAsync<SqliteException>(() => queued[1]);
        Assert.Contains("all of it", (await Assert.ThrowsAsync<SqliteException>(() => queued[0])).Message, StringComparison.Ordinal);
        await queued[2];
        Assert.Equal(3L, await _database.ScalarAsync("SELECT group_concat(id) + 0 FROM t"));
    }

    [Fact]
    public async Task Write_Acknowledged_ContinuesOffTheWriterThread()
    {
        await MakeTableAsync();

        string? thread = null;
        await InsertAsync(1).ContinueWith(
            _ => thread = Thread.CurrentThread.Name, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        Assert.NotEqual("owp-storage-writer", thread);
    }

    [Fact]
    public async Task Dispose_WithWritesQueued_FinishesThem()
    {
        await MakeTableAsync();
        Task[] queued;
        Task closing;
        await using (var writer = HeldWriter.Hold(Storage))
        {
            queued = await writer.QueueAsync(Enumerable.Range(0, 20).Select(Insertion));
            var storage = Storage;
            closing = storage.DisposeAsync().AsTask();
        }

        await Task.WhenAll(queued);
        await closing;
        _database.Close();
        Assert.Equal(20, await _database.CountAsync("t"));
    }

    [Fact]
    public async Task Write_AfterDispose_IsRefused()
    {
        await MakeTableAsync();
        await InsertAsync(1);
        var source = Storage.DataSource;
        Storage.Dispose();

        await using var connection = await source.OpenConnectionAsync();
        await using var write = TempDatabase.Command(connection, Insert, ("@id", 5), ("@v", 5));
        await using var read = TempDatabase.Command(connection, "SELECT count(*) FROM t");
        await Assert.ThrowsAsync<ObjectDisposedException>(() => write.ExecuteNonQueryAsync());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => read.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Idle_AfterWrites_CopiesTheLogIntoTheDatabase()
    {
        await using var database = new TempDatabase(options => options with { CheckpointIdle = TimeSpan.FromMilliseconds(10) });
        await database.ExecuteAsync("CREATE TABLE t (v)");
        await database.ExecuteAsync("INSERT INTO t VALUES (randomblob(200000))");

        // What is in the file itself, the log not looked at, can only come from a checkpoint.
        await Eventually.HoldsAsync(() => new FileInfo(database.Path).Length > 200_000, "the log is copied into the database");
    }

    [Fact]
    public async Task Statistics_AfterWrites_AreCountedByTheMeter()
    {
        long writes = 0, batches = 0, commits = 0;
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "OwpPool.Storage")
                    self.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) =>
            _ = instrument.Name == "owp.storage.writes" ? Interlocked.Add(ref writes, value) : Interlocked.Add(ref batches, value));
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref commits));
        listener.Start();

        await MakeTableAsync();
        await Task.WhenAll(Enumerable.Range(0, 50).Select(InsertAsync));

        // Other tests of this process may write meanwhile, and are counted too.
        Assert.True(Interlocked.Read(ref writes) >= Storage.Writes);
        Assert.True(Interlocked.Read(ref batches) >= Storage.Batches);
        Assert.True(Interlocked.Read(ref commits) >= Storage.Batches);
        Assert.Equal(51, Storage.Writes);
    }

    private Task MakeTableAsync() => _database.ExecuteAsync("CREATE TABLE t (id INTEGER PRIMARY KEY, v)");

    private Func<Task> Insertion(int id) => () => InsertAsync(id);

    private Task InsertAsync(int id) => InsertValueAsync(id, "v");

    private Task InsertValueAsync(int id, object value) => _database.ExecuteAsync(Insert, ("@id", id), ("@v", value));
}
