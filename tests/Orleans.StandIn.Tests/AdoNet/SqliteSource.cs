using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Orleans.StandIn.Tests.AdoNet;

/// <summary>A data source over a database in memory that lives as long as this object.</summary>
internal sealed class SqliteSource : DbDataSource
{
    private readonly SqliteConnection _keeper;

    internal SqliteSource(string? schema = "orleans-test.sql")
    {
        ConnectionString = new SqliteConnectionStringBuilder
        {
            DataSource = $"test-{Guid.NewGuid():N}",
            Mode = SqliteOpenMode.Memory,
            Cache = SqliteCacheMode.Shared,
        }.ToString();
        _keeper = new SqliteConnection(ConnectionString);
        _keeper.Open();
        if (schema is null)
            return;
        using var script = new StreamReader(typeof(SqliteSource).Assembly.GetManifestResourceStream(schema)!);
        Execute(script.ReadToEnd());
    }

    public override string ConnectionString { get; }

    /// <summary>Whether opening a connection fails.</summary>
    internal bool IsDown { get; set; }

    internal int Execute(string sql)
    {
        using var command = _keeper.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    internal List<string> Query(string sql)
    {
        using var command = _keeper.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => Convert.ToString(reader.GetValue(i), null))));
        return rows;
    }

    protected override DbConnection CreateDbConnection() =>
        IsDown ? throw new IOException("The database is down.") : new SqliteConnection(ConnectionString);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _keeper.Dispose();
        base.Dispose(disposing);
    }
}
