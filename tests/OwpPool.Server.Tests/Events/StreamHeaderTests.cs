using System.Net;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Events;

/// <summary>What lets streams through proxies.</summary>
[Collection(SharedServer.Name)]
public sealed class StreamHeaderTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("/v1/events", "1.1")]
    [InlineData("/v1/events", "1.0")]
    [InlineData("/v1/admin/state/stream", "1.1")]
    [InlineData("/v1/admin/state/stream", "1.0")]
    [InlineData("logs", "1.1")]
    [InlineData("logs", "1.0")]
    public async Task Streams_BehindAProxy_AreNeitherCompressedNorHeldBack(string path, string version)
    {
        var token = TestServer.AdminToken;
        if (path == "logs") path = $"/v1/tasks/{(string)(await _server.LeaseAsync()).Lease["task_id"]!}/logs?follow=true";
        using var client = new HttpClient { BaseAddress = _server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, path)
        {
            Version = Version.Parse(version), VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.Add("X-Admin-Token", token);
        request.Headers.Add("Accept-Encoding", "gzip, br");

        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.CacheControl is { NoStore: true, NoTransform: true }, $"{response.Headers.CacheControl}");
        Assert.Equal(["no"], response.Headers.GetValues("X-Accel-Buffering"));
        Assert.Empty(response.Content.Headers.ContentEncoding);
        await using var body = await response.Content.ReadAsStreamAsync();
        Assert.True(await body.ReadAsync(new byte[16]).AsTask().WaitAsync(TimeSpan.FromSeconds(60)) > 0);
    }

    [Fact]
    public async Task Streams_Head_EndsAtOnceAndLeavesItsPlace()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Streams__MaxPerAdminToken", "1"));
        foreach (var path in new[] { "/v1/events", "/v1/events", "/v1/admin/state/stream", "/v1/admin/state/stream" })
        {
            var head = await server.SendAsync(HttpMethod.Head, path, admin: TestServer.AdminToken);
            Assert.Equal((200, "no-store, no-transform", ""), (head.Status, head.Headers["Cache-Control"], head.Body));
        }
    }
}
