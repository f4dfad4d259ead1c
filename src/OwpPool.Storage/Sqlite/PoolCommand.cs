using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace OwpPool.Storage.Sqlite;

/// <summary>A command of a <see cref="PoolConnection"/>. Its text is one unit: all of it takes effect, or nothing.</summary>
/// <remarks>
/// The result is complete when the call returns, so <see cref="DbCommand.CommandTimeout"/> and <see cref="Cancel"/> have nothing to do;
/// what bounds a wait is <see cref="SqliteStorageOptions.BusyTimeout"/>. The parameters must not be changed until the call returns.
/// </remarks>
internal sealed class PoolCommand(StatementRouter router) : SqliteCommand
{
    /// <summary>Kept here and not in the base class, which would keep a list of its commands.</summary>
    public override SqliteConnection? Connection { get; set; }

    public override void Prepare()
    {
        // The writer and each reader keep their own prepared statements.
    }

    public override void Cancel()
    {
        // A queued write is not taken back: its caller would not know whether it was written.
    }

    /// <exception cref="NotSupportedException">Always: Microsoft.Data.Sqlite's reader cannot be made outside it.</exception>
    public override SqliteDataReader ExecuteReader(CommandBehavior behavior)
        => throw new NotSupportedException($"Use the command as a {nameof(DbCommand)}: its reader is no {nameof(SqliteDataReader)}.");

    public override int ExecuteNonQuery()
    {
        using var reader = Execute();
        return reader.RecordsAffected;
    }

    public override object? ExecuteScalar()
    {
        using var reader = Execute();
        return FirstValue(reader);
    }

    public override async Task<int> ExecuteNonQueryAsync(CancellationToken cancellationToken)
    {
        var reader = await ExecuteAsync(cancellationToken).ConfigureAwait(false);
        return reader.RecordsAffected;
    }

    public override async Task<object?> ExecuteScalarAsync(CancellationToken cancellationToken)
    {
        var reader = await ExecuteAsync(cancellationToken).ConfigureAwait(false);
        return FirstValue(reader);
    }

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Execute();

    protected override Task<DbDataReader> ExecuteDbDataReaderAsync(CommandBehavior behavior, CancellationToken cancellationToken)
        => ExecuteAsync(cancellationToken);

    private static object? FirstValue(DbDataReader reader) => reader.Read() ? reader.GetValue(0) : null;

    private DbDataReader Execute()
    {
        ThrowIfClosed();
        return router.Execute(CommandText, Parameters);
    }

    private Task<DbDataReader> ExecuteAsync(CancellationToken cancellationToken)
    {
        ThrowIfClosed();
        return router.ExecuteAsync(CommandText, Parameters, cancellationToken);
    }

    private void ThrowIfClosed()
    {
        if (Connection?.State != ConnectionState.Open)
            throw new InvalidOperationException("The command needs an open connection.");
    }
}
