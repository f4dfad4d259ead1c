using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>What bodies are read, and how (protocol §1).</summary>
internal static class BodyChecks
{
    private const string Tasks = "/v1/admin/tasks";

    public static Section All => new("§1 Bodies")
    {
        { "body.malformed", Level.Core, "A body that is no JSON is 400.", MalformedAsync },
        { "body.not-object", Level.Core, "JSON that is no object is 400.", NotObjectAsync },
        { "body.wrong-kind", Level.Core, "A field of the wrong kind is 400.", WrongKindAsync },
        { "body.unknown-fields", Level.Core, "Fields that nobody knows are ignored.", async stage =>
            (await stage.CreateAsync(new JsonObject { ["favourite_colour"] = new JsonObject { ["a"] = new JsonArray(1) } })).Is(201) },
        { "body.unicode", Level.Core, "Text comes back as it was sent, in UTF-8.", UnicodeAsync },
        { "body.nfc", Level.Pool, "Text is kept in NFC.", async stage =>
        {
            var created = (await stage.CreateAsync(new JsonObject { ["title"] = "Mu\u0308ller" })).Is(201);
            (await stage.LookAsync(created.Text("task_id"))).Has("title", "M\u00FCller");
        } },
        { "body.charset", Level.Core, "Answers are application/json.", async stage =>
            Json((await PostAsync(stage, "application/json")).Is(201)) },
        { "body.no-type", Level.Pool, "A body without a Content-Type is read as JSON.", async stage =>
            (await PostAsync(stage, null)).Is(201) },
        { "body.form-type", Level.Pool, "What a bare curl -d sends, application/x-www-form-urlencoded, is read as JSON.", async stage =>
            (await stage.Nobody.PostTextAsync("/v1/workers/register", """{"name":"test"}""", "application/x-www-form-urlencoded"))
                .Is(201) },
        { "body.plus-json", Level.Pool, "A type that ends in +json is read as JSON.", async stage =>
            (await PostAsync(stage, "application/vnd.owp+json")).Is(201) },
        { "body.other-type", Level.Pool, "Any other type is 415 unsupported_media_type.", OtherTypeAsync },
        { "body.utf8-names", Level.Pool, "charset=utf8 is UTF-8, as charset=utf-8 is.", Utf8NamesAsync },
        { "body.snake-case", Level.Pool, "Members of answers are snake_case.", SnakeCaseAsync },
        { "body.enum-case", Level.Pool, "Words are lower case: another case is not the word.", async stage =>
            (await (await stage.WorkerAsync()).HeartbeatAsync("IDLE")).Rejects("status") },
    };

    /// <summary>A good task, said to be of this type.</summary>
    private static Task<WireAnswer> PostAsync(Stage stage, string? contentType) =>
        stage.Admin.PostTextAsync(Tasks, stage.Fields().ToJsonString(), contentType);

    private static async Task MalformedAsync(Stage stage)
    {
        foreach (var body in new[] { "{", "{\"title\":\"a\"", "title=a", "{\"title\":\"a\"}}", "{'title':'a'}" })
            (await stage.Admin.PostTextAsync(Tasks, body)).Is(400);
    }

    private static async Task NotObjectAsync(Stage stage)
    {
        foreach (var body in new[] { "[]", "null", "7", "\"name\"", "" })
            (await stage.Admin.PostTextAsync(Tasks, body)).Is(400);
    }

    private static async Task WrongKindAsync(Stage stage)
    {
        foreach (var (field, value) in new (string, JsonNode)[]
            { ("title", 7), ("required_skills", "csharp"), ("estimate_points", "five"), ("estimate_points", 2.5),
                ("priority", new JsonArray(2)) })
            (await stage.CreateAsync(new JsonObject { [field] = value })).Is(400);
    }

    private static async Task UnicodeAsync(Stage stage)
    {
        const string Title = "Größe, 日本語, עברית, 🛠 \"quoted\" <b>&amp;</b> \\ /";
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker, new JsonObject { ["title"] = Title });
        lease.Answer.Must(lease.Text("title") == Title, $"the title as it was sent: {Title}");
    }

    private static void Json(WireAnswer answer) => answer.Must(answer.MediaType == "application/json", "Content-Type: application/json");

    private static async Task OtherTypeAsync(Stage stage)
    {
        foreach (var type in new[] { "text/plain", "application/xml", "multipart/form-data; boundary=x",
            "application/json; charset=utf-16" })
            (await PostAsync(stage, type)).IsProblem(415, "unsupported_media_type");
    }

    private static async Task Utf8NamesAsync(Stage stage)
    {
        foreach (var charset in new[] { "utf-8", "UTF-8", "utf8", "UTF8", "\"utf-8\"" })
            (await PostAsync(stage, $"application/json; charset={charset}")).Is(201);
    }

    private static async Task SnakeCaseAsync(Stage stage)
    {
        var worker = await stage.WorkerAsync();
        var lease = await stage.LeaseAsync(worker);
        foreach (var answer in new[] { lease.Answer, await worker.HeartbeatAsync(), await stage.LookAsync(lease.TaskId) })
        {
            answer.Must(answer.Json is { ValueKind: JsonValueKind.Object }, "a JSON object");
            var odd = answer.Json!.Value.EnumerateObject().Concat(lease.View.EnumerateObject()).Select(member => member.Name)
                .FirstOrDefault(name => name.Any(letter => letter is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '_')));
            answer.Must(odd is null, "members in snake_case", $"a member '{odd}'");
        }
    }
}
