using System.Diagnostics;
using OwpPool.Storage;
using OwpPool.Testing;

namespace OwpPool.EndToEnd.Tests;

/// <summary>A long audit log leaves the server event by event; ./run bench log does the same with a million.</summary>
public sealed class AuditExportTests(AuditExportTests.LongLog longLog) : IClassFixture<AuditExportTests.LongLog>
{
    private const int Events = 40_000;
    private const int FirstEvents = 12_000;

    /// <summary>Far less than the export's size.</summary>
    private const long MostGrowth = 24 << 20;

    [Theory]
    [InlineData("text/csv")]
    [InlineData("application/x-ndjson")]
    public async Task Export_LongLog_TakesNoMoreMemoryThanAPage(string type)
    {
        var server = await longLog.UpAsync();
        using var admin = server.Admin();
        // A shorter one first: what the runtime takes to begin with is not counted.
        Assert.Equal(FirstEvents, (await ExportAsync(admin, type, "?actor=system")).Lines);
        var before = Peak(server);

        var (lines, bytes) = await ExportAsync(admin, type, "");

        Assert.Equal(Events, lines);
        Assert.True(bytes > 3 * MostGrowth, $"{bytes} bytes are too few to tell");
        Assert.True(Peak(server) - before < MostGrowth, $"the server grew by {Peak(server) - before} bytes for {bytes}");
    }

    private static async Task<(int Lines, long Bytes)> ExportAsync(HttpClient admin, string type, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/audit/events" + query);
        request.Headers.Accept.ParseAdd(type);
        using var answer = await admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.EnsureSuccessStatusCode().Content.ReadAsStreamAsync();
        var buffer = new byte[64 * 1024];
        // A table has a line of headings.
        var (lines, bytes) = (type == "text/csv" ? -1 : 0, 0L);
        for (int read; (read = await body.ReadAsync(buffer)) > 0; bytes += read) lines += buffer.AsSpan(0, read).Count((byte)'\n');
        return (lines, bytes);
    }

    private static long Peak(ServerProcess server)
    {
        using var process = Process.GetProcessById(server.Id);
        return process.PeakWorkingSet64;
    }

    /// <summary>A server with a log of few but long events: the export's size is what counts.</summary>
    public sealed class LongLog : RestartableServer
    {
        /// <inheritdoc />
        public override async Task InitializeAsync()
        {
            await using var storage = SqliteStorage.Open(new SqliteStorageOptions { Path = Database });
            await using var connection = await storage.DataSource.OpenConnectionAsync();
            await using var command = connection.CreateCommand();
            command.CommandText =
                $$"""
                INSERT INTO pool_events (at, type, actor, target, repo, details)
                WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {{Events}})
                SELECT '2026-01-18T00:00:00.000Z', 'task.created', CASE WHEN i <= {{FirstEvents}} THEN 'system' ELSE 'admin' END, 't_' || i,
                  'acme/shop', '{"title":"' || printf('%.1900c', 'x') || '"}' FROM n
                """;
            await command.ExecuteNonQueryAsync();
        }
    }
}
