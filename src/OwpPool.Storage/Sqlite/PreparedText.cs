using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OwpPool.Storage.Sqlite;

/// <summary>The compiled statements of one <see cref="SqlText"/> on one connection.</summary>
/// <remarks>Compiled one by one as they are reached: a statement may depend on what the one before it creates.</remarks>
internal sealed class PreparedText(NativeConnection connection, SqlText text, bool allowTransactions = false) : IDisposable
{
    private readonly List<PreparedStatement> _statements = [];
    private int _compiledTo;

    /// <summary>Whether running the text needs a savepoint to be atomic: known once the first statement is compiled.</summary>
    public bool HasSeveralStatements
    {
        get
        {
            Get(0);
            return _statements.Count > 1 || text.Utf8.Length - 1 > _compiledTo;
        }
    }

    /// <summary>The statement at the index, or null past the last one.</summary>
    /// <exception cref="SqliteException">The statement does not compile.</exception>
    public PreparedStatement? Get(int index)
    {
        while (_statements.Count <= index && _compiledTo < text.Utf8.Length - 1)
            CompileNext();
        return index < _statements.Count ? _statements[index] : null;
    }

    public void Dispose()
    {
        foreach (var statement in _statements)
            statement.Dispose();
        _statements.Clear();
        _compiledTo = 0;
    }

    private void CompileNext()
    {
        var sql = text.Utf8.AsSpan(_compiledTo);
        if (!allowTransactions)
            SqlSyntax.ThrowIfNotAllowed(sql);
        var code = raw.sqlite3_prepare_v3(connection.Handle, sql, raw.SQLITE_PREPARE_PERSISTENT, out var handle, out var tail);
        if (code != raw.SQLITE_OK)
            throw SqlErrors.Create(connection.Handle, code);
        _compiledTo = SqlSyntax.SkipBlank(text.Utf8, text.Utf8.Length - tail.Length);
        if (!handle.IsInvalid)
        {
            _statements.Add(new PreparedStatement(connection, handle));
            return;
        }

        // Nothing but blanks is left, or a zero byte, at which SQLite stops reading.
        handle.Dispose();
        _compiledTo = text.Utf8.Length - 1;
    }
}
