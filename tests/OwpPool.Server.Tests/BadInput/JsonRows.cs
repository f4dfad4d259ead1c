using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.BadInput;

/// <summary>31 to 45: bodies as a whole, against every operation that takes one.</summary>
public static class JsonRows
{
    private const int MaxBodyBytes = 262_144;
    private static readonly byte[] Bomb = MakeBomb();

    public static IEnumerable<BadInput> All { get; } =
    [
        new(31, "empty body where one is needed", stage => BrokenAsync(stage, operation => operation.BodyIsRequired, "")),
        new(31, "blanks for a body", stage => BrokenAsync(stage, " ", "\r\n")),
        new(31, "no body where none is needed is an object without fields", async stage =>
        {
            foreach (var operation in Bodies(stage).Where(operation => !operation.BodyIsRequired && operation.HasPathId))
            {
                var request = Caller(stage, operation, new RawRequest(operation.Method, operation.PathOfNobody())
                    .With("Content-Length", "0"));
                Assert.Contains((await stage.RefusedAsync(request)).Status, new[] { 404, 409 });
            }
        }),
        new(32, "null", stage => BrokenAsync(stage, "null")),
        new(33, "an array", stage => BrokenAsync(stage, "[]", "[{}]", "\"{}\"", "7", "true")),
        new(34, "cut off", stage => BrokenAsync(stage, "{", "{\"name\"", "{\"name\":\"a", "{\"name\":\"a\"", "{\"name\":\"a\\",
            "{\"name\":tru")),
        new(35, "something behind it", stage => BrokenAsync(stage, "{}x", "{}{}", "{}\n{}", "{}]", "{},", "{}\0")),
        new(36, "a field twice", stage => BrokenAsync(stage, "{\"status\":\"blocked\",\"status\":\"merged\"}", "{\"a\":1,\"a\":1}",
            "{\"a\":1,\"\\u0061\":2}", "{\"a\":{\"b\":1,\"b\":2}}")),
        new(37, "unknown fields are ignored, whatever they ask for", UnknownFieldsAsync),
        new(38, "depth of 10,000", stage => BrokenAsync(stage, $"{{\"a\":{new string('[', 10_000)}{new string(']', 10_000)}}}",
            new string('[', 10_000))),
        new(38, "depth of 33, where 32 is read", async stage =>
        {
            await BrokenAsync(stage, Nested(33));
            await stage.HarmlessAsync(RawRequest.Post("/v1/claims", Nested(32)).As(stage.Other.Token));
        }),
        new(39, "array of a million", stage => TooLargeAsync(stage, $"{{\"a\":[{string.Join(',', Enumerable.Repeat('1', 1_000_000))}]}}")),
        new(39, "the longest array that fits, for every list", async stage =>
        {
            foreach (var (operation, field, _) in Fields(stage, "array"))
            {
                var items = new JsonArray([.. Enumerable.Repeat("t_x", 40_000).Select(item => (JsonNode)item)]);
                await RejectedAsync(stage, operation, field, items);
            }
        }),
        new(40, "100 MB in chunks", async stage =>
        {
            var chunk = new ReadOnlyMemory<byte>([.. "100000\r\n"u8, .. Enumerable.Repeat((byte)'a', 1 << 20), .. "\r\n"u8]);
            foreach (var operation in Bodies(stage).Where(operation => !operation.TakesMany))
            {
                var request = Caller(stage, operation, new RawRequest(operation.Method, operation.PathOfNobody()))
                    .With("Transfer-Encoding", "chunked");
                MustBeTooLarge(Assert.Single(await stage.KeptAsync(Enumerable.Repeat(chunk, 100)
                    .Prepend(request.ToBytes(stage.Server.Address)))));
            }
        }),
        new(40, "100 MB that are only announced", async stage =>
        {
            foreach (var operation in Bodies(stage).Where(operation => !operation.TakesMany))
            {
                var request = Caller(stage, operation, new RawRequest(operation.Method, operation.PathOfNobody()))
                    .With("Content-Length", "104857600");
                MustBeTooLarge(Assert.Single(await stage.KeptAsync([request.ToBytes(stage.Server.Address)])));
            }
        }),
        new(40, "one byte more than is read, and as many as are", async stage =>
        {
            await TooLargeAsync(stage, "{}".PadRight(MaxBodyBytes + 1));
            await stage.HarmlessAsync(RawRequest.Post("/v1/claims", "{}".PadRight(MaxBodyBytes)).As(stage.Other.Token));
        }),
        new(41, "gzip bomb", async stage =>
        {
            foreach (var encoding in new[] { "gzip", "GZIP", "x-gzip", "deflate", "br", "zstd", "identity, gzip", "nonsense" })
                await EachAsync(stage, Bomb, request => request.With("Content-Encoding", encoding), Unsupported);
        }),
        new(41, "gzip bomb that does not say so", stage => EachAsync(stage, Bomb, null, NotJson)),
        new(41, "gzip bomb as a transfer coding", async stage =>
        {
            foreach (var coding in new[] { "gzip, chunked", "chunked, chunked" })
            {
                var request = new RawRequest("POST", "/v1/workers/register").With("Transfer-Encoding", coding)
                    .ToBytes(stage.Server.Address);
                byte[] chunks = [.. Encoding.ASCII.GetBytes($"{Bomb.Length:x}\r\n"), .. Bomb, .. "\r\n0\r\n\r\n"u8];
                Assert.Equal(400, Assert.Single(await stage.KeptAsync([request, chunks])).Status);
            }
        }),
        new(42, "byte order mark", stage => EachAsync(stage, [0xEF, 0xBB, 0xBF, .. "{}"u8], null, NotJson)),
        new(42, "UTF-16 and UTF-32", async stage =>
        {
            foreach (var encoding in new[] { Encoding.Unicode, Encoding.BigEndianUnicode, Encoding.UTF32 })
            {
                await EachAsync(stage, encoding.GetBytes("{}"), null, NotJson);
                await EachAsync(stage, [.. encoding.GetPreamble(), .. encoding.GetBytes("{}")], null, NotJson);
            }
        }),
        new(42, "no UTF-8", async stage =>
        {
            foreach (var bytes in new byte[][] { [0xC3, 0x28], [0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80],
                [0xE2, 0x82] })
                await EachAsync(stage, [.. "{\"name\":\""u8, .. bytes, .. "\"}"u8], null, NotJson);
        }),
        new(42, "half a surrogate pair", stage => BrokenAsync(stage, "{\"name\":\"\\ud800\"}", "{\"name\":\"\\udc00\\ud800\"}",
            "{\"\\ud83d\":1}", "{\"unknown\":[\"\\uD83D\\uD83D\"]}")),
        new(42, "a whole surrogate pair is a character", async stage =>
        {
            var token = (await stage.TakenAsync(RawRequest.Post("/v1/workers/register", "{\"name\":\"\\ud83d\\ude00\"}"), 201))
                .Text("token");
            Assert.Equal("😀", (await stage.HarmlessAsync(RawRequest.Get("/v1/workers/me").As(token))).Text("name"));
        }),
        new(43, "comments and commas too many", stage => BrokenAsync(stage, "{/**/}", "{}//x", "{\"a\":1,}", "{,}", "{\"a\":[1,]}",
            "{'a':1}", "{a:1}", "{\"a\":+1}",
            "{\"a\":01}", "{\"a\":.5}", "{\"a\":0x1}", "{\"a\":\"\\x41\"}", "{\"a\":\"\t\"}")),
        new(44, "other types", stage => TypesAsync(stage, "text/plain", "application/xml", "application/octet-stream",
            "multipart/form-data; boundary=x",
            "text/json", "application/jsonp", "nonsense", "application/", "application/json, text/plain", "*/*")),
        new(44, "a real form", async stage =>
        {
            foreach (var operation in Bodies(stage))
            {
                var request = Caller(stage, operation, operation.Request("name=test&repo=a&status=blocked"u8.ToArray()));
                NotJson(await stage.RefusedAsync(request.WithType("application/x-www-form-urlencoded")));
            }
        }),
        new(44, "JSON by its other names is JSON", async stage =>
        {
            foreach (var type in new[] { null, "application/x-www-form-urlencoded", "APPLICATION/JSON", "application/vnd.owp+json",
                "application/json; a=b" })
                await stage.HarmlessAsync(RawRequest.Post("/v1/claims").As(stage.Other.Token).WithType(type));
        }),
        new(45, "other charsets", stage => TypesAsync(stage, "application/json; charset=utf-16", "application/json; charset=iso-8859-1",
            "application/json; charset=\"latin1\"", "application/x-www-form-urlencoded; charset=latin1",
                "application/json; charset=utf-8; charset=utf-7")),
        new(45, "the right charset, spelled as people do", async stage =>
        {
            foreach (var charset in new[] { "UTF-8", "\"utf-8\"", "Utf-8", "utf8", "UTF8", "us-ascii" })
                await stage.HarmlessAsync(RawRequest.Post("/v1/claims").As(stage.Other.Token)
                    .WithType($"application/json;charset={charset}"));
        }),
    ];

