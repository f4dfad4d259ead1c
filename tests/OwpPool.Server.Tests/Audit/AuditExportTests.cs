using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Audit;

/// <summary>What the pool itself would never write is put into the log: each test has a server of its own.</summary>
public sealed class AuditExportTests
{
    [Fact]
    public async Task Export_Csv_QuotesAndDefusesCells()
    {
        await using var server = await TestServer.StartAsync();
        var repo = await server.AddRepoAsync();
        var task = await server.AddTaskAsync(repo, ""","external_id":"=1+1, \"x\"" """.TrimEnd());
        // Only a tool of somebody's own can put a formula where the pool writes ids.
        await SqlAsync(server, $"UPDATE pool_events SET actor = '=HYPERLINK(1)', type = '@x', at = '+5', repo = '-2,3' WHERE target = '{task}'");

        var answer = await ExportAsync(server, $"target={task}", "text/csv");

        var seq = (string)(await AskAsync(server, $"target={task}")).Json!["events"]![0]!["id"]!;
        var details = (await AskAsync(server, $"target={task}")).Json!["events"]![0]!["details"]!.ToJsonString(
            new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        Assert.Equal(
            "id,timestamp,event_type,actor,target,repo,details\r\n"
            + $"{seq},'+5,'@x,'=HYPERLINK(1),{task},\"'-2,3\",\"{details.Replace("\"", "\"\"", StringComparison.Ordinal)}\"\r\n",
            answer.Body);
        Assert.Contains("=1+1", answer.Body, StringComparison.Ordinal);
        Assert.Equal("attachment; filename=\"audit-events.csv\"", answer.Headers["Content-Disposition"]);
    }

    [Fact]
    public async Task Events_DamagedInTheDatabase_AreShownAsTheyAre()
    {
        await using var server = await TestServer.StartAsync();
        var task = await server.AddTaskAsync(await server.AddRepoAsync());
        await SqlAsync(server, $"UPDATE pool_events SET details = 'no json', at = 'never' WHERE target = '{task}'");

        var found = (await AskAsync(server, $"target={task}")).Json!["events"]![0]!;

        Assert.Equal(("no json", "never"), ((string)found["details"]!, (string)found["timestamp"]!));
        Assert.Contains("\"no json\"", (await ExportAsync(server, $"target={task}", "application/x-ndjson")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Export_ManyPages_HasEveryEventOnce()
    {
        await using var server = await TestServer.StartAsync();
        await SqlAsync(server,
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
            INSERT INTO pool_events (at, type, actor, target, details) SELECT '2026-01-18T00:00:00.000Z', 'task.noted', 'w_1', 't_' || i, '{}' FROM n
            """);

        var answer = await ExportAsync(server, "actor=w_1&since=2026-01-18T00:00:00Z", "text/csv");

        Assert.Equal(Enumerable.Range(1, 2500).Select(i => $"t_{i}"),
            answer.Body.TrimEnd().Split("\r\n").Skip(1).Select(line => line.Split(',')[4]));
        Assert.True((bool)(await server.GetAsync("/v1/audit/verify", admin: TestServer.AdminToken)).Json!["ok"]!);
    }

    private static Task<Answer> AskAsync(TestServer server, string query) =>
        server.GetAsync($"/v1/audit/events?{query}", admin: TestServer.AdminToken);

    private static Task<Answer> ExportAsync(TestServer server, string query, string accept) => server.SendAsync(
        HttpMethod.Get, $"/v1/audit/events?{query}", null, admin: TestServer.AdminToken,
        with: request => request.Headers.Accept.ParseAdd(accept));

    private static async Task SqlAsync(TestServer server, string sql)
    {
        await using var connection = await server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
