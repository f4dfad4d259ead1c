using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace OwpPool.Storage.Sqlite;

/// <summary>One caller's text on its way through the writer; its task completes when the commit that holds it is durable.</summary>
/// <remarks>Continuations run elsewhere: the writer thread does nothing but write.</remarks>
internal sealed class WriteRequest(SqlText text, SqliteParameterCollection? parameters)
    : TaskCompletionSource<DbDataReader>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    private BufferedDataReader? _result;

    /// <summary>Runs the text inside the batch's transaction; the result is kept back until the commit.</summary>
    public void Run(NativeConnection connection) => _result = StatementRunner.RunAtomic(connection, text, parameters);

    public void Complete() => SetResult(_result!);
}
