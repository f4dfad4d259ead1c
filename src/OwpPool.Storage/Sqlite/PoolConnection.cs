using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace OwpPool.Storage.Sqlite;

/// <summary>A connection for ADO.NET callers that opens nothing: its commands go to the pool's writer and readers.</summary>
/// <remarks>
/// It derives from <see cref="SqliteConnection"/> because Orleans demands that of a data source for SQLite. Opening and closing cost
/// nothing. There are no transactions over several commands: each command's text is one.
/// </remarks>
internal sealed class PoolConnection : SqliteConnection
{
    private readonly StatementRouter _router;
    private readonly string _dataSource;
    private ConnectionState _state = ConnectionState.Closed;

    public PoolConnection(StatementRouter router, string dataSource)
    {
        _router = router;
        _dataSource = dataSource;
    }

    /// <summary>Fixed by the data source; the base class would look up a pool of its own for it.</summary>
    [AllowNull]
    public override string ConnectionString
    {
        get => $"Data Source={_dataSource}";
        set
        {
            if (!string.IsNullOrEmpty(value))
                throw new NotSupportedException("The connection string of a pool connection is fixed.");
        }
    }

    public override string DataSource => _dataSource;

    public override ConnectionState State => _state;

    public override void Open() => _state = ConnectionState.Open;

    public override Task OpenAsync(CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return Task.FromCanceled(cancellationToken);
        Open();
        return Task.CompletedTask;
    }

    public override void Close() => _state = ConnectionState.Closed;

    public override SqliteCommand CreateCommand() => new PoolCommand(_router) { Connection = this };

    public override SqliteTransaction BeginTransaction(IsolationLevel isolationLevel, bool deferred) => throw NoTransactions();

    public override SqliteTransaction BeginTransaction(IsolationLevel isolationLevel) => throw NoTransactions();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw NoTransactions();

    private static NotSupportedException NoTransactions()
        => new("Transactions over several commands are not possible here: send the statements as one text.");
}
