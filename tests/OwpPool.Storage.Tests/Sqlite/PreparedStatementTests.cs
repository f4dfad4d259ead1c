using System.Text;
using Microsoft.Data.Sqlite;
using OwpPool.Storage.Sqlite;
using OwpPool.Storage.Tests.Support;

namespace OwpPool.Storage.Tests.Sqlite;

public sealed class PreparedStatementTests : IAsyncDisposable
{
    private readonly TempDatabase _database = new();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    /// <summary>There are partial indexes WHERE GrainTypeString = 'task' and the like, and SQLite would like to know whether a value meets
    /// their condition: it cost more than the writes themselves.</summary>
    [Theory]
    [InlineData("WriteToStorageKey")]
    [InlineData("ReadFromStorageKey")]
    [InlineData("ClearStorageKey")]
    public async Task Run_WithValuesOfAnotherGrain_IsNotCompiledAnew(string query)
    {
        var text = (string)(await _database.ScalarAsync("SELECT QueryText FROM OrleansQuery WHERE QueryKey = @key", ("@key", query)))!;
        using var connection = _database.OpenBeside();
        var statement = connection.Prepare(new SqlText(text)).Get(0)!;

        foreach (var (type, state) in new[] { ("task", States.Task("t_1")), ("worker", States.Worker("w_1")), ("task", States.Task("t_2")) })
        {
            var command = new SqliteCommand();
            foreach (var (name, value) in Parameters(type, state.Text())) command.Parameters.AddWithValue(name, value);
            statement.Bind(command.Parameters);
            while (statement.Step()) continue;
            statement.Reset();
        }

        Assert.Equal(0, statement.Recompilations);
    }

    private static (string Name, object Value)[] Parameters(string type, string state) =>
    [
        ("@GrainIdHash", 1), ("@GrainIdN0", 0L), ("@GrainIdN1", 0L), ("@GrainTypeHash", 1), ("@GrainTypeString", type),
        ("@GrainIdExtensionString", "key"), ("@ServiceId", "owp-pool"), ("@GrainStateVersion", DBNull.Value),
        ("@PayloadBinary", Encoding.UTF8.GetBytes(state)),
    ];
}
