using System.Data;
using System.Data.Common;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>Runs query texts the way Orleans' ADO.NET providers do: a connection from the data source for each, parameters by name, the
/// rows
/// of all result sets in one list.</summary>
internal sealed class RelationalStorage
{
    private readonly DbDataSource _source;

    private RelationalStorage(DbDataSource source) => _source = source;

    /// <exception cref="OrleansConfigurationException">Not exactly one of the two is given, or the provider is not known here.</exception>
    internal static RelationalStorage Create(string owner, string invariant, string? connectionString, DbDataSource? dataSource)
    {
        if (string.IsNullOrWhiteSpace(invariant))
            throw new OrleansConfigurationException($"{owner}: Invariant must name an ADO.NET provider.");
        if (string.IsNullOrWhiteSpace(connectionString) == (dataSource is null))
            throw new OrleansConfigurationException($"{owner}: set exactly one of ConnectionString and DataSource.");
        return new RelationalStorage(dataSource ?? SourceFor(owner, invariant, connectionString!));
    }

    internal async Task<List<T>> ReadAsync<T>(
        string query, Action<DbCommand> bind, Func<DbDataReader, T> select, CancellationToken cancellationToken)
    {
        var connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                bind(command);
                command.CommandText = query;
                var reader = await command.ExecuteReaderAsync(CommandBehavior.Default, cancellationToken).ConfigureAwait(false);
                await using (reader.ConfigureAwait(false))
                    return await ReadAllAsync(reader, select, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static async Task<List<T>> ReadAllAsync<T>(DbDataReader reader, Func<DbDataReader, T> select, CancellationToken cancellationToken)
    {
        var rows = new List<T>();
        do
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                rows.Add(select(reader));
        }
        while (await reader.NextResultAsync(cancellationToken).ConfigureAwait(false));
        return rows;
    }

    private static DbDataSource SourceFor(string owner, string invariant, string connectionString)
    {
        if (!DbProviderFactories.TryGetFactory(invariant, out var factory))
        {
            throw new OrleansConfigurationException(
                $"{owner}: no ADO.NET provider is registered as \"{invariant}\"; register it with DbProviderFactories or set DataSource.");
        }
        return factory.CreateDataSource(connectionString);
    }
}
