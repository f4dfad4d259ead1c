using OwpPool.Server.Audit;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Audit;

public sealed class AuditCleanerTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(36_500)]
    public async Task Clean_YoungerThanTheDays_KeepsAll(int days)
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Audit__RetentionDays", $"{days}"));
        await AddRepoAsync(server);
        if (days > 0) Assert.Null(await server.Get<AuditCleaner>().CleanAsync(CancellationToken.None));
        Assert.Equal(1, await server.Storage.Events.OldestSeqAsync());
    }

    [Fact]
    public async Task Start_OlderThanTheDays_RemovesThoseByItselfAndSaysSo()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Audit__RetentionDays", "30"));
        await using (var connection = await server.Storage.DataSource.OpenConnectionAsync())
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = """
                INSERT INTO pool_events (at, type, actor, target, details) VALUES ('2020-01-18T05:00:00.000Z', 'task.noted', 'w_1', 't_1', '{}')
                """;
            await command.ExecuteNonQueryAsync();
        }
        await AddRepoAsync(server);
        await server.StopAsync();

        await server.StartAgainAsync();

        await Eventually.TrueAsync(async () => await server.Storage.Events.OldestSeqAsync() == 2, "the old event is gone");
        var page = (await server.SendAsync(HttpMethod.Get, "/v1/audit/events", admin: TestServer.AdminToken)).Json!;
        Assert.Equal(["audit.trimmed", "repo.created"], page["events"]!.AsArray().Select(item => (string)item!["event_type"]!));
        Assert.Equal("1", (string)page["events"]![0]!["details"]!["through_seq"]!);
        Assert.Null(await server.Get<AuditCleaner>().CleanAsync(CancellationToken.None));
    }

    private static async Task AddRepoAsync(OwnServer server) => Assert.Equal(
        201, (await server.PostAsync("/v1/admin/repos", """{"repo":"acme/shop"}""", admin: TestServer.AdminToken)).Status);
}
