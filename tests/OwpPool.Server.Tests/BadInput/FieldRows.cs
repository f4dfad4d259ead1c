using System.Globalization;
using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.BadInput;

/// <summary>46 to 51: fields of the wrong type, size or spelling, against every field of every body.</summary>
public static class FieldRows
{
    private const string Instant = "2030-01-01T00:00:00Z";

    public static IEnumerable<BadInput> All { get; } =
    [
        new(46, "numbers as strings", stage => EachAsync(stage, "integer", "1", " 1 ", "", "0x1", "one")),
        new(47, "numbers that are no whole number", stage => EachRawAsync(stage, "integer", "1e309", "-1e309", "0.1", "1.5", "1e-1", "1.0",
            "1e0")),
        new(47, "whole numbers that no field holds", stage => EachRawAsync(stage, "integer", "9007199254740992", "9007199254740993",
            "9223372036854775807", "9223372036854775808", "-9223372036854775809", "18446744073709551616", new string('9', 400))),
        new(47, "2^31 and 2^32, where they are too much", async stage =>
        {
            foreach (var (operation, field, schema) in JsonRows.Fields(stage, "integer")
                .Where(found => (long)found.Schema["maximum"]! < int.MaxValue))
                foreach (var number in new[] { 1L << 31, (1L << 31) - 1, 1L << 32, (1L << 32) + 1, -(1L << 31) })
                    await JsonRows.RejectedAsync(stage, operation, field, number);
        }),
        new(47, "NaN and infinity are no JSON", async stage =>
        {
            foreach (var word in new[] { "NaN", "Infinity", "-Infinity", "nan" })
                (await SendRawAsync(stage, "/v1/workers/register", $$"""{"name":"a","capacity_points":{{word}}}""")).MustReject("body");
        }),
        new(47, "-0 is 0", async stage =>
        {
            await stage.HarmlessAsync(RawRequest.Post("/v1/claims", """{"wait_seconds":-0}""").As(stage.Other.Token));
            (await SendRawAsync(stage, "/v1/workers/register", """{"name":"a","capacity_points":-0}""")).MustReject("capacity_points");
        }),
        new(48, "one below the least and one above the most", async stage =>
        {
            foreach (var (operation, field, schema) in JsonRows.Fields(stage, "integer"))
            {
                await JsonRows.RejectedAsync(stage, operation, field, (long)schema["minimum"]! - 1);
                await JsonRows.RejectedAsync(stage, operation, field, (long)schema["maximum"]! + 1);
            }
        }),
        new(48, "limits in a query", async stage =>
        {
            foreach (var query in new[] { "wait_seconds=-1", "wait_seconds=61", "wait_seconds=2147483648", "wait_seconds=1e1",
                "wait_seconds=0x1", "wait_seconds=+1",
                "wait_seconds=", "wait_seconds=1&wait_seconds=2", "wait_seconds=%D9%A3", "wait_seconds=1.0", "wait_seconds=%201" })
                (await stage.RefusedAsync(RawRequest.Get($"/v1/work?{query}").As(stage.Other.Token))).MustReject("wait_seconds");
            foreach (var query in new[] { "max=0", "max=21", "max=-1", "max=99999999999999999999", "max=one" })
                (await stage.RefusedAsync(RawRequest.Get($"/v1/work?{query}").As(stage.Other.Token))).MustReject("max");
        }),
        new(48, "numbers of every query: beyond the bounds, twice, or none", async stage =>
        {
            foreach (var (operation, name, schema) in Queries(stage).Where(found => ApiOperation.TypesOf(found.Schema).Contains("integer")))
            {
                var beyond = new[] { (long?)schema["minimum"] - 1, (long?)schema["maximum"] + 1 }.OfType<long>()
                    .Select(number => $"{name}={number}");
                foreach (var query in beyond.Concat([$"{name}=", $"{name}=x", $"{name}=1.0", $"{name}=99999999999999999999",
                    $"{name}=1&{name}=1"]))
                    MustReject(await QueryAsync(stage, operation, query), operation, name);
            }
        }),
        new(48, "texts of every query that are too long", async stage =>
        {
            foreach (var (operation, name, schema) in QueryTexts(stage).Where(found => found.Schema["maxLength"] is not null))
                MustReject(await QueryAsync(stage, operation, $"{name}={new string('a', (int)schema["maxLength"]! + 1)}"), operation, name);
        }),
        new(48, "the lease's least length is not a developer's", async stage =>
        {
            foreach (var seconds in new[] { 29, 1, 0, -1, 86_401, int.MaxValue })
                (await AdminAsync(stage, "repos", $$"""{"repo":"a","lease_ttl_seconds":{{seconds}}}""")).MustReject("lease_ttl_seconds");
        }),
        new(49, "dates without a zone, of no day, or out of all bounds", async stage =>
        {
            foreach (var text in new[] { "2030-01-01T00:00:00", "2030-01-01", "2030-01-01 00:00:00Z", "2030-01-01T00:00Z",
                "2030-01-01T00:00:60Z", "2030-06-30T23:59:60Z",
                "2030-01-01T24:00:00Z", "2030-02-29T00:00:00Z", "2030-13-01T00:00:00Z", "0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z",
                    "1969-12-31T23:59:59Z",
                "9999-12-31T23:59:59Z", "9999-12-31T23:59:59.9999999-14:00", "10000-01-01T00:00:00Z", "2030-01-01T00:00:00+1400",
                    "2030-01-01T00:00:00+14:01",
                "2030-01-01T00:00:00-00", "-2030-01-01T00:00:00Z", "+02030-01-01T00:00:00Z", "2030-W01-1T00:00:00Z", "tomorrow", "",
                    "1893456000", "２０３０-01-01T00:00:00Z" })
                (await AdminAsync(stage, "tasks", Task(stage, text))).MustReject("not_before");
        }),
        new(49, "instants in the zones of others", async stage =>
        {
            foreach (var text in new[] { Instant, "2030-01-01T00:00:00+14:00", "2030-01-01T00:00:00.1234567-12:00", "2030-01-01t00:00:00z",
                "9998-12-31T23:59:59Z" })
                await stage.TakenAsync(RawRequest.Post("/v1/admin/tasks", Task(stage, text)).AsAdmin(), 201);
        }),
        new(50, "text where a number is", stage => EachAsync(stage, "integer", "a", true, new JsonObject(), new JsonArray(1))),
        new(50, "true and false spelled otherwise", stage => EachAsync(stage, "boolean", 0, 1, "true", "false", "yes", "", new JsonArray(),
            new JsonObject())),
        new(50, "anything but text where text is", stage => EachAsync(stage, "string", 7, true, 1.5, new JsonObject(), new JsonArray("a"))),
        new(50, "anything but a list where a list is", stage => EachAsync(stage, "array", "a", 7, true, new JsonObject { ["0"] = "a" },
            new JsonArray(7), new JsonArray("a", null))),
        new(50, "anything but an object where an object is", stage => EachAsync(stage, "object", "a", 7, true, new JsonArray(), "{}")),
        new(50, "words in another case, or with blanks", async stage =>
        {
            foreach (var (operation, field, schema) in JsonRows.Fields(stage, "string").Where(found => found.Schema["enum"] is not null))
            {
                foreach (var word in schema["enum"]!.AsArray().Select(word => (string?)word).OfType<string>())
                {
                    foreach (var other in new[] { word.ToUpperInvariant(), $" {word}", $"{word} ", $"{word}\0",
                        word.Replace('_', '-') + "-", "" })
                        await JsonRows.RejectedAsync(stage, operation, field, other);
                }
            }
        }),
        new(51, "fields in another case are other fields", async stage =>
        {
            (await SendRawAsync(stage, "/v1/workers/register", """{"Name":"a","NAME":"a"}""")).MustReject("name");
            (await AdminAsync(stage, "repos", """{"Repo":"a","maxOpenPrs":5}""")).MustReject("repo");
        }),
        new(51, "of twins in two cases the right one counts", async stage =>
        {
            var worker = (await stage.TakenAsync(RawRequest.Post("/v1/workers/register",
                """{"Name":"wrong","name":"right","Capacity_Points":100,"capacity_points":7,"SKILLS":["root"]}"""), 201)).Text("token");
            var me = await stage.HarmlessAsync(RawRequest.Get("/v1/workers/me").As(worker));
            Assert.Equal(("right", 7, 0), (me.Text("name"), (int)me.Json!["capacity_points"]!, me.Json["skills"]!.AsArray().Count));
            var heartbeat = await stage.HarmlessAsync(RawRequest.Post("/v1/workers/heartbeat", """{"Status":"offline","status":"idle"}""")
                .As(worker));
            Assert.Equal("idle", heartbeat.Text("status"));
        }),
    ];