    /// <summary>The operations of the API that take a JSON object.</summary>
    internal static IEnumerable<ApiOperation> Bodies(Stage stage) => stage.Api.Operations.Where(operation =>
        operation.Body is { } body && ApiOperation.TypesOf(body).Contains("object") && operation.Path.StartsWith("/v1/", StringComparison.Ordinal));

    /// <summary>Their fields of a type.</summary>
    internal static IEnumerable<(ApiOperation Operation, string Field, JsonNode Schema)> Fields(Stage stage, string type) =>
        from operation in Bodies(stage)
        from field in operation.Fields
        where ApiOperation.TypesOf(field.Schema).Contains(type)
        select (operation, field.Name, field.Schema);

    /// <summary>The request by who may make it.</summary>
    internal static RawRequest Caller(Stage stage, ApiOperation operation, RawRequest request, Actor? worker = null) =>
        operation.Schemes.Contains(ApiOperation.Admin) ? request.AsAdmin() : request.As((worker ?? stage.Other).Token);

    /// <summary>An operation with one bad field: it alone is named, or what is inside it.</summary>
    internal static async Task RejectedAsync(Stage stage, ApiOperation operation, string field, JsonNode? value)
    {
        var body = Encoding.UTF8.GetBytes(operation.SampleBody(field, value).ToJsonString());
        var answer = (await stage.RefusedAsync(Caller(stage, operation, operation.Request(body)))).MustBeProblem(400, "validation_error");
        Assert.All(answer.BadFields, bad => Assert.True(
            bad == field || (bad.StartsWith(field, StringComparison.Ordinal) && bad[field.Length] is '.' or '['),
                $"{operation} {field}: {answer.Body}"));
    }

