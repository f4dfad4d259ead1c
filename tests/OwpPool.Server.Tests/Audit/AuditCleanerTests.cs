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
        Assert.Equal(1, (await server.Storage.Events.ReadExtentAsync()).Oldest);
    }

    [Fact]
    public async Task Start_OlderThanTheDays_RemovesThoseByItselfAndSaysSo()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Audit__RetentionDays", "30"));
        await AddEventAsync(server, "'2020-01-18T05:00:00.000Z'");
        await AddRepoAsync(server);
        await server.StopAsync();

        await server.StartAgainAsync();

        await Eventually.TrueAsync(async () => (await server.Storage.Events.ReadExtentAsync()).Oldest == 2, "the old event is gone");
        var page = (await server.SendAsync(HttpMethod.Get, "/v1/audit/events", admin: TestServer.AdminToken)).Json!;
        Assert.Equal(["audit.trimmed", "repo.created"], page["events"]!.AsArray().Select(item => (string)item!["event_type"]!));
        Assert.Equal("1", (string)page["events"]![0]!["details"]!["through_seq"]!);
        Assert.Null(await server.Get<AuditCleaner>().CleanAsync(CancellationToken.None));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(36_500)]
    public async Task Clean_NotReadByAConsumer_IsKeptForTheDaysAndNoLonger(int days)
    {
        await using var server = await OwnServer.StartAsync(
            ("OwpPool__Audit__RetentionDays", "30"), ("OwpPool__Audit__UnreadDays", $"{days}"));
        await AddEventAsync(server, "strftime('%Y-%m-%dT%H:%M:%S.000Z', 'now', '-31 days')");
        await server.Storage.Cursors.AdvanceAsync("webhook.h_stuck", 0);

        var trim = await server.Get<AuditCleaner>().CleanAsync(CancellationToken.None);

        Assert.Equal(days == 0 ? 1 : null, trim?.Through);
        if (trim is not null) Assert.Contains("webhook.h_stuck", trim.UnreadBy);
    }

    [Fact]
    public async Task Start_OnlyWhatNobodyFollowsHappened_ReputationHasReadThatToo()
    {
        await using var server = await OwnServer.StartAsync();

        await Eventually.TrueAsync(async () => await server.Storage.Cursors.GetAsync("reputation") == 0, "it begins with the first event");
        for (var i = 0; i < 1_000; i++) await AddEventAsync(server, "'2020-01-18T05:00:00.000Z'");

        await Eventually.TrueAsync(async () => await server.Storage.Cursors.GetAsync("reputation") == 1_000, "it has passed all");
    }

    private static async Task AddEventAsync(OwnServer server, string at)
    {
        await using var connection = await server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"INSERT INTO pool_events (at, type, actor, target, details) VALUES ({at}, 'task.noted', 'w_1', 't_1', '{{}}')";
        await command.ExecuteNonQueryAsync();
    }

    private static async Task AddRepoAsync(OwnServer server) => Assert.Equal(
        201, (await server.PostAsync("/v1/admin/repos", """{"repo":"acme/shop"}""", admin: TestServer.AdminToken)).Status);
}