    /// <summary>The texts in the queries of operations whose answers end.</summary>
    internal static IEnumerable<(ApiOperation Operation, string Name, JsonNode Schema)> QueryTexts(Stage stage) => Queries(stage)
        .Where(found => ApiOperation.TypesOf(found.Schema).Contains("string")
            && found.Operation.Responses["200"]?["content"]?["text/event-stream"] is null);

    /// <summary>Asks, by who may: an odd query changes nothing, whether it is refused or finds nothing.</summary>
    internal static async Task<Answer> QueryAsync(Stage stage, ApiOperation operation, string query)
    {
        var request = JsonRows.Caller(stage, operation, new RawRequest(operation.Method, $"{operation.PathOfNobody()}?{query}"));
        var answer = Assert.Single(await stage.KeptAsync([request.ToBytes(stage.Server.Address)]));
        if (answer.Status >= 400) answer.MustBeProblem(answer.Status, (string)answer.Json!["code"]!);
        return answer;
    }

    /// <summary>Nobody's thing may be missed before its query is read.</summary>
    private static void MustReject(Answer answer, ApiOperation operation, string name)
    {
        if (operation.HasPathId && answer.Status == 404) return;
        answer.MustReject(name);
    }

    private static IEnumerable<(ApiOperation Operation, string Name, JsonNode Schema)> Queries(Stage stage) =>
        from operation in stage.Api.Operations
        from parameter in operation.Parameters("query")
        select (operation, parameter.Name, parameter.Schema);