    private static Task BrokenAsync(Stage stage, params string[] bodies) => BrokenAsync(stage, _ => true, bodies);

    private static async Task BrokenAsync(Stage stage, Func<ApiOperation, bool> which, params string[] bodies)
    {
        foreach (var operation in Bodies(stage).Where(which))
            foreach (var body in bodies)
                NotJson(await stage.RefusedAsync(Caller(stage, operation, operation.Request(Encoding.UTF8.GetBytes(body)))));
    }

    private static async Task EachAsync(
        Stage stage, byte[] body, Func<RawRequest, RawRequest>? with, Action<Answer> must, Func<ApiOperation, bool>? where = null)
    {
        foreach (var operation in Bodies(stage).Where(where ?? (_ => true)))
        {
            var request = Caller(stage, operation, operation.Request(body));
            must(await stage.RefusedAsync(with?.Invoke(request) ?? request));
        }
    }

    private static async Task TypesAsync(Stage stage, params string[] types)
    {
        foreach (var type in types) await EachAsync(stage, "{}"u8.ToArray(), request => request.WithType(type), Unsupported);
    }

    private static Task TooLargeAsync(Stage stage, string body) => EachAsync(
        stage, Encoding.UTF8.GetBytes(body), null, MustBeTooLarge, operation => !operation.TakesMany);

    private static async Task UnknownFieldsAsync(Stage stage)
    {
        var asked = """
            "worker_id":"w_mine","id":"w_mine","token":"owpw_mine","trust_tier":"maintainer","trust":3,"is_admin":true,
            "role":"admin","revoked":false,"reputation_score":100,"phase":"merged","fencing_token":99,"epoch":99,"lease_until":"2099-01-01T00:00:00Z",
            "attempts":0,"schema_version":9
            """;
        var token = (await stage.TakenAsync(RawRequest.Post("/v1/workers/register", $$"""{"name":"a",{{asked}}}"""), 201)).Text("token");
        var me = await stage.HarmlessAsync(RawRequest.Get("/v1/workers/me").As(token));
        Assert.Equal(("basic", "a", "idle"), (me.Text("trust_tier"), me.Text("name"), me.Text("status")));
        Assert.NotEqual("w_mine", me.Text("worker_id"));
        var task =
            $$"""{"repo":"{{stage.Repo}}","title":"a","required_skills":["nobody's"],{{asked}},"task_id":"t_mine","status":"merged"}""";
        var made = await stage.TakenAsync(RawRequest.Post("/v1/admin/tasks", task).AsAdmin(), 201);
        Assert.NotEqual("t_mine", made.Text("task_id"));
        var claim = await stage.HarmlessAsync(RawRequest.Post("/v1/claims", $$"""{{{asked}},"task_id":"{{stage.TaskId}}"}""")
            .As(stage.Other.Token));
        Assert.Empty(claim.Json!["leases"]!.AsArray());
        var why = await stage.HarmlessAsync(RawRequest.Get($"/v1/work/explain?task_id={made.Text("task_id")}").As(stage.Other.Token));
        Assert.Equal("skill_missing", (string?)why.Json!["task"]!["reason"]);
    }

    private static void NotJson(Answer answer) => answer.MustReject("body");

    private static void Unsupported(Answer answer) => answer.MustBeProblem(415, "unsupported_media_type");

    private static void MustBeTooLarge(Answer answer) =>
        Assert.Equal(MaxBodyBytes, (int)answer.MustBeProblem(413, "payload_too_large").Json!["details"]!["limit_bytes"]!);

    private static string Nested(int depth) => string.Concat(Enumerable.Repeat("{\"a\":", depth - 1)) + "{}" + new string('}', depth - 1);

    /// <summary>10 MB of JSON in 10 KB.</summary>
    private static byte[] MakeBomb()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.SmallestSize))
            gzip.Write(Encoding.UTF8.GetBytes($"{{\"name\":\"{new string('a', 10_000_000)}\"}}"));
        return packed.ToArray();
    }
}
