using System.Data;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OwpPool.Storage.Sqlite;

/// <summary>One compiled statement with what does not change between its runs: parameter and column names.</summary>
internal sealed class PreparedStatement : IDisposable
{
    /// <summary>SQLITE_STMTSTATUS_REPREPARE, which the wrapper does not name.</summary>
    private const int Reprepared = 5;

    private readonly NativeConnection _connection;
    private readonly sqlite3_stmt _handle;
    private readonly string[] _parameters;

    /// <summary>Where in the caller's collection each parameter was last time: callers add them in the same order every time.</summary>
    private readonly int[] _positions;

    public PreparedStatement(NativeConnection connection, sqlite3_stmt handle)
    {
        _connection = connection;
        _handle = handle;
        _parameters = new string[raw.sqlite3_bind_parameter_count(handle)];
        _positions = new int[_parameters.Length];
        for (var i = 0; i < _parameters.Length; i++)
            _parameters[i] = raw.sqlite3_bind_parameter_name(handle, i + 1).utf8_to_string() ?? $"?{i + 1}";
        Columns = ReadColumns();
    }

    /// <summary>The names of the result's columns; empty for a statement without a result.</summary>
    public string[] Columns { get; private set; }

    /// <summary>How often SQLite has compiled the statement anew by itself.</summary>
    public int Recompilations => raw.sqlite3_stmt_status(_handle, Reprepared, 0);

    public bool IsReadOnly => raw.sqlite3_stmt_readonly(_handle) != 0;

    /// <summary>Binds every parameter of the statement; values that it has no parameter for are ignored.</summary>
    /// <exception cref="InvalidOperationException">The collection lacks a parameter of the statement.</exception>
    public void Bind(SqliteParameterCollection? parameters)
    {
        for (var i = 0; i < _parameters.Length; i++)
        {
            var parameter = Find(parameters, i);
            if (parameter.Direction != ParameterDirection.Input)
                throw new InvalidOperationException($"Parameter '{_parameters[i]}': SQLite has input parameters only.");
            Check(ValueBinder.Bind(_handle, i + 1, parameter.Value));
        }
    }

    /// <summary>Binds one parameter by position, from 1.</summary>
    public PreparedStatement Bind(int index, object? value)
    {
        Check(ValueBinder.Bind(_handle, index, value));
        return this;
    }

    /// <summary>Goes on to the next row.</summary>
    /// <returns>False when the statement is done.</returns>
    /// <exception cref="SqliteException">The statement failed; its own changes are undone.</exception>
    public bool Step()
    {
        var code = raw.sqlite3_step(_handle);
        return code switch
        {
            raw.SQLITE_ROW => true,
            raw.SQLITE_DONE => false,
            _ => throw SqlErrors.Create(_connection.Handle, code),
        };
    }

    /// <summary>Makes the statement ready for its next run and lets go of the values bound to it.</summary>
    public void Reset()
    {
        // What reset returns is the error that Step has already thrown.
        raw.sqlite3_reset(_handle);
        raw.sqlite3_clear_bindings(_handle);
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL;

    public long GetInt64(int column) => raw.sqlite3_column_int64(_handle, column);

    /// <summary>The bytes of a text or blob; valid until the next step.</summary>
    public ReadOnlySpan<byte> GetUtf8(int column) => raw.sqlite3_column_blob(_handle, column);

    public string? GetText(int column)
        => raw.sqlite3_column_type(_handle, column) switch
        {
            raw.SQLITE_NULL => null,
            raw.SQLITE_TEXT => Encoding.UTF8.GetString(GetUtf8(column)),
            _ => raw.sqlite3_column_text(_handle, column).utf8_to_string(),
        };

    /// <summary>The value as Microsoft.Data.Sqlite gives it: long, double, string, byte[] or DBNull.</summary>
    public object GetValue(int column)
        => raw.sqlite3_column_type(_handle, column) switch
        {
            raw.SQLITE_INTEGER => raw.sqlite3_column_int64(_handle, column),
            raw.SQLITE_FLOAT => raw.sqlite3_column_double(_handle, column),
            raw.SQLITE_TEXT => Encoding.UTF8.GetString(GetUtf8(column)),
            raw.SQLITE_BLOB => GetUtf8(column).ToArray(),
            _ => DBNull.Value,
        };

    public void Dispose() => _handle.Dispose();

    /// <summary>Looks again at the columns after the first step, which compiles the statement anew if the schema has changed.</summary>
    public void RefreshColumns()
    {
        if (raw.sqlite3_column_count(_handle) != Columns.Length)
            Columns = ReadColumns();
    }

    private string[] ReadColumns()
    {
        var columns = new string[raw.sqlite3_column_count(_handle)];
        for (var i = 0; i < columns.Length; i++)
            columns[i] = raw.sqlite3_column_name(_handle, i).utf8_to_string();
        return columns;
    }

    private SqliteParameter Find(SqliteParameterCollection? parameters, int index)
    {
        var name = _parameters[index];
        var count = parameters?.Count ?? 0;
        var last = _positions[index];
        if (last < count && Matches(parameters![last].ParameterName, name))
            return parameters[last];
        for (var i = 0; i < count; i++)
        {
            if (!Matches(parameters![i].ParameterName, name))
                continue;
            _positions[index] = i;
            return parameters[i];
        }

        throw new InvalidOperationException($"Must add values for the following parameters: {name}");
    }

    /// <summary>Callers may name a parameter with its prefix or, as Orleans does, without.</summary>
    private static bool Matches(string given, string name)
        => given.Length == name.Length ? given == name : given.AsSpan().SequenceEqual(name.AsSpan(1));

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            throw SqlErrors.Create(_connection.Handle, code);
    }
}
