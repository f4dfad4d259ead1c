using System.Text;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>Browsers of pages elsewhere (CORS).</summary>
public sealed class CrossOriginTests(CrossOriginTests.Fixture shared) : IClassFixture<CrossOriginTests.Fixture>
{
    private const string Page = "https://ide.example.com";
    private const string Plugin = "vscode-webview://0f3a";
    private const string Stranger = "https://evil.example.com";
    private const string Allowed = "Access-Control-Allow-Origin";

    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData(Page)]
    [InlineData(Plugin)]
    public async Task Preflight_ListedOrigin_IsAllowedForAnHour(string origin)
    {
        var answer = await PreflightAsync(_server, origin, "PATCH", "content-type,if-match,x-admin-token,idempotency-key,authorization");
        Assert.Equal((204, origin, "3600"), (answer.Status, answer.Headers[Allowed], answer.Headers["Access-Control-Max-Age"]));
        Assert.Contains("PATCH", answer.Headers["Access-Control-Allow-Methods"], StringComparison.Ordinal);
        foreach (var header in new[] { "If-Match", "X-Admin-Token", "Idempotency-Key", "Authorization", "Content-Type", "Last-Event-ID" })
            Assert.Contains(header, answer.Headers["Access-Control-Allow-Headers"], StringComparison.OrdinalIgnoreCase);
        Assert.False(answer.Headers.ContainsKey("Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData(Stranger)]
    [InlineData("null")]
    [InlineData("https://ide.example.com.evil.example.com")]
    [InlineData("http://ide.example.com")]
    [InlineData("https://ide.example.com:8443")]
    public async Task AnotherOrigin_IsToldNothing(string origin)
    {
        Assert.False((await PreflightAsync(_server, origin, "POST", "content-type")).Headers.ContainsKey(Allowed));
        Assert.False((await AskAsync(HttpMethod.Get, "/v1", origin)).Headers.ContainsKey(Allowed));
        var change = await AskAsync(HttpMethod.Post, "/v1/workers/register", origin, """{"name":"page"}""");
        change.MustBeProblem(403, "forbidden");
        Assert.False(change.Headers.ContainsKey(Allowed));
    }

    [Fact]
    public async Task ListedOrigin_MayChange_AndReadsWhatClientsNeed()
    {
        var answer = await AskAsync(HttpMethod.Post, "/v1/workers/register", Page, """{"name":"page"}""");
        Assert.Equal((201, Page), (answer.Status, answer.Headers[Allowed]));
        var exposed = answer.Headers["Access-Control-Expose-Headers"].Split([',', ' '], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["ETag", "Idempotency-Replayed", "Link", "Location", "Retry-After"], exposed.Order(StringComparer.Ordinal));
        Assert.False(answer.Headers.ContainsKey("Access-Control-Allow-Credentials"));
    }

    [Theory]
    [InlineData("/v1/work", 401)]
    [InlineData("/nothing", 404)]
    [InlineData("/v1/claims", 405)]
    public async Task ListedOrigin_ReadsProblemsToo(string path, int status)
    {
        var answer = await AskAsync(HttpMethod.Get, path, Page);
        Assert.Equal((status, Page), (answer.Status, answer.Headers[Allowed]));
    }

    [Fact]
    public async Task ListedOrigin_ReadsAStream()
    {
        using var client = new HttpClient { BaseAddress = _server.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/admin/state/stream");
        request.Headers.Add("Origin", Plugin);
        request.Headers.Add("X-Admin-Token", TestServer.AdminToken);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.Equal(("text/event-stream", Plugin),
            (response.Content.Headers.ContentType?.MediaType, Assert.Single(response.Headers.GetValues(Allowed))));
    }

    [Fact]
    public async Task NoOriginListed_NothingIsSaid()
    {
        await using var server = await TestServer.StartAsync();
        var preflight = await PreflightAsync(server, Page, "POST", "content-type");
        Assert.DoesNotContain(preflight.Headers.Keys, name => name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        var read = await server.SendAsync(HttpMethod.Get, "/v1", null, with: request => request.Headers.Add("Origin", Page));
        Assert.DoesNotContain(read.Headers.Keys, name => name.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
    }

    private static Task<Answer> PreflightAsync(TestServer server, string origin, string method, string headers) =>
        server.SendAsync(HttpMethod.Options, "/v1/admin/tasks/t_any", null, with: request =>
        {
            request.Headers.Add("Origin", origin);
            request.Headers.Add("Access-Control-Request-Method", method);
            request.Headers.Add("Access-Control-Request-Headers", headers);
        });

    private Task<Answer> AskAsync(HttpMethod method, string path, string origin, string? body = null) =>
        _server.SendAsync(method, path, body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"), with: request =>
        {
            request.Headers.Add("Origin", origin);
            request.Headers.Add("Sec-Fetch-Site", "cross-site");
        });

    public sealed class Fixture : IAsyncLifetime
    {
        public TestServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await TestServer.StartAsync(("OwpPool__Server__CorsOrigins", $"{Page}, {Plugin}"));

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
