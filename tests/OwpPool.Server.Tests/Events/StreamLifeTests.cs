using System.Net.Sockets;
using System.Text;
using OwpPool.Server.Events;
using OwpPool.Server.Hosting;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Events;

/// <summary>How streams begin, live and end: on servers of their own, with clocks and limits of their own.</summary>
public sealed class StreamLifeTests
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    [Fact]
    public async Task Events_NothingHappens_ACommentComesEveryFifteenSecondsWithTheId()
    {
        var clock = new ManualTimeProvider();
        await using var server = await OwnServer.StartAsync(clock);
        await using var stream = await OpenAsync(server, "/v1/events?topics=none");
        await stream.ReadAsync();
        var listening = await stream.ReadAsync();

        for (var i = 0; i < 3; i++)
        {
            var next = stream.ReadAsync();
            await AdvanceUntilAsync(clock, next);
            Assert.Equal("still here", (await next)!.Comment);
        }

        // What was not asked for happened: the place to resume moves with it.
        await server.PostAsync("/v1/workers/register", """{"name":"Ada"}""");
        var resumed = EventStreamTests.SeqOf(listening!.Id);
        Assert.True(server.Storage.Feed.LatestSeq > resumed);
        // Comments from before the registration may still be on their way.
        await Eventually.TrueAsync(async () =>
        {
            var later = stream.ReadAsync();
            await AdvanceUntilAsync(clock, later);
            resumed = EventStreamTests.SeqOf((await later)!.Id);
            return resumed >= server.Storage.Feed.LatestSeq;
        }, "the id is that of the registration");
        Assert.Equal(server.Storage.Feed.LatestSeq, resumed);
    }

    [Fact]
    public async Task Events_ServerStops_StreamEndsWholeAndGoesOnAtTheNext()
    {
        await using var server = await OwnServer.StartAsync();
        await server.PostAsync("/v1/workers/register", """{"name":"Ada"}""");
        var stream = await OpenAsync(server, "/v1/events?after=0");
        await stream.EventAsync();

        await server.StopAsync();

        Assert.Null(await stream.ReadAsync());
        await stream.DisposeAsync();
        await server.StartAgainAsync();
        await using var again = await SseClient.OpenAsync(Address(server), "/v1/events", lastId: stream.LastId);
        await server.PostAsync("/v1/workers/register", """{"name":"Grace"}""");
        Assert.Equal("Grace", (string?)(await again.EventAsync()).Json["details"]!["name"]);
    }

    [Fact]
    public async Task State_ServerStops_StreamsEndWhole()
    {
        // Several: which of them hears first that the server stops is up to chance.
        await using var server = await OwnServer.StartAsync();
        var streams = new List<SseClient>();
        for (var i = 0; i < 20; i++)
        {
            streams.Add(await OpenAsync(server, "/v1/admin/state/stream"));
            await streams[i].EventAsync();
        }

        await server.StopAsync();

        foreach (var stream in streams)
        {
            Assert.Null(await stream.ReadAsync());
            await stream.DisposeAsync();
        }
        await server.StartAgainAsync();
    }

    [Fact]
    public async Task Events_IdOlderThanKept_ResetsAndGoesOnWithTheOldest()
    {
        await using var server = await OwnServer.StartAsync();
        for (var i = 0; i < 5; i++) await server.PostAsync("/v1/workers/register", """{"name":"Ada"}""");
        await RunAsync(server, "DELETE FROM pool_events WHERE seq < 4");

        await using var kept = await SseClient.OpenAsync(Address(server), "/v1/events", lastId: "3");
        Assert.Equal(4, EventStreamTests.SeqOf((await kept.EventAsync()).Id));
        await using var all = await OpenAsync(server, "/v1/events?after=0");
        Assert.Equal(4, EventStreamTests.SeqOf((await all.EventAsync()).Id));
        await using var old = await SseClient.OpenAsync(Address(server), "/v1/events", lastId: "2");
        var reset = await old.EventAsync();
        Assert.Equal(("reset", 3), (reset.Type, EventStreamTests.SeqOf(reset.Id)));
        Assert.Equal("""{"reason":"removed","last_event_id":2,"oldest_seq":4,"latest_seq":5}""", reset.Data);
        Assert.Equal(4, EventStreamTests.SeqOf((await old.EventAsync()).Id));
    }

    [Fact]
    public async Task Streams_AtTheLimitOfTheToken_OneMoreIsToldWhen()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Streams__MaxPerAdminToken", "2"));
        await using var first = await OpenAsync(server, "/v1/events");
        var second = await OpenAsync(server, "/v1/admin/state/stream");

        var third = await server.SendAsync(HttpMethod.Get, "/v1/events", admin: TestServer.AdminToken);

        third.MustBeProblem(429, "rate_limited");
        Assert.Equal("5", third.Headers["Retry-After"]);
        await second.DisposeAsync();
        await Eventually.TrueAsync(() => server.Get<StreamGate>().Count == 1, "the second has left");
        await using var again = await OpenAsync(server, "/v1/events");
        Assert.Equal(200, (int)again.Response.StatusCode);
    }

    [Fact]
    public async Task Streams_AtTheLimitOfAWorker_OneMoreIsToldWhenAndOthersAreServed()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Streams__MaxPerWorker", "1"));
        var (token, task) = await LeaseAsync(server);
        var path = $"/v1/tasks/{task}/logs?follow=true";
        await using var first = await SseClient.OpenAsync(Address(server), path, token);
        Assert.Equal(200, (int)first.Response.StatusCode);

        (await server.GetAsync(path, token)).MustBeProblem(429, "rate_limited");
        await using var admin = await OpenAsync(server, path);
        Assert.Equal(200, (int)admin.Response.StatusCode);
    }

    [Fact]
    public async Task Logs_OlderThanKept_Go()
    {
        var clock = new ManualTimeProvider();
        await using var server = await OwnServer.StartAsync(clock, ("OwpPool__TaskLogs__KeepDays", "2"));
        var (token, task) = await LeaseAsync(server);
        Assert.Equal(200, (await server.PostAsync($"/v1/tasks/{task}/logs", """{"lines":[{"message":"old"}]}""", token)).Status);
        var began = clock.GetUtcNow();

        await Eventually.TrueInTimeAsync(() => clock.Advance(TimeSpan.FromHours(1)), async () =>
        {
            var page = await server.SendAsync(HttpMethod.Get, $"/v1/tasks/{task}/logs", admin: TestServer.AdminToken);
            return page.Json!["items"]!.AsArray().Count == 0;
        }, "the line goes");
        Assert.True(clock.GetUtcNow() - began > TimeSpan.FromDays(2));
    }

    [Fact]
    public async Task Streams_AtTheLimitOfThePool_OneMoreIsUnavailable()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Streams__MaxStreams", "1"));
        await using var first = await OpenAsync(server, "/v1/events");

        var second = await server.SendAsync(HttpMethod.Get, "/v1/events", admin: TestServer.AdminToken);

        second.MustBeProblem(503, "unavailable");
        Assert.Equal("5", second.Headers["Retry-After"]);
    }

    [Fact]
    public async Task Events_ClientThatDoesNotRead_IsCutOffAndTheServerGoesOn()
    {
        var clock = new ManualTimeProvider();
        await using var server = await OwnServer.StartAsync(clock, ("OwpPool__Streams__SendSeconds", "20"));
        using var stuck = new TcpClient { ReceiveBufferSize = 4096 };
        var address = Address(server);
        await stuck.ConnectAsync(address.Host, address.Port);
        await stuck.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"GET /v1/events?after=0 HTTP/1.1\r\nHost: {address.Authority}\r\nX-Admin-Token: {TestServer.AdminToken}\r\n\r\n"));
        await Eventually.TrueAsync(() => server.Get<StreamGate>().Count == 1, "the stream is open");

        // More than the connection's buffers hold.
        await RunAsync(server, """
            WITH RECURSIVE line(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM line WHERE n < 4000)
            INSERT INTO pool_events (at, type, actor, target, details)
            SELECT '2026-01-01T00:00:00.000Z', 'task.noted', 'admin', 't_1', json_object('message', hex(zeroblob(4000))) FROM line
            """);

        await Eventually.TrueInTimeAsync(() => clock.Advance(TimeSpan.FromSeconds(1)),
            () => Task.FromResult(server.Get<StreamGate>().Count == 0), "the client is cut off");
        var metrics = await server.SendAsync(HttpMethod.Get, "/metrics", admin: TestServer.AdminToken);
        Assert.Contains("owp_streams_cut_off_total{stream=\"events\"} ", metrics.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Events_StorageGone_IsUnavailableBeforeItBegins()
    {
        await using var server = await OwnServer.StartAsync();
        await server.Storage.DisposeAsync();

        (await server.SendAsync(HttpMethod.Get, "/v1/events", admin: TestServer.AdminToken)).MustBeProblem(503, "unavailable");
        Assert.Equal(0, server.Get<StreamGate>().Count);
    }

    [Fact]
    public async Task State_Changes_AreSentAndTheSameNumbersAgainEveryFifteenSeconds()
    {
        var clock = new ManualTimeProvider();
        await using var server = await OwnServer.StartAsync(clock);
        await using var stream = await OpenAsync(server, "/v1/admin/state/stream");
        await using var other = await OpenAsync(server, "/v1/admin/state/stream");

        var first = await stream.EventAsync();
        Assert.Equal(("state", null), (first.Type, first.Id));
        Assert.Equal((await server.SendAsync(HttpMethod.Get, "/v1/admin/state", admin: TestServer.AdminToken)).Body, first.Data);
        Assert.Equal(0, (int)first.Json["workers_online"]!);

        await server.PostAsync("/v1/workers/register", """{"name":"Ada"}""");
        var changed = stream.EventAsync();
        await AdvanceUntilAsync(clock, changed, TimeSpan.FromMilliseconds(250));
        Assert.Equal(1, (int)(await changed).Json["workers_online"]!);

        var again = stream.EventAsync();
        await AdvanceUntilAsync(clock, again);
        Assert.Equal((await changed).Data, (await again).Data);
        Assert.Equal((first.Data, (await changed).Data), ((await other.EventAsync()).Data, (await other.EventAsync()).Data));
    }

    [Fact]
    public async Task State_ManyChangesAtOnce_AreOnePicture()
    {
        var clock = new ManualTimeProvider();
        await using var server = await OwnServer.StartAsync(clock);
        await using var stream = await OpenAsync(server, "/v1/admin/state/stream");
        await stream.EventAsync();

        // The clock stands still, so no second picture may be made yet.
        for (var i = 0; i < 20; i++) await server.PostAsync("/v1/workers/register", """{"name":"Ada"}""");
        var next = stream.EventAsync();
        await AdvanceUntilAsync(clock, next, TimeSpan.FromMilliseconds(250));

        Assert.Equal(20, (int)(await next).Json["workers_online"]!);
    }

    private static async Task<(string Token, string Task)> LeaseAsync(OwnServer server)
    {
        await server.PostAsync("/v1/admin/repos", """{"repo":"shop"}""", admin: TestServer.AdminToken);
        await server.PostAsync("/v1/admin/tasks", """{"repo":"shop","title":"Mend"}""", admin: TestServer.AdminToken);
        var token = (await server.PostAsync("/v1/workers/register", """{"name":"Ada"}""")).Text("token");
        await Eventually.TrueAsync(async () => (await server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray().Count == 1, "it has work");
        return (token, (string)(await server.GetAsync("/v1/work", token)).Json!["leases"]![0]!["task_id"]!);
    }

    private static Uri Address(OwnServer server) => new(PoolServer.UrlOf(server.App));

    private static Task<SseClient> OpenAsync(OwnServer server, string path) => SseClient.OpenAsync(Address(server), path);

    private static Task AdvanceUntilAsync(ManualTimeProvider clock, Task something, TimeSpan? step = null) => Eventually.TrueInTimeAsync(
        () => clock.Advance(step ?? Heartbeat), () => Task.FromResult(something.IsCompleted), "it comes as time goes on");

    private static async Task RunAsync(OwnServer server, string sql)
    {
        await using var connection = await server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
