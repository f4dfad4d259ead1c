using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace OwpPool.Storage.Sqlite;

/// <summary>Runs a text on a connection and keeps its results.</summary>
internal static class StatementRunner
{
    private static readonly SqlText Savepoint = new("SAVEPOINT text");
    private static readonly SqlText Release = new("RELEASE text");
    private static readonly SqlText RollBack = new("ROLLBACK TO text; RELEASE text");

    /// <summary>Runs all statements of the text in order.</summary>
    /// <exception cref="SqliteException">A statement failed. What those before it changed is still there: see <see cref="RunAtomic"/>.
    /// </exception>
    public static BufferedDataReader Run(NativeConnection connection, SqlText text, SqliteParameterCollection? parameters)
    {
        var prepared = connection.Prepare(text);
        var sets = new List<ResultSet>(1);
        var affected = -1;
        for (var i = 0; prepared.Get(i) is { } statement; i++)
        {
            try
            {
                statement.Bind(parameters);
                if (RunOne(statement) is { } rows)
                    sets.Add(rows);
                if (!statement.IsReadOnly)
                    affected = Math.Max(affected, 0) + raw.sqlite3_changes(connection.Handle);
            }
            finally
            {
                statement.Reset();
            }
        }

        return new BufferedDataReader(sets, affected);
    }

    /// <summary>As <see cref="Run"/>, inside a transaction of which a failure takes back this text alone.</summary>
    public static BufferedDataReader RunAtomic(NativeConnection connection, SqlText text, SqliteParameterCollection? parameters)
    {
        // SQLite undoes a failed statement by itself; only a text of several needs more.
        if (!connection.Prepare(text).HasSeveralStatements)
            return Run(connection, text, parameters);

        connection.Execute(Savepoint);
        try
        {
            var result = Run(connection, text, parameters);
            connection.Execute(Release);
            return result;
        }
        catch
        {
            if (!connection.IsAutocommit)
                connection.Execute(RollBack);
            throw;
        }
    }

    /// <returns>Null for a statement without a result.</returns>
    private static ResultSet? RunOne(PreparedStatement statement)
    {
        var hasRow = statement.Step();
        statement.RefreshColumns();
        var rows = statement.Columns.Length == 0 ? null : new ResultSet(statement.Columns);
        for (; hasRow; hasRow = statement.Step())
            rows?.Add(statement);
        return rows;
    }
}
