using System.Data.Common;
using Microsoft.Data.Sqlite;
using OwpPool.Storage.Audit;
using OwpPool.Storage.EventLog;
using OwpPool.Storage.Files;
using SQLitePCL;

namespace OwpPool.Storage.Sqlite;

/// <summary>The one writer: a thread that puts the writes of all callers, in order, into as few commits as the disk allows.</summary>
/// <remarks>
/// While a commit waits for the disk, callers queue; all of them go into the next transaction. A caller is answered only after the
/// commit, so an acknowledged write is on disk. SQLite allows one writer at a time and its lock is unfair (waits of seconds were
/// measured with eight of them), hence a queue in front of it and not a pool of connections.
/// </remarks>
internal sealed partial class WriteQueue : IDisposable
{
    private static readonly SqlText Begin = new("BEGIN IMMEDIATE");
    private static readonly SqlText Commit = new("COMMIT");

    private readonly object _gate = new();
    private readonly Queue<WriteRequest> _incoming = new();
    private readonly Queue<Action> _jobs = new();
    private readonly List<WriteRequest> _batch = [];
    private readonly List<WriteRequest> _written = [];
    private readonly EventSealer _sealer = new();
    private readonly CommitStamp _stamp = new();
    private readonly DatabaseGuard _guard;
    private readonly SqliteStorageOptions _options;
    private readonly TimeProvider _time;
    private readonly StorageInstruments _instruments;
    private readonly EventFeedTail _events;
    private readonly Thread _thread;
    private NativeConnection? _connection;
    private bool _waiting;
    private bool _stopping;
    private bool _checkpointDue;

    /// <param name="connection">Open and checked; the queue owns it from here on.</param>
    /// <param name="guard">Of the connection's file; stays the caller's to close, after the queue.</param>
    /// <param name="events">Told of committed events.</param>
    public WriteQueue(
        NativeConnection connection, DatabaseGuard guard, SqliteStorageOptions options, TimeProvider time, StorageInstruments instruments,
        EventFeedTail events)
    {
        _connection = connection;
        _guard = guard;
        _options = options;
        _time = time;
        _instruments = instruments;
        _events = events;
        _thread = new Thread(Work) { Name = "owp-storage-writer", IsBackground = true };
        _thread.Start();
    }

    private enum Wake
    {
        Work,
        Idle,
        Stop,
    }

    /// <summary>Writes that wait for the batch under way to end.</summary>
    public int Queued
    {
        get
        {
            lock (_gate)
                return _incoming.Count;
        }
    }

