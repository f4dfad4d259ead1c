using System.Globalization;
using System.Net;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Client;

/// <summary>How the client follows streams: what it takes for an event, and where it goes on.</summary>
public sealed class PoolClientStreamTests
{
    private static readonly Uri Server = new("http://pool.test");

    [Fact]
    public async Task FollowEvents_ConnectionEnds_GoesOnBehindTheLastWholeEvent()
    {
        // The second event's id has come and its data has not.
        var server = new ScriptedServer()
            .Answers(HttpStatusCode.OK, $"retry: 1\n\n: listening\nid: 6\n\n{Event(7)}id: 8\nevent: task.noted\nda", "text/event-stream")
            .Answers(HttpStatusCode.OK, Event(8), "text/event-stream");

        var query = new EventQuery { After = "5-0a1b2c3d4e", Topics = ["task", "worker.registered"], Repo = "a/b", Target = "t_1" };
        var seen = await TakeAsync(server, 2, query);

        Assert.Equal([7L, 8], seen.Select(item => item.Seq));
        Assert.Equal("/v1/events?topics=task%2Cworker.registered&repo=a%2Fb&target=t_1", server.Requests[0].Uri.PathAndQuery);
        Assert.Equal(["5-0a1b2c3d4e", "7"], server.Requests.Select(request => Assert.Single(request.Headers.GetValues("Last-Event-ID"))));
        Assert.All(server.Requests, request => Assert.Equal("a-token", Assert.Single(request.Headers.GetValues("X-Admin-Token"))));
    }

    [Fact]
    public async Task FollowEvents_NoPlaceOrNoServer_TriesAgain()
    {
        var server = new ScriptedServer()
            .Answers(HttpStatusCode.TooManyRequests, retryAfter: 0)
            .Fails(HttpRequestError.ConnectionError)
            .Answers(HttpStatusCode.OK, Event(1), "text/event-stream")
            .Answers(HttpStatusCode.ServiceUnavailable, retryAfter: 0)
            .Answers(HttpStatusCode.OK, Event(2), "text/event-stream");

        Assert.Equal([1L, 2], (await TakeAsync(server, 2, null)).Select(item => item.Seq));
        Assert.False(server.Requests[0].Headers.Contains("Last-Event-ID"));
    }

    [Fact]
    public async Task FollowEvents_Refused_Throws()
    {
        var server = new ScriptedServer()
            .Answers(HttpStatusCode.Unauthorized, """{"code":"unauthorized","message":"No"}""", "application/problem+json");

        var problem = await Assert.ThrowsAsync<PoolProblemException>(() => TakeAsync(server, 1, null));

        Assert.Equal("unauthorized", problem.Code);
    }

    [Fact]
    public async Task FollowEvents_NeverReached_ThrowsAfterTheLastAttempt()
    {
        var server = new ScriptedServer();
        for (var i = 0; i < 3; i++) server.Fails(HttpRequestError.ConnectionError);

        await Assert.ThrowsAsync<HttpRequestException>(() => TakeAsync(server, 1, null));
    }

    [Fact]
    public async Task FollowEvents_Reset_IsToldAndGoesOn()
    {
        var resets = new List<StreamReset>();
        var server = new ScriptedServer().Answers(
            HttpStatusCode.OK,
            "id: 3\nevent: reset\ndata: {\"reason\":\"removed\",\"last_event_id\":1,\"oldest_seq\":4,\"latest_seq\":9}\n\n" + Event(4),
            "text/event-stream");

        Assert.Equal(4, Assert.Single(await TakeAsync(server, 1, new EventQuery { After = "1", OnReset = resets.Add })).Seq);
        Assert.Equal(new StreamReset("removed", 1, 4, 9), Assert.Single(resets));
    }

    [Fact]
    public async Task Streams_OfARealPool_AreUnderstood()
    {
        using var folder = new TemporaryFolder();
        await using var pool = await TestPool.StartAsync(folder.File("pool.db"));
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        await pool.Admin.PutRepoAsync(new RepoRequest("shop"));
        await pool.Admin.AddTaskAsync(new TaskRequest("shop", "Fix"));
        var registered = await pool.Admin.RegisterAsync(new RegisterRequest("ada"));
        using var worker = pool.Admin.AsWorker(registered.Token);
        var lease = Assert.Single((await worker.GetWorkAsync(waitSeconds: 30)).Leases);
        var log = new LogRequest([new NewLogLine("built") { Level = "debug", Stage = "build" }, new NewLogLine("tested")])
        {
            LeaseId = lease.LeaseId,
            FencingToken = lease.FencingToken,
        };

        var said = await worker.AppendLogsAsync(lease.TaskId, log);

        Assert.Equal(said.Next, (await worker.GetLogsAsync(lease.TaskId)).Next);
        Assert.Equal("tested", Assert.Single((await pool.Admin.GetLogsAsync(lease.TaskId, said.Next - 1)).Items).Message);
        var lines = await TakeAsync(worker.FollowLogsAsync(lease.TaskId, ct: stop.Token), 2);
        Assert.Equal([("debug", "build", "built"), ("info", null, "tested")], lines.Select(line => (line.Level, line.Stage, line.Message)));
        var query = new EventQuery { After = "0", Target = lease.TaskId };
        var events = await TakeAsync(pool.Admin.FollowEventsAsync(query, stop.Token), 2);
        Assert.Equal(["task.created", "task.leased"], events.Select(item => item.EventType));
        Assert.Equal(registered.WorkerId, events[1].Actor);
        Assert.Equal(1, Assert.Single(await TakeAsync(pool.Admin.FollowStateAsync(stop.Token), 1)).TasksLeased);
    }

    private static string Event(long seq) => string.Create(CultureInfo.InvariantCulture,
        $"id: {seq}\nevent: task.noted\ndata: {{\"seq\":{seq},\"id\":\"e_{seq}\",\"timestamp\":\"2026-01-18T05:00:00.000Z\"," +
        $"\"event_type\":\"task.noted\",\"actor\":\"admin\",\"target\":\"t_1\",\"repo\":null,\"details\":{{}}}}\n\n");

    private static async Task<List<PoolEvent>> TakeAsync(ScriptedServer server, int count, EventQuery? query)
    {
        var options = new PoolClientOptions { AdminToken = "a-token", MaxAttempts = 3, RetryDelay = TimeSpan.FromMilliseconds(1) };
        using var client = PoolClient.Over(server, Server, options);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        return await TakeAsync(client.FollowEventsAsync(query, stop.Token), count);
    }

    private static async Task<List<T>> TakeAsync<T>(IAsyncEnumerable<T> stream, int count)
    {
        var items = new List<T>();
        await foreach (var item in stream)
        {
            items.Add(item);
            if (items.Count == count) break;
        }
        return items;
    }
}
