using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Problems;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>What operators and their tools ask of the server.</summary>
[Collection(SharedServer.Name)]
public sealed class OperationTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("/livez", "alive")]
    [InlineData("/readyz", "ready")]
    [InlineData("/healthz", "ready")]
    [InlineData("/health", "ready")]
    public async Task Health_Running_IsWell(string path, string status)
    {
        var answer = await _server.GetAsync(path);
        Assert.Equal((200, status), (answer.Status, answer.Text("status")));
        Assert.Equal(200, (await _server.SendAsync(HttpMethod.Head, path, null)).Status);
    }

    [Fact]
    public async Task Ready_Running_HasCheckedStorageAndSilo() =>
        Assert.Equal("""{"storage":"ok","silo":"ok"}""", (await _server.GetAsync("/readyz")).Json!["checks"]!.ToJsonString());

    [Fact]
    public async Task Version_SaysWhatRuns()
    {
        var answer = await _server.GetAsync("/version");
        Assert.Equal("owp-pool", answer.Text("name"));
        Assert.Matches(@"^\d+\.\d+\.\d+$", answer.Text("version"));
        Assert.Matches(@"^\d+\.\d+\.\d+$", answer.Text("orleans"));
    }

    [Fact]
    public async Task Root_LinksLeadSomewhere()
    {
        var links = (await _server.GetAsync("/v1")).Json!["links"]!.AsObject();
        foreach (var (_, link) in links)
        {
            var path = ((string)link!).Replace("{id}", "t_any", StringComparison.Ordinal);
            Assert.NotEqual(404, (await _server.GetAsync(path)).Status);
        }
    }

    [Fact]
    public async Task Metrics_AfterARequest_CountItByItsRoute()
    {
        await _server.RegisterAsync();
        await _server.GetAsync("/nothing/at/all");
        var answer = await _server.GetAsync("/metrics", admin: TestServer.AdminToken);
        Assert.Equal((200, "text/plain"), (answer.Status, answer.MediaType));
        Assert.Contains("# TYPE owp_http_request_duration_seconds histogram\n", answer.Body, StringComparison.Ordinal);
        Assert.Contains("owp_http_request_duration_seconds_count{method=\"POST\",route=\"/v1/workers/register\",status=\"201\"} ",
            answer.Body, StringComparison.Ordinal);
        Assert.Contains("route=\"none\",status=\"404\"", answer.Body, StringComparison.Ordinal);
        Assert.Contains("owp_storage_writes_total ", answer.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing/at/all", answer.Body, StringComparison.Ordinal);
        Assert.All(answer.Body.TrimEnd('\n').Split('\n'),
            line => Assert.Matches(@"^(# (HELP|TYPE) [a-z_]+ .*|[a-z_]+(\{[a-z_]+="".*""\})? [0-9.eE+-]+)$", line));
    }

    [Fact]
    public async Task Metrics_WithoutTheToken_AreRefused()
    {
        (await _server.GetAsync("/metrics")).MustBeProblem(401, "unauthorized");
        (await _server.GetAsync("/metrics", (await _server.RegisterAsync()).Token)).MustBeProblem(403, "forbidden");
        (await _server.GetAsync("/metrics", admin: TestServer.AdminToken + "x")).MustBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Metrics_WithTheirOwnToken_AreShownAndItOpensNothingElse()
    {
        const string token = "a-token-for-prometheus-alone";
        await using var server = await TestServer.StartAsync(("OWP_METRICS_TOKEN", token));
        Assert.Equal(200, (await server.GetAsync("/metrics", token)).Status);
        Assert.Equal(200, (await server.GetAsync("/metrics", admin: TestServer.AdminToken)).Status);
        foreach (var wrong in new[] { token + "x", token[..^1], token.ToUpperInvariant() })
            (await server.GetAsync("/metrics", wrong)).MustBeProblem(401, "unauthorized");
        (await server.GetAsync("/metrics", admin: token)).MustBeProblem(401, "unauthorized");
        (await server.GetAsync("/v1/workers/me", token)).MustBeProblem(401, "unauthorized");
        (await server.GetAsync("/v1/admin/state", token)).MustBeProblem(401, "unauthorized");
        (await server.GetAsync("/v1/admin/state", admin: token)).MustBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Metrics_Opened_TakeNoToken()
    {
        await using var server = await TestServer.StartAsync(("OwpPool__Server__OpenMetrics", "true"));
        Assert.Equal(200, (await server.GetAsync("/metrics")).Status);
    }

    [Fact]
    public async Task Problems_EveryKind_HasItsPage()
    {
        foreach (var kind in ProblemKind.All)
        {
            var answer = await _server.GetAsync(kind.Type);
            Assert.Equal((200, "text/html"), (answer.Status, answer.MediaType));
            Assert.Contains(kind.Code, answer.Body, StringComparison.Ordinal);
        }
        Assert.Equal(200, (await _server.GetAsync("/problems")).Status);
    }

    [Fact]
    public void Endpoints_Each_SaysWhoMayCallIt() => Assert.All(
        _server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>(),
        endpoint => Assert.True(endpoint.Metadata.GetMetadata<AccessMetadata>() is not null, endpoint.DisplayName));

    [Fact]
    public async Task StorageGone_EveryEndpointThatNeedsIt_IsUnavailable()
    {
        await using var server = await TestServer.StartAsync();
        var (_, token) = await server.RegisterAsync();
        await server.Storage.DisposeAsync();
        foreach (var answer in new[]
        {
            await server.PostAsync("/v1/workers/register", """{"name":"test"}"""),
            await server.PostAsync("/v1/workers/heartbeat", """{"status":"paused"}""", token),
            await server.PostAsync("/v1/admin/repos", """{"repo":"a"}""", admin: TestServer.AdminToken),
            await server.GetAsync("/v1/admin/state", admin: TestServer.AdminToken),
        })
        {
            answer.MustBeProblem(503, "unavailable");
            Assert.Equal("1", answer.Headers["Retry-After"]);
        }
        Assert.Equal(200, (await server.GetAsync("/livez")).Status);
        await OwpPool.Testing.Eventually.TrueAsync(async () => (await server.GetAsync("/readyz")).Status == 503, "readiness sees it");
        Assert.Equal("failing", (string?)(await server.GetAsync("/readyz")).Json!["checks"]!["storage"]);
    }
}
