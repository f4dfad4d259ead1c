using System.Text;
using System.Text.Json.Nodes;
using OwpPool.Server.Hosting.OpenApi;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.OpenApi;

/// <summary>The examples of the document are right.</summary>
public sealed class ExampleTests
{
    private const string Json = "application/json";

    [Fact]
    public async Task Members_HaveAnExampleOfTheDemoWorld()
    {
        await using var server = await TestServer.StartAsync();
        var schemas = (await ApiDocument.ReadAsync(server)).Json["components"]!["schemas"]!.AsObject();
        var without = from schema in schemas
                      from member in schema.Value!["properties"]?.AsObject() ?? []
                      where IsValue(schemas, member.Value!) && !ExampleValues.TryGet(schema.Key, member.Key, out _)
                      select $"{schema.Key}.{member.Key}";
        Assert.True(!without.Any(), $"Add to examples.json, by name or as Schema.name: {string.Join(", ", without)}");
    }

    [Fact]
    public async Task Bodies_HaveExamplesThatTheirSchemasTake()
    {
        await using var server = await TestServer.StartAsync();
        var api = await ApiDocument.ReadAsync(server);
        var check = new SchemaCheck(api.Json);
        foreach (var operation in api.Operations)
        {
            var bodies = operation.Responses.Select(response => (What: response.Key, Content: response.Value!["content"]))
                .Append((What: "request", Content: operation.Json["requestBody"]?["content"]));
            foreach (var (what, content) in bodies)
            {
                if ((content?[Json] ?? content?["application/problem+json"]) is not { } media) continue;
                var examples = ExamplesOf(media).ToList();
                Assert.True(examples.Count > 0 || IsEmpty(api.Json, media["schema"]!), $"{operation} {what} has no example");
                foreach (var example in examples)
                {
                    var faults = check.Faults(media["schema"]!, example);
                    Assert.True(faults.Count == 0, $"{operation} {what}: {string.Join("; ", faults)}: {example.ToJsonString()}");
                }
            }
        }
    }

    [Fact]
    public async Task Requests_AreTakenByTheirEndpoints()
    {
        await using var server = await TestServer.StartAsync();
        var (_, token) = await server.RegisterAsync();
        var tried = 0;
        foreach (var operation in (await ApiDocument.ReadAsync(server)).Operations)
        {
            if (operation.Json["requestBody"]?["content"]?[Json] is not { } media) continue;
            foreach (var example in ExamplesOf(media))
            {
                // Nobody is to wait here.
                if (example is JsonObject body && body.ContainsKey("wait_seconds")) body["wait_seconds"] = 0;
                var isAdmin = operation.Schemes.Contains(ApiOperation.Admin);
                var answer = await server.SendAsync(new HttpMethod(operation.Method), operation.PathOfNobody(),
                    new StringContent(example.ToJsonString(), Encoding.UTF8, Json), isAdmin ? null : token, isAdmin ? TestServer.AdminToken : null,
                    request => request.Headers.TryAddWithoutValidation("If-Match", "*"));
                Assert.True(answer.Status is not (400 or 401 or 403 or 415 or >= 500), $"{operation} {example.ToJsonString()}: {answer.Status} {answer.Body}");
                tried++;
            }
        }
        Assert.InRange(tried, 30, 300);
    }

    private static IEnumerable<JsonNode> ExamplesOf(JsonNode media) => media["example"] is { } one
        ? [one.DeepClone()]
        : media["examples"]?.AsObject().Select(named => named.Value!["value"]!.DeepClone()) ?? [];

    private static JsonNode Resolve(JsonNode document, JsonNode schema) =>
        (string?)schema["$ref"] is { } reference ? document["components"]!["schemas"]![reference.Split('/')[^1]]! : schema;

    private static bool IsEmpty(JsonNode document, JsonNode schema) => Resolve(document, schema)["properties"] is null
        && Resolve(document, schema)["items"] is null;

    /// <summary>What has no members of its own, and is no word of a list: those have examples by themselves.</summary>
    private static bool IsValue(JsonObject schemas, JsonNode schema)
    {
        if (schema["oneOf"] is { } choices) return IsValue(schemas, choices.AsArray().Last()!);
        if (schema["items"] is { } items) return IsValue(schemas, items);
        if ((string?)schema["$ref"] is not { } reference) return schema["properties"] is null;
        var target = schemas[reference.Split('/')[^1]]!;
        return target["properties"] is null && target["enum"] is null;
    }
}
