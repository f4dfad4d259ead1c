using System.Data.Common;

namespace OwpPool.Storage.Sqlite;

/// <summary>Rows of tables that are no grain's state.</summary>
internal static class DataSourceExtensions
{
    /// <summary>Runs a text that writes; on return it is durable.</summary>
    /// <returns>How many rows it changed.</returns>
    public static async Task<int> ExecuteAsync(
        this SqlitePoolDataSource database, string sql, (string Name, object? Value)[] parameters, CancellationToken cancellationToken)
    {
        using var reader = await database.RunAsync(sql, cancellationToken, parameters).ConfigureAwait(false);
        return reader.RecordsAffected;
    }

    /// <summary>Runs a text and maps the rows that it gives back.</summary>
    public static async Task<IReadOnlyList<T>> QueryAsync<T>(
        this SqlitePoolDataSource database, string sql, (string Name, object? Value)[] parameters, Func<DbDataReader, T> map,
        CancellationToken cancellationToken)
    {
        using var reader = await database.RunAsync(sql, cancellationToken, parameters).ConfigureAwait(false);
        var rows = new List<T>();
        while (reader.Read()) rows.Add(map(reader));
        return rows;
    }

    /// <summary>A text, or null.</summary>
    public static string? TextOrNull(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);
}
