using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OwpPool.Storage.Sqlite;

/// <summary>SQLite's result codes as the exceptions that ADO.NET callers know.</summary>
internal static class SqlErrors
{
    public static SqliteException Create(sqlite3 handle, int code)
        => Create(code, raw.sqlite3_extended_errcode(handle), raw.sqlite3_errmsg(handle).utf8_to_string());

    public static SqliteException Create(int code, int extendedCode, string detail)
        => new($"SQLite Error {code & 0xFF}: '{detail}'.", code & 0xFF, extendedCode);

    /// <summary>The same failure for another caller: an exception instance belongs to one task.</summary>
    public static SqliteException Copy(SqliteException error) => new(error.Message, error.SqliteErrorCode, error.SqliteExtendedErrorCode);
}
