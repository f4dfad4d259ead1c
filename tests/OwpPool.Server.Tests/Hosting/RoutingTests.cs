using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Hosting;

[Collection(SharedServer.Name)]
public sealed class RoutingTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("GET", "/")]
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
    public async Task Any_UnknownPath_IsNotFound(string method, string path)
    {
        var answer = await _server.SendAsync(new HttpMethod(method), path, null);
        answer.MustBeProblem(404, "not_found");
    }

    [Theory]
    [InlineData("GET", "/v1/workers/register", "POST")]
    [InlineData("PUT", "/v1/workers/heartbeat", "POST")]
    [InlineData("POST", "/v1/work", "GET")]
    [InlineData("DELETE", "/v1/work", "GET")]
    [InlineData("GET", "/v1/tasks/t_any/status", "POST")]
    [InlineData("GET", "/v1/admin/repos", "POST")]
    [InlineData("PATCH", "/v1/admin/tasks", "POST")]
    [InlineData("POST", "/v1/admin/state", "GET")]
    [InlineData("POST", "/readyz", "GET, HEAD")]
    [InlineData("TRACE", "/v1", "GET")]
    [InlineData("PROPFIND", "/v1", "GET")]
    [InlineData("OPTIONS", "/v1/work", "GET")]
    public async Task Any_WrongMethod_IsNotAllowed(string method, string path, string allowed)
    {
        var answer = await _server.SendAsync(new HttpMethod(method), path, null, with: request =>
        {
            // A preflight of another site gets no CORS header, and a method override no hearing.
            request.Headers.Add("Origin", "https://evil.example");
            request.Headers.Add("X-HTTP-Method-Override", allowed);
        });
        answer.MustBeProblem(405, "method_not_allowed");
        Assert.Equal(allowed, answer.Headers["Allow"]);
        Assert.DoesNotContain(answer.Headers.Keys, name => name.StartsWith("Access-Control-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Any_Answer_CarriesTheSecurityHeadersAndNoServerName()
    {
        foreach (var path in new[] { "/v1", "/nothing", "/livez", "/v1/work", "/docs/index.html", "/problems" })
        {
            var answer = await _server.GetAsync(path);
            Assert.Equal(("nosniff", "no-referrer"), (answer.Headers["X-Content-Type-Options"], answer.Headers["Referrer-Policy"]));
            Assert.StartsWith("default-src 'none'", answer.Headers["Content-Security-Policy"], StringComparison.Ordinal);
            Assert.False(answer.Headers.ContainsKey("Server"));
        }
    }

    [Theory]
    [InlineData("GET /v1/work\0 HTTP/1.1\r\nHost: x\r\n\r\n", 400)]
    [InlineData("GARBAGE\r\n\r\n", 400)]
    [InlineData("GET /v1 HTTP/1.1\r\n\r\n", 400)]
    [InlineData("GET /v1 HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400)]
    [InlineData("POST /v1/tasks/t_%00/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400)]
    [InlineData("POST /v1/workers/register HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400)]
    [InlineData("GET /v1 HTTP/9.9\r\nHost: x\r\n\r\n", 505)]
    public async Task Any_NoProperHttp_IsRefused(string request, int expected)
    {
        var (status, text) = await RawHttp.SendAsync(_server.Address, request);
        Assert.Equal(expected, status);
        Assert.DoesNotContain("Exception", text, StringComparison.Ordinal);
        Assert.Equal(200, (await _server.GetAsync("/livez")).Status);
    }

    [Fact]
    public async Task Any_LengthAndChunks_IsRefusedOrReadAsChunksOnly()
    {
        var (status, text) = await RawHttp.SendAsync(_server.Address,
            "POST /v1/workers/register HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v1 HTTP/1.1\r\nHost: x\r\n\r\n");
        // Never two answers: what follows must not be taken for a second request of the same connection.
        Assert.Equal(400, status);
        Assert.Equal(1, text.Split("HTTP/1.1 ").Length - 1);
    }

    [Theory]
    [InlineData(70, 10, 431)]
    [InlineData(5, 8_000, 431)]
    public async Task Any_TooManyOrTooLongHeaders_AreRefused(int count, int length, int expected)
    {
        var headers = string.Concat(Enumerable.Range(0, count).Select(i => $"X-H{i}: {new string('h', length)}\r\n"));
        var (status, _) = await RawHttp.SendAsync(_server.Address, $"GET /v1 HTTP/1.1\r\nHost: x\r\n{headers}\r\n");
        Assert.Equal(expected, status);
    }

    [Fact]
    public async Task Any_TooLongRequestLine_IsRefused()
    {
        var (status, _) = await RawHttp.SendAsync(_server.Address, $"GET /v1?{new string('q', 9_000)} HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.Equal(414, status);
    }
}
