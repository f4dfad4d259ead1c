using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OwpPool.Storage.Sqlite;

/// <summary>One open SQLite connection with its prepared statements; used by one thread at a time.</summary>
internal sealed partial class NativeConnection : IDisposable
{
    private const int HasMoved = 20;

    /// <summary>More texts than this are never in use; a caller that builds texts on the fly must not fill the memory.</summary>
    private const int MaxPrepared = 256;

    private readonly Dictionary<SqlText, PreparedText> _prepared = [];

    private NativeConnection(sqlite3 handle) => Handle = handle;

    public sqlite3 Handle { get; }

    /// <summary>Whether no transaction is open: inside a batch this means that SQLite has rolled it back.</summary>
    public bool IsAutocommit => raw.sqlite3_get_autocommit(Handle) != 0;

    /// <summary>Whether the database's file was moved or deleted under this connection: what is written is lost with it.</summary>
    public bool IsMoved
    {
        get
        {
            var moved = 0;
            // A file system of its own kind may not know the question: then it is not moved.
            return FileControl(Handle.DangerousGetHandle(), "main", HasMoved, ref moved) == raw.SQLITE_OK && moved != 0;
        }
    }

    /// <summary>Opens a connection without changing the file.</summary>
    /// <param name="path">A file name, or a <c>file:</c> URI.</param>
    /// <param name="readOnly">Whether it never writes.</param>
    /// <param name="busyTimeout">How long it waits for another that holds the lock.</param>
    /// <param name="mustExist">Whether a missing file is an error; else one that writes makes it.</param>
    /// <exception cref="SqliteException">SQLite cannot open the file.</exception>
    public static NativeConnection Open(string path, bool readOnly, TimeSpan busyTimeout, bool mustExist = false)
    {
        Batteries_V2.Init();
        var flags = raw.SQLITE_OPEN_NOMUTEX | raw.SQLITE_OPEN_URI
            | (readOnly ? raw.SQLITE_OPEN_READONLY : raw.SQLITE_OPEN_READWRITE)
            | (readOnly || mustExist ? 0 : raw.SQLITE_OPEN_CREATE);
        var code = raw.sqlite3_open_v2(path, out var handle, flags, null);
        if (code != raw.SQLITE_OK)
        {
            var error = SqlErrors.Create(handle, code);
            handle.Dispose();
            throw error;
        }

        raw.sqlite3_busy_timeout(handle, (int)busyTimeout.TotalMilliseconds);
        // Else SQLite compares each value that is bound with the conditions of partial indexes (GrainTypeString = 'task'), and therefore
        // compiles the statement anew for every value: three times what the write itself costs.
        raw.sqlite3_db_config(handle, raw.SQLITE_DBCONFIG_ENABLE_QPSG, 1, out _);
        return new NativeConnection(handle);
    }

    /// <summary>The statements of a text, compiled as they are first run.</summary>
    public PreparedText Prepare(SqlText text, bool allowTransactions = false)
    {
        if (_prepared.TryGetValue(text, out var prepared))
            return prepared;
        if (_prepared.Count >= MaxPrepared)
            DisposePrepared();
        prepared = new PreparedText(this, text, allowTransactions);
        _prepared.Add(text, prepared);
        return prepared;
    }

    /// <summary>Runs a script of our own, once, results ignored.</summary>
    /// <exception cref="SqliteException">A statement fails; the ones before it have taken effect.</exception>
    public void Execute(string script)
    {
        using var text = new PreparedText(this, new SqlText(script), allowTransactions: true);
        Execute(text);
    }

    /// <summary>Runs a text of our own that comes again and again, transaction control included.</summary>
    /// <exception cref="SqliteException">A statement fails; the ones before it have taken effect.</exception>
    public void Execute(SqlText text) => Execute(Prepare(text, allowTransactions: true));

    /// <summary>The first column of the first row as text, or null if there is no row or it is NULL.</summary>
    public string? QueryText(string sql)
    {
        using var text = new PreparedText(this, new SqlText(sql), allowTransactions: true);
        var statement = text.Get(0)!;
        return statement.Step() ? statement.GetText(0) : null;
    }

    /// <summary>The first column of the first row as a number, or 0 if there is no row or it is NULL.</summary>
    public long QueryInteger(string sql)
    {
        using var text = new PreparedText(this, new SqlText(sql), allowTransactions: true);
        var statement = text.Get(0)!;
        return statement.Step() ? statement.GetInt64(0) : 0;
    }

    public void Dispose()
    {
        DisposePrepared();
        Handle.Dispose();
    }

    private static void Execute(PreparedText text)
    {
        for (var i = 0; text.Get(i) is { } statement; i++)
        {
            try
            {
                while (statement.Step())
                {
                }
            }
            finally
            {
                statement.Reset();
            }
        }
    }

    [LibraryImport("e_sqlite3", EntryPoint = "sqlite3_file_control", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FileControl(nint database, string name, int operation, ref int argument);

    private void DisposePrepared()
    {
        foreach (var prepared in _prepared.Values)
            prepared.Dispose();
        _prepared.Clear();
    }
}