    /// <summary>Queues a text; the task completes when it is durable, or fails with what SQLite said of it or of its commit.</summary>
    /// <exception cref="ObjectDisposedException">The storage is closed.</exception>
    public Task<DbDataReader> Enqueue(SqlText text, SqliteParameterCollection? parameters)
    {
        var request = new WriteRequest(text, parameters);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, typeof(SqliteStorage));
            _incoming.Enqueue(request);
            WakeUp();
        }

        return request.Task;
    }

    /// <summary>Runs a job on the writer's connection between two batches, outside any transaction.</summary>
    /// <exception cref="ObjectDisposedException">The storage is closed.</exception>
    public Task RunAsync(Action<NativeConnection> job)
    {
        var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, typeof(SqliteStorage));
            _jobs.Enqueue(() => RunJob(job, completion));
            WakeUp();
        }

        return completion.Task;
    }

    /// <summary>Takes no more work, finishes what is queued and ends the thread. The connection stays open until <see cref="Dispose"/>.
    /// </summary>
    public void Drain()
    {
        lock (_gate)
        {
            _stopping = true;
            WakeUp();
        }

        _thread.Join();
    }

    /// <summary>Closes the connection; the last one to close folds the log into the database.</summary>
    public void Dispose()
    {
        Drain();
        DropConnection();
    }

    private void WakeUp()
    {
        if (_waiting)
            Monitor.Pulse(_gate);
    }

    private void Work()
    {
        while (true)
        {
            var wake = _batch.Count > 0 ? Wake.Work : WaitForWork();
            if (wake == Wake.Stop)
                return;
            if (wake == Wake.Idle)
            {
                Checkpoint();
                continue;
            }

            RunJobs();
            TakeIncoming();
            if (_batch.Count > 0)
                WriteBatch();
        }
    }

    private Wake WaitForWork()
    {
        lock (_gate)
        {
            while (_incoming.Count == 0 && _jobs.Count == 0)
            {
                if (_stopping)
                    return Wake.Stop;
                _waiting = true;
                var pulsed = Monitor.Wait(_gate, _checkpointDue ? _options.CheckpointIdle : Timeout.InfiniteTimeSpan);
                _waiting = false;
                if (!pulsed)
                    return Wake.Idle;
            }

            return Wake.Work;
        }
    }

    /// <summary>Moves what has arrived into the batch, as far as there is room.</summary>
    private void TakeIncoming()
    {
        lock (_gate)
        {
            while (_batch.Count < _options.MaxBatch && _incoming.TryDequeue(out var request))
                _batch.Add(request);
        }
    }

    private void WriteBatch()
    {
        _written.Clear();
        long lastEvent;
        try
        {
            var connection = Connect();
            connection.Execute(Begin);
            _stamp.Begin(connection);
            _sealer.Begin(connection);
            if (!RunBatch(connection))
                return;
            _sealer.Seal(connection);
            _stamp.Write(connection);
            lastEvent = EventFeedTail.Read(connection);
            var started = _time.GetTimestamp();
            connection.Execute(Commit);
            _stamp.Committed(connection);
            RequireInPlace(connection);
            _failing = false;
            if (_written.Count > 0)
                _instruments.BatchCommitted(_written.Count, _time.GetElapsedTime(started));
        }
        catch (SqliteException error)
        {
            FailBatch(error);
            return;
        }

        _checkpointDue = true;
        // First, so that whoever is answered finds its own event counted.
        _events.Moved(lastEvent);
        foreach (var request in _written)
            request.Complete();
        _batch.Clear();
    }

    /// <summary>Runs the batch's texts in the open transaction. What arrives meanwhile joins it: it costs no fsync of its own.</summary>
    /// <returns>False if SQLite gave up the whole transaction; those that had run have failed, the rest is still in the batch.</returns>
    private bool RunBatch(NativeConnection connection)
    {
        for (var i = 0; i < _batch.Count; i++)
        {
            var request = _batch[i];
            try
            {
                request.Run(connection);
                _written.Add(request);
            }
            catch (Exception error)
            {
                request.SetException(error);
                if (connection.IsAutocommit)
                {
                    Fail(_written, error);
                    _batch.RemoveRange(0, i + 1);
                    return false;
                }
            }

            if (i + 1 == _batch.Count)
                TakeIncoming();
        }

        return true;
    }

    /// <summary>The batch cannot begin or commit: nobody's write is durable. A later batch starts on a fresh connection.</summary>
    private void FailBatch(SqliteException error)
    {
        _failing = true;
        NoteFailure(error);
        // While another program holds the lock nothing is wrong with the connection.
        if (error.SqliteErrorCode != raw.SQLITE_BUSY || _connection is { IsAutocommit: false })
            DropConnection();
        Fail(_batch.Where(request => !request.Task.IsCompleted), error);
        _batch.Clear();
    }

    private static void Fail(IEnumerable<WriteRequest> requests, Exception error)
    {
        foreach (var request in requests)
            request.SetException(error is SqliteException sqlite ? SqlErrors.Copy(sqlite) : error);
    }

    private void RunJobs()
    {
        while (true)
        {
            Action? job;
            lock (_gate)
            {
                if (!_jobs.TryDequeue(out job))
                    return;
            }

            job();
        }
    }

    private void RunJob(Action<NativeConnection> job, TaskCompletionSource completion)
    {
        try
        {
            var connection = Connect();
            job(connection);
            _events.Moved(EventFeedTail.Read(connection));
            completion.SetResult();
        }
        catch (Exception error)
        {
            if (error is SqliteException sqlite)
                NoteFailure(sqlite);
            if (_connection is { IsAutocommit: false })
                DropConnection();
            completion.SetException(error);
        }
    }

    /// <summary>Copies the log into the database while nobody waits, so that commits under load need not.</summary>
    private void Checkpoint()
    {
        if (_connection is null || !IsFileInPlace())
        {
            _checkpointDue = false;
            return;
        }

        // Passive: waits for nobody. If a reader still needs the log, or the disk is full, the next idle moment tries again; the log
        // itself stays valid.
        var code = raw.sqlite3_wal_checkpoint_v2(_connection.Handle, "main", raw.SQLITE_CHECKPOINT_PASSIVE, out var logged, out var copied);
        _checkpointDue = code != raw.SQLITE_OK || copied < logged;
    }

    private void DropConnection()
    {
        _log?.Dispose();
        _log = null;
        // The last connection to close copies the log into whatever file is there.
        if (_connection is not null && !IsFileInPlace())
            raw.sqlite3_db_config(_connection.Handle, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);
        _connection?.Dispose();
        _connection = null;
    }
}