    private static async Task EachAsync(Stage stage, string type, params JsonNode?[] values)
    {
        foreach (var (operation, field, _) in JsonRows.Fields(stage, type))
            foreach (var value in values) await JsonRows.RejectedAsync(stage, operation, field, value?.DeepClone());
    }

    /// <summary>The same with values that a JSON writer would not write.</summary>
    private static async Task EachRawAsync(Stage stage, string type, params string[] values)
    {
        foreach (var (operation, field, _) in JsonRows.Fields(stage, type))
        {
            foreach (var value in values)
            {
                var body = operation.SampleBody(field, "\u0001").ToJsonString().Replace("\"\\u0001\"", value, StringComparison.Ordinal);
                var request = operation.Request(System.Text.Encoding.UTF8.GetBytes(body));
                (await stage.RefusedAsync(JsonRows.Caller(stage, operation, request))).MustReject(field);
            }
        }
    }

    private static Task<Answer> SendRawAsync(Stage stage, string path, string body) => stage.RefusedAsync(RawRequest.Post(path, body));

    private static Task<Answer> AdminAsync(Stage stage, string things, string body) =>
        stage.RefusedAsync(RawRequest.Post($"/v1/admin/{things}", body).AsAdmin());

    private static string Task(Stage stage, string notBefore) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"repo":"{{stage.Repo}}","title":"x","required_skills":["nobody's"],"not_before":"{{notBefore}}"}""");
}
