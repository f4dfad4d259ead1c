using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace OwpPool.Server.Tests.Support;

/// <summary>The server's own OpenAPI document, as a list of what can be called: endpoints that are added later are in it by themselves.
/// </summary>
public sealed class ApiDocument(JsonNode document)
{
    public JsonNode Json => document;

    public IReadOnlyList<ApiOperation> Operations { get; } =
    [
        .. from path in document["paths"]!.AsObject()
           from operation in path.Value!.AsObject()
           select new ApiOperation(document, operation.Key.ToUpperInvariant(), path.Key, operation.Value!),
    ];

    public static async Task<ApiDocument> ReadAsync(TestServer server) => new((await server.GetAsync("/openapi/v1.json")).Json!);
}

/// <summary>One thing that can be called.</summary>
public sealed partial class ApiOperation(JsonNode document, string method, string path, JsonNode operation)
{
    public const string Worker = "workerToken";
    public const string Admin = "adminToken";
    public const string AdminBearer = "adminBearer";

    public string Method => method;

    public string Path => path;

    public JsonNode Json => operation;

    public string Id => (string)operation["operationId"]!;

    /// <summary>What opens it, each by itself: workerToken, adminToken and so on; none = nothing is needed.</summary>
    public IReadOnlyList<string> Schemes { get; } =
        [.. operation["security"]?.AsArray().Select(scheme => Assert.Single(scheme!.AsObject()).Key) ?? []];

    public bool IsForWorkersOnly => Schemes is [Worker];

    public bool IsForAdminsOnly => Schemes is [Admin, AdminBearer];

    public bool HasPathId => path.Contains('{', StringComparison.Ordinal);

    /// <summary>Its answers by status.</summary>
    public JsonObject Responses { get; } = new(operation["responses"]!.AsObject()
        .Select(response => KeyValuePair.Create(response.Key, (JsonNode?)Follow(document, response.Value!).DeepClone())));

    /// <summary>The schema of its JSON body; null if it takes none, or takes files of other languages too.</summary>
    public JsonNode? Body => operation["requestBody"]?["content"] is JsonObject { Count: 1 } content
        && content["application/json"]?["schema"] is { } schema ? Resolve(schema) : null;

    /// <summary>Its body may be larger than those of the others.</summary>
    public bool TakesMany => path.EndsWith("/batch", StringComparison.Ordinal);

    public bool BodyIsRequired => (bool?)operation["requestBody"]?["required"] ?? false;

    public IEnumerable<(string Name, JsonNode Schema)> Fields =>
        Body?["properties"]?.AsObject().Select(property => (property.Key, Resolve(property.Value!))) ?? [];

    /// <summary>Its parameters in the query, the path or the headers.</summary>
    public IEnumerable<(string Name, JsonNode Schema)> Parameters(string place) =>
        operation["parameters"]?.AsArray().Where(parameter => (string)parameter!["in"]! == place)
            .Select(parameter => ((string)parameter!["name"]!, Resolve(parameter["schema"]!))) ?? [];

    public override string ToString() => $"{method} {path}";

    /// <summary>The path with every parameter replaced.</summary>
    public string PathWith(string id) => Braces().Replace(path, _ => id);

    /// <summary>The path with well-formed ids that nobody has.</summary>
    public string PathOfNobody()
    {
        var kind = path.Contains("/leases/", StringComparison.Ordinal) ? "l_"
            : path.Contains("/workers/", StringComparison.Ordinal) ? "w_"
            : path.Contains("/offers/", StringComparison.Ordinal) ? "o_"
            : path.Contains("/webhooks/", StringComparison.Ordinal) ? "h_"
            : path.Contains("/tasks/", StringComparison.Ordinal) ? "t_" : "";
        return PathWith($"{kind}nobodyknows");
    }

    /// <summary>The least body that its schema takes, with one field set beside it.</summary>
    public JsonObject SampleBody(string? field = null, JsonNode? value = null)
    {
        var body = Body is { } schema ? SampleOfObject(schema) : new JsonObject();
        if (field is not null) body[field] = value;
        return body;
    }

    /// <summary>A call of it with the least body and ids that nobody has.</summary>
    public RawRequest Request(byte[]? body = null) => Body is null
        ? new RawRequest(method, PathOfNobody())
        : RawRequest.Post(PathOfNobody(), body ?? Encoding.UTF8.GetBytes(SampleBody().ToJsonString())) with { Method = method };

    private JsonNode SampleOf(JsonNode schema, string? name = null)
    {
        // What is more than a text of some length; the domain has no address and never will (RFC 2606).
        if (name is "repo") return "nobody/nowhere";
        if (name is "url") return "https://receiver.invalid/owp";
        if (schema["enum"] is { } words) return words[0]!.DeepClone();
        return TypesOf(schema).First(type => type != "null") switch
        {
            "integer" or "number" => JsonValue.Create((long?)schema["minimum"] ?? 1),
            "boolean" => JsonValue.Create(true),
            // What is asked for and is a list must name something.
            "array" => new JsonArray(SampleOf(Resolve(schema["items"]!))),
            "object" => SampleOfObject(schema),
            _ => JsonValue.Create(new string('x', Math.Max(1, (int?)schema["minLength"] ?? 1))),
        };
    }

    private JsonObject SampleOfObject(JsonNode schema)
    {
        var sample = new JsonObject();
        foreach (var name in schema["required"]?.AsArray().Select(name => (string)name!) ?? [])
            sample[name] = SampleOf(Resolve(schema["properties"]![name]!), name);
        return sample;
    }

    /// <summary>The JSON types that a schema takes.</summary>
    public static IReadOnlyList<string> TypesOf(JsonNode schema) => schema["type"] switch
    {
        JsonArray types => [.. types.Select(type => (string)type!)],
        { } type => [(string)type!],
        _ => ["object"],
    };

    private JsonNode Resolve(JsonNode schema)
    {
        if (schema["oneOf"]?.AsArray() is { } choices) return Resolve(choices.Single(choice => (string?)choice!["type"] != "null")!);
        return Follow(document, schema);
    }

    private static JsonNode Follow(JsonNode document, JsonNode node) => (string?)node["$ref"] is { } reference
        ? reference.Split('/').Skip(1).Aggregate(document, (part, name) => part[name]!)
        : node;

    [GeneratedRegex(@"\{\w+\}")]
    private static partial Regex Braces();
}
