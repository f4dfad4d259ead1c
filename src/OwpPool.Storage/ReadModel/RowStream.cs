using System.Runtime.CompilerServices;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.ReadModel;

/// <summary>Reads a long result in chunks: the next one is read while the caller works on the last.</summary>
internal static class RowStream
{
    private const int ChunkRows = 1000;

    /// <remarks>Holds one reader until the caller is done or stops; the whole result is of one instant.</remarks>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        ReaderPool readers, SqlText sql, object parameter, Func<PreparedStatement, T> map,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var connection = await readers.RentAsync(cancellationToken).ConfigureAwait(false);
        PreparedStatement? statement = null;
        Task<List<T>>? next = null;
        try
        {
            statement = connection.Prepare(sql).Get(0)!.Bind(1, parameter);
            next = Task.Run(() => Fetch(statement, map), CancellationToken.None);
            while (true)
            {
                var rows = await next.ConfigureAwait(false);
                var isLast = rows.Count < ChunkRows;
                if (!isLast)
                    next = Task.Run(() => Fetch(statement, map), CancellationToken.None);
                foreach (var row in rows)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    yield return row;
                }

                if (isLast)
                    yield break;
            }
        }
        finally
        {
            // A caller that stops early must not leave a chunk being read on a connection that is given back.
            if (next is not null)
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            statement?.Reset();
            readers.Return(connection);
        }
    }

    private static List<T> Fetch<T>(PreparedStatement statement, Func<PreparedStatement, T> map)
    {
        var rows = new List<T>(ChunkRows);
        while (rows.Count < ChunkRows && statement.Step())
            rows.Add(map(statement));
        return rows;
    }
}
