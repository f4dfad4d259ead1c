using System.Data.Common;

namespace OwpPool.Storage.Sqlite;

/// <summary>The pool's database for ADO.NET callers: what every Orleans provider gets as its <c>DataSource</c>.</summary>
/// <remarks>
/// Writes of all callers share commits (see <see cref="SqliteStorage"/>), reads run beside them. A read sent after a write was
/// acknowledged sees it. Closing the data source closes nothing: the <see cref="SqliteStorage"/> it comes from owns the file.
/// </remarks>
public sealed class SqlitePoolDataSource : DbDataSource
{
    private readonly StatementRouter _router;
    private readonly string _path;

    internal SqlitePoolDataSource(StatementRouter router, string path)
    {
        _router = router;
        _path = path;
    }

    /// <inheritdoc/>
    public override string ConnectionString => $"Data Source={_path}";

    /// <summary>Runs one text of our own.</summary>
    /// <returns>Its results, complete; nothing is held open while they are read.</returns>
    internal async Task<DbDataReader> RunAsync(
        string sql, CancellationToken cancellationToken, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }

        return await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override DbConnection CreateDbConnection() => new PoolConnection(_router, _path);
}
