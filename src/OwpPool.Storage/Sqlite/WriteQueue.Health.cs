using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace OwpPool.Storage.Sqlite;

/// <summary>Whether writes reach the files that the next start will find.</summary>
internal sealed partial class WriteQueue
{
    private volatile bool _failing;
    private volatile bool _moved;
    private volatile bool _unproven;
    private Task<bool>? _probe;

    /// <summary>The log that the present connection writes, since its first commit.</summary>
    private SafeFileHandle? _log;

    /// <summary>Refuses what is asked of a database that was moved or deleted under this program.</summary>
    /// <exception cref="SqliteException">It was.</exception>
    public void RequireNotMoved()
    {
        if (_moved)
            throw Moved();
    }

    /// <summary>Whether the next write can be expected to succeed. After a failure that met everybody a write that changes nothing is
    /// tried, one at a time.</summary>
    /// <exception cref="ObjectDisposedException">The storage is closed.</exception>
    public Task<bool> CanWriteAsync()
    {
        if (!_failing)
            return Task.FromResult(true);
        lock (_gate)
        {
            if (_probe is null or { IsCompleted: true })
                _probe = ProbeAsync();
            return _probe;
        }
    }

    /// <summary>Completes when all that readers see is on disk. After a write that the disk refused they may see what it wrote in vain: who
    /// opens the database anew takes the log for what it says, and the log may be in memory only.</summary>
    /// <exception cref="SqliteException">It cannot be brought to disk, as yet.</exception>
    public Task ProveAsync() => _unproven ? RunAsync(static _ => { }) : Task.CompletedTask;

    private NativeConnection Connect()
    {
        RequireNotMoved();
        // Before anything of this batch is written: the commit may copy the log into the file.
        if (!IsFileInPlace())
            throw Moved();
        _connection ??= ConnectionSettings.OpenWriter(_options);
        if (_unproven)
            Prove(_connection);
        return _connection;
    }

    /// <summary>Copies the whole log into the database and waits for the disk. To flush the log again proves nothing: the system may have
    /// forgotten which of its pages it failed to write.</summary>
    private void Prove(NativeConnection connection)
    {
        var code = raw.sqlite3_wal_checkpoint_v2(connection.Handle, "main", raw.SQLITE_CHECKPOINT_FULL, out var logged, out var copied);
        if (code != raw.SQLITE_OK || copied < logged)
        {
            throw SqlErrors.Create(code == raw.SQLITE_OK ? raw.SQLITE_BUSY : code, code,
                $"What was written to {_options.Path} before a failure of the disk is not safe yet");
        }

        _unproven = false;
    }

    private void NoteFailure(SqliteException error)
    {
        // Another program's lock and a full disk refuse a write before it is in the log, and a wrong statement harms nobody.
        if (error.SqliteErrorCode is raw.SQLITE_IOERR or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN)
            _unproven = true;
    }

    /// <summary>A commit into a file that nobody will find again is none. The looks at the file system cost some microseconds, a commit
    /// hundreds.</summary>
    private void RequireInPlace(NativeConnection connection)
    {
        if (!connection.IsMoved && IsLogInPlace() && IsFileInPlace())
            return;
        // Whatever is put in its place is another database, of which the grains know nothing.
        _moved = true;
        throw Moved();
    }

    /// <summary>Whether nobody has copied another file over the database. Once it was, nothing is copied into it any more.</summary>
    private bool IsFileInPlace()
    {
        if (!_moved && !_guard.IsInPlace())
            _moved = true;
        return !_moved;
    }

    /// <summary>Whether the log that is written is the one that has its name. SQLite cannot tell: a file of another length is another
    /// file, such as the empty one that a reader makes where it finds none.</summary>
    private bool IsLogInPlace()
    {
        try
        {
            // Another program may empty the log between the two looks, once.
            return IsSameLog() || IsSameLog();
        }
        catch (IOException)
        {
            return false;
        }
    }

    private bool IsSameLog()
    {
        var path = _options.Path + "-wal";
        _log ??= File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return new FileInfo(path) is { Exists: true } named && named.Length == RandomAccess.GetLength(_log);
    }

    private SqliteException Moved() => SqlErrors.Create(raw.SQLITE_READONLY, raw.SQLITE_READONLY_DBMOVED,
        $"{_options.Path} or its log was moved, deleted or overwritten while it was open; restart the server");

    private async Task<bool> ProbeAsync()
    {
        try
        {
            await RunAsync(connection =>
            {
                connection.Execute(Begin);
                connection.Execute($"PRAGMA user_version = {connection.QueryInteger("PRAGMA user_version")}");
                connection.Execute(Commit);
                RequireInPlace(connection);
                _failing = false;
            }).ConfigureAwait(false);
            return true;
        }
        catch (SqliteException)
        {
            // The writes that failed have said why.
            return false;
        }
    }
}
