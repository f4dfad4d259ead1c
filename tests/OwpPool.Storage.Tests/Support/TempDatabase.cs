using System.Data.Common;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.Tests.Support;

/// <summary>A database file of its own for one test, removed with it.</summary>
internal sealed class TempDatabase : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("owp-storage-").FullName;
    private SqliteStorage? _storage;

    public TempDatabase(Func<SqliteStorageOptions, SqliteStorageOptions>? configure = null)
    {
        Path = System.IO.Path.Combine(_folder, "pool.db");
        var options = new SqliteStorageOptions { Path = Path };
        Options = configure?.Invoke(options) ?? options;
    }

    public string Path { get; }

    public SqliteStorageOptions Options { get; }

    /// <summary>The storage, opened when first asked for.</summary>
    public SqliteStorage Storage => _storage ??= SqliteStorage.Open(Options);

    /// <summary>Closes the storage, so that the next use opens the file again.</summary>
    public void Close()
    {
        _storage?.Dispose();
        _storage = null;
    }

    /// <summary>Runs a text through the data source as an ADO.NET caller does.</summary>
    public async Task<Result> ExecuteAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await Storage.DataSource.OpenConnectionAsync();
        await using var command = Command(connection, sql, parameters);
        await using var reader = await command.ExecuteReaderAsync();
        return Result.Read(reader);
    }

    /// <summary>The first value of the first row.</summary>
    public async Task<object?> ScalarAsync(string sql, params (string Name, object? Value)[] parameters)
    {
        await using var connection = await Storage.DataSource.OpenConnectionAsync();
        await using var command = Command(connection, sql, parameters);
        return await command.ExecuteScalarAsync();
    }

    public async Task<long> CountAsync(string table) => (long)(await ScalarAsync($"SELECT count(*) FROM {table}"))!;

    /// <summary>A plain connection beside the pool's, as another program would have.</summary>
    public NativeConnection OpenBeside() => NativeConnection.Open(Path, readOnly: false, TimeSpan.Zero);

    public static DbCommand Command(DbConnection connection, string sql, params (string Name, object? Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    public ValueTask DisposeAsync()
    {
        Close();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
