using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Events;

/// <summary>Streams that are resumed at a place of another history: the database was put back from a backup, or made anew.</summary>
public sealed class StreamHistoryTests
{
    [Theory]
    [InlineData(0, false)]
    [InlineData(30, false)]
    [InlineData(60, true)]
    public async Task Events_DatabaseWasReplaced_Resets(int newEvents, bool isMadeAnew)
    {
        await using var server = await OwnServer.StartAsync();
        await RegisterAsync(server, 20);
        await server.StopAsync();
        var backup = Copy(server.Database, server.Database + ".backup");
        await server.StartAgainAsync();
        await RegisterAsync(server, 20);
        var known = await LastIdAsync(server);
        await server.StopAsync();
        PutBack(isMadeAnew ? null : backup, server.Database);
        await server.StartAgainAsync();
        await RegisterAsync(server, newEvents);

        await using var stream = await SseClient.OpenAsync(Address(server), "/v1/events", lastId: known);

        var reset = await stream.EventAsync();
        Assert.Equal(("reset", "unknown"), (reset.Type, (string?)reset.Json["reason"]));
        Assert.Equal(EventStreamTests.SeqOf(known), (long)reset.Json["last_event_id"]!);
        await RegisterAsync(server, 1);
        Assert.Equal((long)reset.Json["oldest_seq"]!, (long)(await stream.EventAsync()).Json["seq"]!);
    }

    [Fact]
    public async Task Events_BackupOfTheClientsOwnPlace_GoesOnWithoutReset()
    {
        await using var server = await OwnServer.StartAsync();
        await RegisterAsync(server, 3);
        var known = await LastIdAsync(server);
        await server.StopAsync();
        var backup = Copy(server.Database, server.Database + ".backup");
        await server.StartAgainAsync();
        await RegisterAsync(server, 3);
        await server.StopAsync();
        PutBack(backup, server.Database);
        await server.StartAgainAsync();
        await server.PostAsync("/v1/workers/register", """{"name":"Grace"}""");

        await using var stream = await SseClient.OpenAsync(Address(server), "/v1/events?topics=worker.registered", lastId: known);

        Assert.Equal("Grace", (string?)(await stream.EventAsync()).Json["details"]!["name"]);
    }

    [Fact]
    public async Task Events_OldestWereRemovedUpToTheClientsPlace_GoesOnWithoutReset()
    {
        await using var server = await OwnServer.StartAsync();
        await RegisterAsync(server, 3);
        var known = await LastIdAsync(server);
        var seq = EventStreamTests.SeqOf(known);
        await server.PostAsync("/v1/workers/register", """{"name":"Grace"}""");
        await RunAsync(server, $"UPDATE pool_event_chain SET anchor_seq = {seq}, anchor_hash = (SELECT hash FROM pool_events WHERE seq = {seq})");
        await RunAsync(server, $"DELETE FROM pool_events WHERE seq <= {seq}");

        await using var stream = await SseClient.OpenAsync(Address(server), "/v1/events", lastId: known);
        await using var stranger = await SseClient.OpenAsync(Address(server), "/v1/events", lastId: $"{seq}-0123456789");

        Assert.Equal("Grace", (string?)(await stream.EventAsync()).Json["details"]!["name"]);
        Assert.Equal("reset", (await stranger.EventAsync()).Type);
    }

    [Fact]
    public async Task Logs_LineOfAnotherHistory_Resets()
    {
        await using var server = await OwnServer.StartAsync();
        await server.PostAsync("/v1/admin/repos", """{"repo":"acme/shop"}""", admin: TestServer.AdminToken);
        await server.PostAsync("/v1/admin/tasks", """{"repo":"acme/shop","title":"Mend"}""", admin: TestServer.AdminToken);
        var token = (await server.PostAsync("/v1/workers/register", """{"name":"Ada"}""")).Text("token");
        var task = (string)(await server.GetAsync("/v1/work", token)).Json!["leases"]![0]!["task_id"]!;
        await SayAsync("one");
        await server.StopAsync();
        var backup = Copy(server.Database, server.Database + ".backup");
        await server.StartAgainAsync();
        await SayAsync("two");
        string known;
        await using (var first = await SseClient.OpenAsync(Address(server), $"/v1/tasks/{task}/logs?follow=true", token))
        {
            await first.EventAsync();
            known = (await first.EventAsync()).Id!;
        }
        await server.StopAsync();
        PutBack(backup, server.Database);
        await server.StartAgainAsync();
        await SayAsync("another two");

        await using var stream = await SseClient.OpenAsync(Address(server), $"/v1/tasks/{task}/logs?follow=true", token, known);

        Assert.Equal(("reset", "unknown"), (await stream.EventAsync()) is var reset ? (reset.Type, (string?)reset.Json["reason"]) : default);
        Assert.Equal("one", (string?)(await stream.EventAsync()).Json["message"]);
        Assert.Equal("another two", (string?)(await stream.EventAsync()).Json["message"]);

        async Task SayAsync(string message) => Assert.Equal(200, (await server.PostAsync($"/v1/tasks/{task}/logs",
            $$"""{"lines":[{"message":"{{message}}"}]}""", token)).Status);
    }

    private static async Task RegisterAsync(OwnServer server, int count)
    {
        for (var i = 0; i < count; i++) Assert.Equal(201, (await server.PostAsync("/v1/workers/register", """{"name":"Ada"}""")).Status);
    }

    private static async Task<string> LastIdAsync(OwnServer server)
    {
        await using var stream = await SseClient.OpenAsync(Address(server), "/v1/events?after=0");
        while (EventStreamTests.SeqOf((await stream.EventAsync()).Id) < server.Storage.Feed.LatestSeq)
        {
        }
        return stream.LastId!;
    }

    private static string[] Copy(string database, string to)
    {
        var copies = new List<string>();
        foreach (var ending in new[] { "", "-wal" })
        {
            if (!File.Exists(database + ending)) continue;
            File.Copy(database + ending, to + ending);
            copies.Add(to + ending);
        }
        return [.. copies];
    }

    private static void PutBack(string[]? backup, string database)
    {
        foreach (var ending in new[] { "", "-wal", "-shm" }) File.Delete(database + ending);
        foreach (var copy in backup ?? []) File.Copy(copy, copy.Replace(".backup", "", StringComparison.Ordinal));
    }

    private static async Task RunAsync(OwnServer server, string sql)
    {
        await using var connection = await server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private static Uri Address(OwnServer server) => new(OwpPool.Server.Hosting.PoolServer.UrlOf(server.App));
}
