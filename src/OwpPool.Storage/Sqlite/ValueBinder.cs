using System.Buffers;
using System.Globalization;
using System.Text;
using SQLitePCL;

namespace OwpPool.Storage.Sqlite;

/// <summary>Binds .NET values in the forms in which Microsoft.Data.Sqlite stores them, so that either may read the other's rows.</summary>
internal static class ValueBinder
{
    private const int StackBytes = 512;

    /// <returns>SQLite's result code.</returns>
    /// <exception cref="InvalidOperationException">SQLite has no form for the type.</exception>
    public static int Bind(sqlite3_stmt statement, int index, object? value)
        => value switch
        {
            null or DBNull => raw.sqlite3_bind_null(statement, index),
            string text => BindText(statement, index, text),
            long number => raw.sqlite3_bind_int64(statement, index, number),
            int number => raw.sqlite3_bind_int64(statement, index, number),
            byte[] bytes => BindBlob(statement, index, bytes),
            ReadOnlyMemory<byte> bytes => BindBlob(statement, index, bytes.Span),
            Memory<byte> bytes => BindBlob(statement, index, bytes.Span),
            bool flag => raw.sqlite3_bind_int64(statement, index, flag ? 1 : 0),
            double number => raw.sqlite3_bind_double(statement, index, number),
            float number => raw.sqlite3_bind_double(statement, index, number),
            DateTime instant => BindText(statement, index, instant.ToString(@"yyyy\-MM\-dd HH\:mm\:ss.FFFFFFF", CultureInfo.InvariantCulture)),
            DateTimeOffset instant =>
                BindText(statement, index, instant.ToString(@"yyyy\-MM\-dd HH\:mm\:ss.FFFFFFFzzz", CultureInfo.InvariantCulture)),
            TimeSpan length => BindText(statement, index, length.ToString("c", CultureInfo.InvariantCulture)),
            Guid guid => BindText(statement, index, guid.ToString().ToUpperInvariant()),
            decimal number => BindText(statement, index, number.ToString("0.0###########################", CultureInfo.InvariantCulture)),
            char letter => BindText(statement, index, letter.ToString()),
            uint number => raw.sqlite3_bind_int64(statement, index, number),
            ulong number => raw.sqlite3_bind_int64(statement, index, (long)number),
            short or ushort or byte or sbyte or Enum =>
                raw.sqlite3_bind_int64(statement, index, Convert.ToInt64(value, CultureInfo.InvariantCulture)),
            _ => throw new InvalidOperationException($"No mapping exists from {value.GetType()} to a SQLite type."),
        };

    private static int BindText(sqlite3_stmt statement, int index, string text)
    {
        // An empty span has no address, and SQLite takes a null address for NULL.
        if (text.Length == 0)
            return raw.sqlite3_bind_text(statement, index, text);
        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (most <= StackBytes)
        {
            Span<byte> buffer = stackalloc byte[StackBytes];
            return raw.sqlite3_bind_text(statement, index, (ReadOnlySpan<byte>)buffer[..Encoding.UTF8.GetBytes(text, buffer)]);
        }

        var rented = ArrayPool<byte>.Shared.Rent(most);
        var code = raw.sqlite3_bind_text(statement, index, (ReadOnlySpan<byte>)rented.AsSpan(0, Encoding.UTF8.GetBytes(text, rented)));
        ArrayPool<byte>.Shared.Return(rented);
        return code;
    }

    private static int BindBlob(sqlite3_stmt statement, int index, ReadOnlySpan<byte> bytes)
        => bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(statement, index, 0) : raw.sqlite3_bind_blob(statement, index, bytes);
}
