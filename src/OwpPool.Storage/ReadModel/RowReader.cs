using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.ReadModel;

/// <summary>Runs a query on a connection and maps its rows while they are still SQLite's.</summary>
internal static class RowReader
{
    /// <param name="parameters">The values of ?1, ?2 and so on.</param>
    public static List<T> ToList<T>(NativeConnection connection, SqlText sql, ReadOnlySpan<object?> parameters, Func<PreparedStatement, T> map)
    {
        var statement = connection.Prepare(sql).Get(0)!;
        try
        {
            for (var i = 0; i < parameters.Length; i++)
                statement.Bind(i + 1, parameters[i]);
            var rows = new List<T>();
            while (statement.Step())
                rows.Add(map(statement));
            return rows;
        }
        finally
        {
            statement.Reset();
        }
    }
}
