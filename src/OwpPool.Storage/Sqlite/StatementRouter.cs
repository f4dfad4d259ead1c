using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace OwpPool.Storage.Sqlite;

/// <summary>Sends each text where it belongs: what may change the database to the writer, the rest to a reader.</summary>
internal sealed class StatementRouter(WriteQueue writer, ReaderPool readers)
{
    private readonly SqlTextCache _texts = new();

    /// <exception cref="SqliteException">What SQLite said of the text, or of the commit it was in.</exception>
    public Task<DbDataReader> ExecuteAsync(string sql, SqliteParameterCollection? parameters, CancellationToken cancellationToken)
    {
        // Not cancelled once it is queued: the caller would not know whether it was written.
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled<DbDataReader>(cancellationToken);
        if (!_texts.TryGet(sql, out var text, out var isReadOnly))
            return ClassifyAndExecuteAsync(sql, parameters, cancellationToken);
        return isReadOnly ? ReadAsync(text, parameters, cancellationToken) : writer.Enqueue(text, parameters);
    }

    /// <summary>As <see cref="ExecuteAsync"/>; holds the calling thread meanwhile, as a synchronous ADO.NET call must.</summary>
    public DbDataReader Execute(string sql, SqliteParameterCollection? parameters)
    {
        if (!_texts.TryGet(sql, out var text, out var isReadOnly))
            (text, isReadOnly) = readers.Run(connection => _texts.Classify(connection, sql));
        return isReadOnly
            ? readers.Run(connection => StatementRunner.Run(connection, text, parameters))
            : writer.Enqueue(text, parameters).GetAwaiter().GetResult();
    }

    private async Task<DbDataReader> ClassifyAndExecuteAsync(
        string sql, SqliteParameterCollection? parameters, CancellationToken cancellationToken)
    {
        var (text, isReadOnly) = await readers.RunAsync(connection => _texts.Classify(connection, sql), cancellationToken)
            .ConfigureAwait(false);
        return isReadOnly
            ? await ReadAsync(text, parameters, cancellationToken).ConfigureAwait(false)
            : await writer.Enqueue(text, parameters).ConfigureAwait(false);
    }

    private Task<DbDataReader> ReadAsync(SqlText text, SqliteParameterCollection? parameters, CancellationToken cancellationToken)
        => readers.RunAsync<DbDataReader>(connection => StatementRunner.Run(connection, text, parameters), cancellationToken);
}
