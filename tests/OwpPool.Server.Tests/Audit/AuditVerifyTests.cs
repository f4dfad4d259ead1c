using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Audit;

public sealed class AuditVerifyTests
{
    [Fact]
    public async Task Verify_OneRowChanged_NamesItAndTheNotedMarkStillHolds()
    {
        await using var server = await OwnServer.StartAsync();
        await server.PostAsync("/v1/admin/repos", """{"repo":"acme/shop"}""", admin: TestServer.AdminToken);
        await server.PostAsync("/v1/admin/tasks", """{"repo":"acme/shop","title":"Mend"}""", admin: TestServer.AdminToken);

        var good = await VerifyAsync(server);
        Assert.Equal((200, true, 2, 0), (good.Status, (bool)good.Json!["ok"]!, (int)good.Json["events"]!, (int)good.Json["fault_count"]!));
        var head = good.Text("head");
        Assert.Matches("^2:[0-9a-f]{64}$", head);
        Assert.True((bool)(await VerifyAsync(server, $"?mark={head}")).Json!["ok"]!);

        await using (var connection = await server.Storage.DataSource.OpenConnectionAsync())
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = "UPDATE pool_events SET details = replace(details, 'Mend', 'Break') WHERE seq = 2";
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }

        var bad = await VerifyAsync(server);
        Assert.Equal((200, false), (bad.Status, (bool)bad.Json!["ok"]!));
        var fault = Assert.Single(bad.Json["faults"]!.AsArray())!;
        Assert.Equal(("e_2", "changed"), ((string)fault["id"]!, (string)fault["kind"]!));
        Assert.Contains("Event 2 was changed", (string)fault["message"]!, StringComparison.Ordinal);
    }

    private static Task<Answer> VerifyAsync(OwnServer server, string query = "") =>
        server.SendAsync(HttpMethod.Get, "/v1/audit/verify" + query, admin: TestServer.AdminToken);
}
