using OwpPool.Server.Events;
using OwpPool.Server.Hosting;
using OwpPool.Server.Tests.Support;
using OwpPool.Server.Workers;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Events;

/// <summary>What workers' streams may take, and when they end (threats M7).</summary>
public sealed class StreamRevocationTests
{
    private const string Admin = TestServer.AdminToken;

    [Fact]
    public async Task Revoke_WhileLogsAreFollowedAndWorkIsWaitedFor_EndsAllOfItAndFreesThePlaces()
    {
        await using var server = await OwnServer.StartAsync();
        var (id, token, task) = await LeaseAsync(server, "one");
        var (_, otherToken, otherTask) = await LeaseAsync(server, "two");
        await using var own = await OpenAsync(server, task, token);
        await using var second = await OpenAsync(server, task, token);
        await using var others = await OpenAsync(server, otherTask, otherToken);
        await using var admins = await SseClient.OpenAsync(Address(server), $"/v1/tasks/{task}/logs?follow=true");
        await server.PostAsync($"/v1/tasks/{task}/status", """{"status":"in_progress"}""", token);
        var wait = server.GetAsync("/v1/work?wait_seconds=60", token);
        await Eventually.TrueAsync(() => server.Get<WorkWaiters>().CountOf(id) == 1, "it waits for work");
        Assert.Equal(4, server.Get<StreamGate>().Count);

        Assert.Equal(200, (await server.PostAsync($"/v1/workers/{id}/revoke", "{}", admin: Admin)).Status);

        Assert.Null(await EndAsync(own));
        Assert.Null(await EndAsync(second));
        (await wait).MustBeProblem(401, "unauthorized");
        await Eventually.TrueAsync(() => server.Get<StreamGate>().Count == 2, "its places are free");
        (await server.GetAsync($"/v1/tasks/{task}/logs?follow=true", token)).MustBeProblem(401, "unauthorized");
        // The others go on.
        await server.PostAsync($"/v1/tasks/{otherTask}/logs", """{"lines":[{"message":"still here"}]}""", otherToken);
        Assert.Equal("still here", (string?)(await others.EventAsync()).Json["message"]);
    }

    [Fact]
    public async Task Change_ThatIsNoRevocation_EndsNoStream()
    {
        await using var server = await OwnServer.StartAsync();
        var (id, token, task) = await LeaseAsync(server, "one");
        await using var own = await OpenAsync(server, task, token);
        await server.PostAsync($"/v1/workers/{id}/pause", "{}", admin: Admin);
        await server.PostAsync($"/v1/workers/{id}/resume", "{}", admin: Admin);
        await server.PostAsync($"/v1/tasks/{task}/logs", """{"lines":[{"message":"on"}]}""", token);
        Assert.Equal("on", (string?)(await own.EventAsync()).Json["message"]);
    }

    [Fact]
    public async Task Rotation_StreamWithTheOldToken_EndsWhenTheOverlapIsOver()
    {
        var clock = new ManualTimeProvider();
        await using var server = await OwnServer.StartAsync(clock);
        var (_, token, task) = await LeaseAsync(server, "one", clock);
        await using var before = await OpenAsync(server, task, token);
        var rotated = (await server.PostAsync("/v1/workers/token/rotate", "{}", token)).Text("token");
        await using var within = await OpenAsync(server, task, token);
        await using var after = await OpenAsync(server, task, rotated);
        Assert.Equal(3, server.Get<StreamGate>().Count);

        await Eventually.TrueInTimeAsync(() => clock.Advance(TimeSpan.FromSeconds(5)),
            () => Task.FromResult(server.Get<StreamGate>().Count == 1), "the old token's streams end");
        Assert.Null(await EndAsync(before));
        Assert.Null(await EndAsync(within));
        await server.PostAsync($"/v1/tasks/{task}/logs", """{"lines":[{"message":"on"}]}""", rotated);
        Assert.Equal("on", (string?)(await after.EventAsync()).Json["message"]);
    }

    [Fact]
    public async Task Workers_TakeTheirPartOfThePlaces_AndTheAdminFindsOne()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Streams__MaxStreams", "4"), ("OwpPool__Streams__AdminSharePercent", "25"));
        var (_, token, task) = await LeaseAsync(server, "one");
        var streams = new List<SseClient>();
        for (var i = 0; i < 3; i++) streams.Add(await OpenAsync(server, task, token));
        (await server.GetAsync($"/v1/tasks/{task}/logs?follow=true", token)).MustBeProblem(503, "unavailable");
        await using var admin = await SseClient.OpenAsync(Address(server), "/v1/events");
        Assert.Equal(200, (int)admin.Response.StatusCode);
        (await server.SendAsync(HttpMethod.Get, "/v1/events", admin: Admin)).MustBeProblem(503, "unavailable");
        foreach (var stream in streams) await stream.DisposeAsync();
    }

    private static async Task<(string Id, string Token, string Task)> LeaseAsync(OwnServer server, string skill, ManualTimeProvider? clock = null)
    {
        await server.PostAsync("/v1/admin/repos", $$"""{"repo":"shop-{{skill}}"}""", admin: Admin);
        var fields = $$"""{"repo":"shop-{{skill}}","title":"Mend","required_skills":["{{skill}}"]}""";
        Assert.Equal(201, (await server.PostAsync("/v1/admin/tasks", fields, admin: Admin)).Status);
        var worker = await server.PostAsync("/v1/workers/register", $$"""{"name":"Ada","skills":["{{skill}}"]}""");
        var (id, token, task) = (worker.Text("worker_id"), worker.Text("token"), "");
        await Eventually.TrueInTimeAsync(() => clock?.Advance(TimeSpan.FromMilliseconds(1)), async () =>
        {
            task = (string?)(await server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray().FirstOrDefault()?["task_id"] ?? "";
            return task.Length > 0;
        }, "it has work");
        return (id, token, task);
    }

    private static async Task<SseClient> OpenAsync(OwnServer server, string task, string token)
    {
        var stream = await SseClient.OpenAsync(Address(server), $"/v1/tasks/{task}/logs?follow=true", token);
        Assert.Equal(200, (int)stream.Response.StatusCode);
        return stream;
    }

    /// <summary>Reads to the end.</summary>
    private static async Task<SseBlock?> EndAsync(SseClient stream)
    {
        SseBlock? last;
        do last = await stream.ReadAsync();
        while (last is { Data: null });
        return last;
    }

    private static Uri Address(OwnServer server) => new(PoolServer.UrlOf(server.App));
}
