using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Hosting;

[Collection(SharedServer.Name)]
public sealed partial class OpenApiTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Document_IsOpenApi31InBothForms()
    {
        Assert.StartsWith("3.1.", (string)(await DocumentAsync())["openapi"]!, StringComparison.Ordinal);
        var yaml = await _server.GetAsync("/openapi/v1.yaml");
        Assert.Equal(200, yaml.Status);
        Assert.StartsWith("openapi: '3.1.", yaml.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Document_ListsEveryEndpointOfTheApi()
    {
        var listed = (await DocumentAsync())["paths"]!.AsObject().Select(path => path.Key).Order(StringComparer.Ordinal);
        var mapped = _server.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(endpoint => endpoint.RoutePattern.RawText!)
            .Where(path => !path.StartsWith("/problems", StringComparison.Ordinal) && !path.StartsWith("/openapi", StringComparison.Ordinal)
                && !path.StartsWith("/docs", StringComparison.Ordinal) && path != "/")
            .Distinct().Order(StringComparer.Ordinal);
        Assert.Equal(mapped, listed);
        foreach (var path in new[]
        {
            "/v1", "/v1/workers/register", "/v1/workers/heartbeat", "/v1/work", "/v1/tasks/{id}/status", "/v1/admin/repos", "/v1/admin/tasks",
            "/v1/admin/state", "/livez", "/readyz", "/healthz", "/health", "/version",
        })
            Assert.Contains(path, listed);
    }

    [Fact]
    public async Task Document_EveryOperation_IsDescribedWhole()
    {
        var document = await DocumentAsync();
        var ids = new HashSet<string>();
        foreach (var (path, method, operation) in Operations(document))
        {
            Assert.True(ids.Add((string)operation["operationId"]!), $"{method} {path}");
            Assert.NotEqual("", (string?)operation["summary"]);
            Assert.NotEmpty(operation["tags"]!.AsArray());
            var responses = operation["responses"]!.AsObject();
            Assert.Contains(responses, response => response.Key[0] == '2');
            foreach (var (status, told) in responses)
            {
                var response = (string?)told!["$ref"] is { } reference ? document["components"]!["responses"]![reference.Split('/')[^1]] : told;
                var media = path == "/metrics" && status[0] == '2' ? "text/plain" : status[0] != '2' && (status != "503" || path is not ("/readyz" or "/health" or "/healthz")) ? "application/problem+json"
                    : path is "/v1/events" or "/v1/admin/state/stream" ? "text/event-stream" : "application/json";
                Assert.NotNull(response!["content"]?[media]?["schema"]);
            }
            if (operation["requestBody"] is { } body)
                Assert.Equal(path == "/v1/admin/tasks/import" ? ["application/json", "text/yaml"] : ["application/json"],
                    body["content"]!.AsObject().Select(content => content.Key));
            foreach (var name in Braces().Matches(path).Select(match => match.Groups[1].Value))
                Assert.Contains(operation["parameters"]!.AsArray(), parameter => (string?)parameter!["name"] == name);
        }
    }

    [Theory]
    [InlineData("post", "/v1/workers/register")]
    [InlineData("post", "/webhooks/github")]
    [InlineData("get", "/livez")]
    [InlineData("post", "/v1/workers/heartbeat", "workerToken")]
    [InlineData("post", "/v1/tasks/{id}/status", "workerToken")]
    [InlineData("post", "/v1/admin/tasks", "adminToken", "adminBearer")]
    [InlineData("get", "/v1/tasks", "adminToken", "adminBearer", "workerToken")]
    [InlineData("get", "/metrics", "metricsToken", "adminToken", "adminBearer")]
    public async Task Document_Operation_SaysWhatOpensIt(string method, string path, params string[] schemes)
    {
        var document = await DocumentAsync();
        var operation = document["paths"]![path]![method]!;
        // Said even where nothing is needed: to leave it out would mean "as the document says", and tools warn.
        Assert.Equal(schemes, operation["security"]!.AsArray().Select(scheme => Assert.Single(scheme!.AsObject()).Key));
        Assert.All(schemes, scheme => Assert.NotNull(document["components"]!["securitySchemes"]![scheme]));
        if (schemes.Length > 0) Assert.NotNull(operation["responses"]!["401"]);
    }

    [Fact]
    public async Task Document_EveryReference_LeadsSomewhere()
    {
        var document = await DocumentAsync();
        foreach (var reference in References().Matches(document.ToJsonString()).Select(match => match.Groups[1].Value))
        {
            var target = reference.Split('/').Aggregate((JsonNode?)document, (node, part) => node?[part.Replace("~1", "/", StringComparison.Ordinal)]);
            Assert.True(target is not null, reference);
        }
    }

    /// <summary>The limits that the document tells are those that the server holds to: just beyond each, the field is named.</summary>
    [Fact]
    public async Task Document_EveryLimit_IsHeld()
    {
        var document = await DocumentAsync();
        var (_, token) = await _server.RegisterAsync();
        var tried = 0;
        foreach (var (path, method, operation) in Operations(document).Where(operation => operation.Operation["requestBody"] is not null))
        {
            var schema = Resolve(document, operation["requestBody"]!["content"]!["application/json"]!["schema"]!);
            foreach (var (field, property) in schema["properties"]?.AsObject() ?? [])
            {
                foreach (var beyond in Beyond(Resolve(document, property!)))
                {
                    var body = new JsonObject { ["name"] = "n", ["repo"] = "a", ["title"] = "t", ["status"] = "blocked" };
                    body[field] = beyond;
                    var answer = await _server.SendAsync(new HttpMethod(method.ToUpperInvariant()), Braces().Replace(path, "t_any"),
                        new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"),
                        path.StartsWith("/v1/admin", StringComparison.Ordinal) ? null : token, TestServer.AdminToken);
                    Assert.True(answer.Status == 400, $"{path} {field} {beyond?.ToJsonString()} answered {answer.Status}");
                    Assert.Contains(field, answer.BadFields);
                    tried++;
                }
            }
        }
        Assert.InRange(tried, 60, 1_000);
    }

    private static IEnumerable<JsonNode> Beyond(JsonNode schema)
    {
        if (schema["maximum"] is { } maximum) yield return JsonValue.Create((decimal)maximum + 1);
        if (schema["minimum"] is { } minimum) yield return JsonValue.Create((decimal)minimum - 1);
        if (schema["maxLength"] is { } length) yield return JsonValue.Create(new string('x', (int)length + 1));
        if (schema["minLength"] is { } least && (int)least > 0) yield return JsonValue.Create(new string('x', (int)least - 1));
        if (schema["maxItems"] is { } items) yield return new JsonArray([.. Enumerable.Repeat("t_x", (int)items + 1).Select(item => (JsonNode)item)]);
        if (schema["enum"] is not null) yield return JsonValue.Create("no such word");
        // Nothing takes every type: an array of numbers is good for none.
        yield return new JsonArray(7);
    }

    [Fact]
    public async Task Docs_EveryFile_ComesFromThisServer()
    {
        var page = await _server.GetAsync("/docs/");
        Assert.Equal((200, "text/html"), (page.Status, page.MediaType));
        var files = Attributes().Matches(page.Body).Select(match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(files);
        Assert.All(files, file => Assert.DoesNotMatch("^([a-z]+:)?//", file));
        foreach (var file in files) Assert.Equal(200, (await _server.GetAsync($"/docs/{file}")).Status);
        Assert.Contains("\"url\":\"openapi/v1.json\"", page.Body, StringComparison.Ordinal);
        // Fonts, visitors' counts, an assistant and a proxy would ask others.
        Assert.Contains("\"withDefaultFonts\":false", page.Body, StringComparison.Ordinal);
        Assert.Contains("\"telemetry\":false", page.Body, StringComparison.Ordinal);
        Assert.Contains("\"agent\":{\"disabled\":true}", page.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("proxyUrl", page.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Docs_InlineScript_RunsByANonceOfThisAnswerOnly()
    {
        var pages = new[] { await _server.GetAsync("/docs/"), await _server.GetAsync("/docs/") };
        var nonces = pages.Select(page =>
        {
            var policy = page.Headers["Content-Security-Policy"];
            Assert.DoesNotContain("script-src 'self' 'unsafe", policy, StringComparison.Ordinal);
            var nonce = Nonce().Match(policy).Groups[1].Value;
            Assert.True(nonce.Length >= 32);
            Assert.All(Scripts().Matches(page.Body), script => Assert.Contains($"nonce=\"{nonce}\"", script.Value, StringComparison.Ordinal));
            return nonce;
        });
        Assert.Equal(2, nonces.Distinct().Count());
    }

    private async Task<JsonNode> DocumentAsync() => (await _server.GetAsync("/openapi/v1.json")).Json!;

    private static IEnumerable<(string Path, string Method, JsonNode Operation)> Operations(JsonNode document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (path.Key, operation.Key, operation.Value!);

    private static JsonNode Resolve(JsonNode document, JsonNode schema)
    {
        if (schema["oneOf"]?.AsArray() is { } choices) return Resolve(document, choices.Single(choice => (string?)choice!["type"] != "null")!);
        return (string?)schema["$ref"] is { } reference ? document["components"]!["schemas"]![reference.Split('/')[^1]]! : schema;
    }

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex Braces();

    [GeneratedRegex("\"\\$ref\":\"#/([^\"]+)\"")]
    private static partial Regex References();

    [GeneratedRegex("'nonce-([0-9A-F]+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Scripts();

    [GeneratedRegex("(?:src|href)=\"([^\"]+)\"")]
    private static partial Regex Attributes();
}
