using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using OwpPool.Cli.Conformance.Wire;

namespace OwpPool.Cli.Conformance.Checks;

/// <summary>Lists in pages (protocol §1).</summary>
internal static partial class ListChecks
{
    public static Section All => new("§1 Lists")
    {
        { "list.envelope", Level.Pool, "A list is {items, next_cursor}.", EnvelopeAsync },
        { "list.default-limit", Level.Pool, "Without a limit a page has 50 items.", DefaultLimitAsync },
        { "list.limit", Level.Pool, "A page has as many items as asked for, 1 to 200; other limits are 400.", LimitAsync },
        { "list.cursor", Level.Pool, "Page by page everything comes once.", CursorAsync },
        { "list.link", Level.Pool, "Link rel=\"next\" leads to the next page.", LinkAsync },
        { "list.end", Level.Pool, "The last page has next_cursor null and no Link.", EndAsync },
        { "list.bad-cursor", Level.Pool, "A cursor that is none is 400.", BadCursorAsync },
        { "list.stable", Level.Pool, "What is added meanwhile neither hides nor repeats what was there.", StableAsync },
    };

    private static string Path(Stage stage, string more = "") =>
        $"/v1/tasks?repo={Uri.EscapeDataString(stage.Repo)}&skill={stage.Mark}{more}";

    private static JsonObject Marked(Stage stage) => stage.Fields(new JsonObject { ["required_skills"] = new JsonArray(stage.Mark) });

    private static async Task<HashSet<string>> AddAsync(Stage stage, int count)
    {
        var tasks = new JsonArray([.. Enumerable.Range(0, count).Select(_ => (JsonNode)Marked(stage))]);
        var answer = (await stage.Admin.PostAsync("/v1/admin/tasks/batch", new JsonObject { ["tasks"] = tasks })).Is(201);
        return [.. answer.Items("task_ids").Select(item => item.Shown())];
    }

    private static async Task EnvelopeAsync(Stage stage)
    {
        foreach (var path in new[] { Path(stage), "/v1/workers?limit=1", "/v1/admin/repos?limit=1" })
        {
            var answer = (await stage.Admin.GetAsync(path)).Is(200);
            answer.Items("items");
            answer.Must(answer.Member("next_cursor").ValueKind is JsonValueKind.String or JsonValueKind.Null,
                "a next_cursor that is a string or null");
        }
    }

    private static async Task DefaultLimitAsync(Stage stage)
    {
        await AddAsync(stage, 51);
        var answer = (await stage.Admin.GetAsync($"/v1/tasks?repo={Uri.EscapeDataString(stage.Repo)}&status=ready")).Is(200);
        answer.Must(answer.Items("items").Count == 50, "50 items", $"{answer.Items("items").Count} items");
        answer.Text("next_cursor");
    }

    private static async Task LimitAsync(Stage stage)
    {
        await AddAsync(stage, 3);
        var answer = (await stage.Admin.GetAsync(Path(stage, "&limit=2"))).Is(200);
        answer.Must(answer.Items("items").Count is > 0 and <= 2, "at most 2 items");
        (await stage.Admin.GetAsync(Path(stage, "&limit=200"))).Is(200);
        foreach (var limit in new[] { "0", "201", "-1", "two" }) (await stage.Admin.GetAsync(Path(stage, $"&limit={limit}")))
            .Rejects("limit");
    }

    private static async Task<List<string>> WalkAsync(Stage stage, string path, Func<Task>? between = null)
    {
        var found = new List<string>();
        for (string? cursor = null; ;)
        {
            var answer = (await stage.Admin.GetAsync(cursor is null ? path : $"{path}&cursor={Uri.EscapeDataString(cursor)}")).Is(200);
            foreach (var item in answer.Items("items"))
            {
                var id = Id(item);
                answer.Must(!found.Contains(id), "each task once", $"{id} a second time");
                found.Add(id);
            }
            cursor = answer.TextOrNull("next_cursor");
            if (cursor is null) return found;
            if (between is not null) await between();
            between = null;
        }
    }

    private static async Task CursorAsync(Stage stage)
    {
        var added = await AddAsync(stage, 7);
        var found = await WalkAsync(stage, Path(stage, "&limit=2"));
        var answer = await stage.Admin.GetAsync(Path(stage));
        answer.Must(added.SetEquals(found), "all 7 tasks in pages of 2", $"{found.Count} tasks in pages");
    }

    private static async Task LinkAsync(Stage stage)
    {
        await AddAsync(stage, 3);
        var answer = (await stage.Admin.GetAsync(Path(stage, "&limit=2"))).Is(200);
        var link = Next().Match(answer.Header("Link") ?? "");
        answer.Must(link.Success, "Link: <…>; rel=\"next\"", answer.Header("Link") ?? "no Link");
        var cursor = Uri.EscapeDataString(answer.Text("next_cursor"));
        var next = (await stage.Admin.GetAsync(Path(stage, $"&limit=2&cursor={cursor}"))).Is(200);
        // A proxy in front may have put a path before; what leads to the page is the query.
        var linked = (await stage.Admin.GetAsync("/v1/tasks?" + link.Groups[1].Value.Split('?', 2)[^1])).Is(200);
        linked.Must(linked.Items("items").Select(Id).SequenceEqual(next.Items("items").Select(Id)), "the page of next_cursor");
    }

    private static string Id(JsonElement item) => item.TextAt("task_id") ?? "";

    private static async Task EndAsync(Stage stage)
    {
        await AddAsync(stage, 2);
        var answer = (await stage.Admin.GetAsync(Path(stage, "&limit=200"))).Is(200);
        answer.Must(answer.Member("next_cursor").ValueKind is JsonValueKind.Null, "\"next_cursor\": null");
        answer.Must(answer.Header("Link")?.Contains("next", StringComparison.Ordinal) is not true, "no Link to a next page");
    }

    private static async Task BadCursorAsync(Stage stage)
    {
        foreach (var path in new[] { Path(stage, "&cursor=nonsense"), "/v1/workers?cursor=nonsense", "/v1/admin/repos?cursor=nonsense" })
            (await stage.Admin.GetAsync(path)).Rejects("cursor");
    }

    private static async Task StableAsync(Stage stage)
    {
        var added = await AddAsync(stage, 6);
        var found = await WalkAsync(stage, Path(stage, "&limit=2"), () => stage.TaskAsync(Marked(stage)));
        var answer = await stage.Admin.GetAsync(Path(stage));
        answer.Must(added.IsSubsetOf(found), "all 6 tasks that were there at first", $"{added.Except(found).Count()} of them are missing");
    }

    [GeneratedRegex("<([^>]+)>\\s*;\\s*rel=\"?next\"?")]
    private static partial Regex Next();
}
