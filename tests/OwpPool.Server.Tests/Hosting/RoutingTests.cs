using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Hosting;

[Collection(SharedServer.Name)]
public sealed class RoutingTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("GET", "/nothing")]
    [InlineData("POST", "/v1/nothing")]
    [InlineData("GET", "/V2/work")]
    [InlineData("POST", "/v1/tasks//status")]
    [InlineData("POST", "/v1/tasks/t_a/b/status")]
    [InlineData("GET", "/v1/../etc/passwd")]
    [InlineData("GET", "/%2e%2e%2fetc%2fpasswd")]
    [InlineData("GET", "/problems/unknown")]
    [InlineData("GET", "/openapi/v2.json")]
    [InlineData("GET", "/docs/nothing.js")]
    [InlineData("GET", "/docs/index.html")]
    public async Task Any_UnknownPath_IsNotFound(string method, string path)
    {
        var answer = await _server.SendAsync(new HttpMethod(method), path, null);
        answer.MustBeProblem(404, "not_found");
    }

    [Theory]
    [InlineData("DELETE", "/v1/workers/register", "GET, HEAD, POST")]
    [InlineData("PUT", "/v1/workers/heartbeat", "GET, HEAD, POST")]
    [InlineData("POST", "/v1/work", "GET, HEAD")]
    [InlineData("DELETE", "/v1/work", "GET, HEAD")]
    [InlineData("GET", "/v1/tasks/t_any/status", "POST")]
    [InlineData("PUT", "/v1/admin/repos", "GET, HEAD, POST")]
    [InlineData("PATCH", "/v1/admin/tasks", "POST")]
    [InlineData("PUT", "/v1/admin/tasks/t_any", "PATCH")]
    [InlineData("POST", "/v1/tasks/t_any", "GET, HEAD")]
    [InlineData("POST", "/v1/admin/state", "GET, HEAD")]
    [InlineData("POST", "/readyz", "GET, HEAD")]
    [InlineData("TRACE", "/v1", "GET, HEAD")]
    [InlineData("PROPFIND", "/v1", "GET, HEAD")]
    [InlineData("OPTIONS", "/v1/work", "GET, HEAD")]
    public async Task Any_WrongMethod_IsNotAllowed(string method, string path, string allowed)
    {
        var answer = await _server.SendAsync(new HttpMethod(method), path, null,
            with: request => request.Headers.Add("X-HTTP-Method-Override", allowed));
        answer.MustBeProblem(405, "method_not_allowed");
        Assert.Equal(allowed, answer.Headers["Allow"]);
    }

    [Theory]
    [InlineData("/v1")]
    [InlineData("/version")]
    [InlineData("/readyz")]
    [InlineData("/problems")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs/index.html")]
    [InlineData("/metrics")]
    [InlineData("/v1/tasks")]
    [InlineData("/v1/workers")]
    [InlineData("/v1/admin/repos")]
    [InlineData("/v1/admin/state")]
    [InlineData("/v1/audit/events")]
    [InlineData("/v1/events")]
    [InlineData("/v1/admin/state/stream")]
    [InlineData("/v1/tasks/t_nobody")]
    public async Task Any_Head_AnswersAsGetDoesWithoutABody(string path)
    {
        using var client = new HttpClient { BaseAddress = _server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Head, path);
        request.Headers.Add("X-Admin-Token", TestServer.AdminToken);
        using var head = await client.SendAsync(request);
        using var like = new HttpRequestMessage(HttpMethod.Get, path);
        like.Headers.Add("X-Admin-Token", TestServer.AdminToken);
        using var get = await client.SendAsync(like, HttpCompletionOption.ResponseHeadersRead);

        Assert.Equal((get.StatusCode, get.Content.Headers.ContentType), (head.StatusCode, head.Content.Headers.ContentType));
        Assert.Equal(get.Headers.CacheControl?.ToString(), head.Headers.CacheControl?.ToString());
        Assert.Empty(await head.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Any_EveryGetOfTheApi_TakesHead()
    {
        foreach (var operation in (await ApiDocument.ReadAsync(_server)).Operations.Where(operation => operation.Method == "GET"))
        {
            var answer = await _server.SendAsync(HttpMethod.Head, operation.PathOfNobody(), null, admin: TestServer.AdminToken);
            Assert.True(answer.Status is not 405, $"{operation}: {answer.Status}");
        }
    }

    [Fact]
    public async Task Head_Work_GivesNoLeaseAndDoesNotWait()
    {
        var skill = Path.GetRandomFileName();
        var repo = await _server.AddRepoAsync();
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        var task = await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");

        var head = await _server.SendAsync(HttpMethod.Head, "/v1/work?wait_seconds=60", null, token);

        Assert.Equal(200, head.Status);
        Assert.Equal("ready", (await _server.GetAsync($"/v1/tasks/{task}", admin: TestServer.AdminToken)).Text("status"));
    }

    [Fact]
    public async Task Any_Answer_CarriesTheSecurityHeadersAndNoServerName()
    {
        foreach (var path in new[] { "/v1", "/nothing", "/livez", "/v1/work", "/docs/", "/problems" })
        {
            var answer = await _server.GetAsync(path);
            Assert.Equal(("nosniff", "no-referrer"), (answer.Headers["X-Content-Type-Options"], answer.Headers["Referrer-Policy"]));
            Assert.StartsWith("default-src 'none'", answer.Headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.False(answer.Headers.ContainsKey("Server"));
        }
    }

    [Fact]
    public async Task Root_Browser_IsLedToTheDocs_AndAProgramIsToldWhereToBegin()
    {
        const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        var page = await _server.SendAsync(HttpMethod.Get, "/", null, with: request => request.Headers.Add("Accept", Browser));
        Assert.Equal((200, "text/html"), (page.Status, page.MediaType));
        Assert.Contains("<title>OwpPool API</title>", page.Body, StringComparison.Ordinal);

        var begin = await _server.GetAsync("/");
        Assert.Equal((200, "/docs", "Accept"), (begin.Status, (string?)begin.Json!["links"]!["docs"], begin.Headers["Vary"]));
        Assert.Equal((await _server.GetAsync("/v1")).Body, begin.Body);
    }

    [Fact]
    public async Task Any_UnknownVersionOfHttp_IsRefused()
    {
        var (status, text) = await RawHttp.SendAsync(_server.Address, "GET /v1 HTTP/9.9\r\nHost: x\r\n\r\n");
        Assert.Equal(505, status);
        Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
    }
}
