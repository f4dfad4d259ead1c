using System.Collections;
using System.Data.Common;
using System.Globalization;

namespace OwpPool.Storage.Sqlite;

/// <summary>The results of a command, complete when the command returns: nothing of SQLite is held while a caller reads them.</summary>
/// <remarks>Values and conversions are those of Microsoft.Data.Sqlite: long, double, string, byte[], DBNull.</remarks>
internal sealed class BufferedDataReader(IReadOnlyList<ResultSet> sets, int recordsAffected) : DbDataReader
{
    private int _set;
    private int _row = -1;
    private bool _closed;

    public override int Depth => 0;

    public override int FieldCount => Current?.Columns.Length ?? 0;

    public override bool HasRows => Current is { Rows: > 0 };

    public override bool IsClosed => _closed;

    /// <summary>The rows inserted, updated and deleted by the statements themselves, without triggers; -1 for a query.</summary>
    public override int RecordsAffected => recordsAffected;

    private ResultSet? Current => _set < sets.Count ? sets[_set] : null;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    public override bool Read()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        if (Current is not { } current || _row + 1 >= current.Rows)
        {
            _row = Current?.Rows ?? 0;
            return false;
        }

        _row++;
        return true;
    }

    public override bool NextResult()
    {
        ObjectDisposedException.ThrowIf(_closed, this);
        _row = -1;
        if (_set < sets.Count)
            _set++;
        return _set < sets.Count;
    }

    public override void Close() => _closed = true;

    public override object GetValue(int ordinal)
    {
        var current = Current;
        if (_closed || current is null || _row < 0 || _row >= current.Rows)
            throw new InvalidOperationException("No data exists for the row/column.");
        if ((uint)ordinal >= (uint)current.Columns.Length)
            throw new IndexOutOfRangeException($"The result has {current.Columns.Length} columns; there is no column {ordinal}.");
        return current[_row, ordinal];
    }

    /// <inheritdoc/>
    /// <exception cref="IndexOutOfRangeException">No such column: the exception that Orleans expects, with the name.</exception>
    public override int GetOrdinal(string name)
    {
        var columns = Current?.Columns ?? [];
        var ordinal = Array.IndexOf(columns, name);
        if (ordinal < 0)
            ordinal = Array.FindIndex(columns, column => string.Equals(column, name, StringComparison.OrdinalIgnoreCase));
        return ordinal >= 0 ? ordinal : throw new IndexOutOfRangeException($"The result has no column '{name}'.");
    }

    public override string GetName(int ordinal) => Current!.Columns[ordinal];

    /// <summary>The type of the row's value, for SQLite's columns have none; before the first row that of the first row.</summary>
    public override Type GetFieldType(int ordinal)
    {
        var current = Current ?? throw new InvalidOperationException("The command has no result.");
        var row = Math.Clamp(_row, 0, Math.Max(current.Rows - 1, 0));
        var value = current.Rows == 0 ? DBNull.Value : current[row, ordinal];
        return value is DBNull ? typeof(object) : value.GetType();
    }

    public override string GetDataTypeName(int ordinal)
        => GetFieldType(ordinal) switch
        {
            var type when type == typeof(long) => "INTEGER",
            var type when type == typeof(double) => "REAL",
            var type when type == typeof(string) => "TEXT",
            _ => "BLOB",
        };

    public override bool IsDBNull(int ordinal) => GetValue(ordinal) is DBNull;

    public override int GetValues(object[] values)
    {
        var count = Math.Min(values.Length, FieldCount);
        for (var i = 0; i < count; i++)
            values[i] = GetValue(i);
        return count;
    }

    public override T GetFieldValue<T>(int ordinal)
    {
        var value = GetValue(ordinal);
        if (value is T same)
            return same;
        var type = Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T);
        if (value is DBNull && type != typeof(T))
            return default!;
        if (type == typeof(DateTime))
            return (T)(object)GetDateTime(ordinal);
        if (type == typeof(DateTimeOffset))
            return (T)(object)DateTimeOffset.Parse(GetString(ordinal), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        if (type == typeof(Guid))
            return (T)(object)GetGuid(ordinal);
        return (T)Convert.ChangeType(NotNull(ordinal), type, CultureInfo.InvariantCulture);
    }

    public override bool GetBoolean(int ordinal) => GetInt64(ordinal) != 0;

    public override byte GetByte(int ordinal) => checked((byte)GetInt64(ordinal));

    public override short GetInt16(int ordinal) => checked((short)GetInt64(ordinal));

    public override int GetInt32(int ordinal) => checked((int)GetInt64(ordinal));

    public override long GetInt64(int ordinal)
        => GetValue(ordinal) is long number ? number : Convert.ToInt64(NotNull(ordinal), CultureInfo.InvariantCulture);

    public override float GetFloat(int ordinal) => (float)GetDouble(ordinal);

    public override double GetDouble(int ordinal) => Convert.ToDouble(NotNull(ordinal), CultureInfo.InvariantCulture);

    public override decimal GetDecimal(int ordinal) => Convert.ToDecimal(NotNull(ordinal), CultureInfo.InvariantCulture);

    public override string GetString(int ordinal)
        => NotNull(ordinal) as string ?? Convert.ToString(NotNull(ordinal), CultureInfo.InvariantCulture)!;

    public override char GetChar(int ordinal) => GetString(ordinal)[0];

    /// <summary>An instant stored as text; a zone in it is honoured, none means that it is taken as it is.</summary>
    public override DateTime GetDateTime(int ordinal)
        => DateTime.Parse(GetString(ordinal), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);

    public override Guid GetGuid(int ordinal)
        => NotNull(ordinal) is byte[] bytes ? new Guid(bytes) : Guid.Parse(GetString(ordinal), CultureInfo.InvariantCulture);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length)
        => Copy((byte[])NotNull(ordinal), dataOffset, buffer, bufferOffset, length);

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length)
        => Copy(GetString(ordinal).ToCharArray(), dataOffset, buffer, bufferOffset, length);

    public override IEnumerator GetEnumerator() => new DbEnumerator(this, closeReader: false);

    private object NotNull(int ordinal)
        => GetValue(ordinal) is var value and not DBNull
            ? value
            : throw new InvalidOperationException($"The column '{GetName(ordinal)}' is NULL in this row.");

    private static long Copy<T>(T[] source, long offset, T[]? target, int targetOffset, int length)
    {
        if (target is null)
            return source.Length;
        var count = Math.Max(0, Math.Min(length, source.Length - (int)offset));
        Array.Copy(source, offset, target, targetOffset, count);
        return count;
    }
}
