using System.Runtime.CompilerServices;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.ReadModel;

/// <summary>Reads a long result in chunks: the next one is read while the caller works on the last.</summary>
internal static class RowStream
{
    // So few that a chunk of structs does not become a large object, which only a full collection would free.
    private const int ChunkRows = 400;

    // Rows of one repo lie all over the file: read page by page, each would cost two system calls and a copy. Mapped for this read only,
    // since a failing disk then ends the process instead of the query.
    private static readonly SqlText MapFile = new("PRAGMA mmap_size = 17179869184");
    private static readonly SqlText UnmapFile = new("PRAGMA mmap_size = 0");

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
            connection.Execute(MapFile);
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
            connection.Execute(UnmapFile);
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
