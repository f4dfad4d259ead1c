using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;
using SQLitePCL;

namespace OwpPool.Storage.Sqlite;

/// <summary>Whether writes reach the files that the next start will find.</summary>
internal sealed partial class WriteQueue
{
    private volatile bool _failing;
    private volatile bool _moved;
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

    private NativeConnection Connect()
    {
        RequireNotMoved();
        return _connection ??= ConnectionSettings.OpenWriter(_options);
    }

    /// <summary>A commit into a file that nobody will find again is none. The looks at the file system cost some microseconds, a commit
    /// hundreds.</summary>
    private void RequireInPlace(NativeConnection connection)
    {
        if (!connection.IsMoved && IsLogInPlace())
            return;
        // Whatever is put in its place is another database, of which the grains know nothing.
        _moved = true;
        throw Moved();
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
        $"{_options.Path} or its log was moved or deleted while it was open; restart the server");

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
