using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.BadInput;

/// <summary>18 to 30: ids and paths, against every operation that has one.</summary>
public static class PathRows
{
    private const string Sql = "'; DROP TABLE OrleansStorage;--";

    public static IEnumerable<BadInput> All { get; } =
    [
        new(18, "climbing paths", stage => NowhereAsync(stage, "../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd",
            "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
            "%252e%252e%252fetc%252fpasswd", "..%5c..%5cetc%5cpasswd", "..;/etc/passwd", "t_..%2f..%2fetc")),
        new(18, "climbing repo", stage => BadRepoAsync(stage, "../../etc/passwd", "..", "a/..", "%2e%2e%2f", "/etc/passwd", "a\\b")),
        new(19, "NUL in the path", async stage =>
        {
            foreach (var path in new[] { "/v1/tasks/t_%00/status", "/v1/leases/l_a%00/renew", "/%00" })
                CredentialRows.MustBeBare(400,
                    await stage.KeptAsync($"POST {path} HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\n\r\n"));
            CredentialRows.MustBeBare(400, await stage.KeptAsync("GET /v1/work\0 HTTP/1.1\r\nHost: {host}\r\n\r\n"));
        }),
        new(19, "NUL in the query", stage => BadQueryAsync(stage, "t_%00")),
        new(19, "NUL in a repo", stage => BadRepoAsync(stage, "a\0", "\0")),
        new(20, "numbers that are one hexadecimal number are four repos", async stage =>
        {
            var names = new[] { "42", "0042", "2A", "00002a", "0000BEEF", "beef" };
            for (var i = 0; i < names.Length; i++) await AddRepoAsync(stage, names[i], i);
            await MustHaveReposAsync(stage, names.Select((name, i) => (name, i)));
        }),
        new(20, "letters of another case are the same repo, shown as first written", async stage =>
        {
            await AddRepoAsync(stage, "Case/2A", 7);
            Assert.Equal("Case/2A", (await AddRepoAsync(stage, "case/2a", 8)).Text("repo"));
            await MustHaveReposAsync(stage, [("Case/2A", 8)]);
        }),
        new(20, "such numbers as external ids are as many tasks", stage => ApartAsync(stage, "42", "0042", "2A", "2a", "0x2a", "42.0")),
        new(20, "a number for an id", stage => NowhereAsync(stage, "43", "0043", "2B", "2b")),
        new(21, "GUIDs of both cases as external ids", stage =>
            ApartAsync(stage, "6F9619FF-8B86-D011-B42D-00CF4FC964FF", "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
                "6f9619ff8b86d011b42d00cf4fc964ff")),
        new(21, "GUIDs for ids", stage => NowhereAsync(stage, "6F9619FF-8B86-D011-B42D-00CF4FC964FF",
            "{6f9619ff-8b86-d011-b42d-00cf4fc964ff}")),
        new(22, "key extensions as external ids", stage => ApartAsync(stage, "1+x", "1+", "1", "01+x", "7+x", "07+x")),
        new(22, "key extensions for ids and repos", async stage =>
        {
            await NowhereAsync(stage, "1+x", "1+", "07%2Bx");
            await BadRepoAsync(stage, "1+x", "1+");
        }),
        new(23, "ids of many lengths", stage => NowhereAsync(stage, [.. new[] { 1, 62, 63, 64, 65, 98, 99, 100, 101, 4_000 }
            .SelectMany(length => new[] { new string('a', length), "t_" + new string('a', length) })])),
        new(23, "id of 10,000 characters", async stage => CredentialRows.MustBeBare(414,
            await stage.KeptAsync($"POST /v1/tasks/t_{new string('a', 10_000)}/status HTTP/1.1\r\nHost: {{host}}\r\n\r\n"))),
        new(23, "repos and external ids at their length and one past it", async stage =>
        {
            await AddRepoAsync(stage, $"long/{new string('r', 195)}", 1);
            await BadRepoAsync(stage, $"long/{new string('r', 196)}", new string('r', 10_000));
            await ApartAsync(stage, new string('e', 200), new string('e', 199));
            (await stage.RefusedAsync(CreateTask(stage, new string('e', 201)))).MustReject("external_id");
        }),
        new(23, "idempotency keys at their length and one past it", async stage =>
        {
            await stage.HarmlessAsync(RawRequest.Post("/v1/claims").As(stage.Other.Token).With("Idempotency-Key", new string('k', 255)));
            foreach (var key in new[] { "", new string('k', 256), "two words", "schlüssel", "a\tb" })
            {
                (await stage.RefusedAsync(RawRequest.Post("/v1/claims").As(stage.Other.Token).With("Idempotency-Key", key)))
                    .MustReject("Idempotency-Key");
            }
        }),
        new(24, "empty ids and double slashes", async stage =>
        {
            await NowhereAsync(stage, "", "/", "//", "%20", "t_", "w_", "l_");
            foreach (var path in new[] { "//v1", "/v1//work", "/v1/work//", "//evil.example/v1/work", "/v1/./nothing//" })
                (await stage.RefusedAsync(RawRequest.Get(path).As(stage.Worker.Token))).MustBeProblem(404, "not_found");
            await BadRepoAsync(stage, "", "/", "a//b", "a/", "/b", " ");
        }),
        new(25, "emoji, direction marks and accents for ids and repos", async stage =>
        {
            await NowhereAsync(stage, "t_%F0%9F%98%80", "t_%E2%80%AE", "t_e%CC%81", "t_%C3%A9", "t_%ff", "t_%zz");
            await BadRepoAsync(stage, "é", "e\u0301", "a\u202eb", "😀", "ａ");
        }),
        new(25, "both spellings of an accented letter are one external id", async stage =>
        {
            var first = (await stage.TakenAsync(CreateTask(stage, "caf\u00e9"), 201)).Text("task_id");
            Assert.Equal(first, (await stage.HarmlessAsync(CreateTask(stage, "cafe\u0301"))).Text("task_id"));
        }),
        new(25, "direction marks where one line of text is", async stage =>
        {
            foreach (var mark in "\u202e\u202d\u2066\u2069\u200f\u061c")
            {
                (await stage.RefusedAsync(RawRequest.Post("/v1/workers/register", $$"""{"name":"a{{mark}}b"}"""))).MustReject("name");
                (await stage.RefusedAsync(CreateTask(stage, $"a{mark}b"))).MustReject("external_id");
            }
        }),
        new(26, "constructor and __proto__ as ids", stage => NowhereAsync(stage, "constructor", "__proto__", "t___proto__", "prototype",
            "toString")),
        new(26, "constructor and __proto__ as names are names", async stage =>
        {
            var names = new[] { "names/constructor", "__proto__/names", "names/toString", "names/hasOwnProperty" };
            for (var i = 0; i < names.Length; i++) await AddRepoAsync(stage, names[i], i);
            await MustHaveReposAsync(stage, names.Select((name, i) => (name, i)));
            await ApartAsync(stage, names);
        }),
        new(26, "__proto__ as a field is unknown and ignored", async stage =>
        {
            var body = """{"name":"a","__proto__":{"trust_tier":"maintainer"},"constructor":{"prototype":{"trust_tier":"maintainer"}}}""";
            var token = (await stage.TakenAsync(RawRequest.Post("/v1/workers/register", body), 201)).Text("token");
            Assert.Equal("basic", (await stage.HarmlessAsync(RawRequest.Get("/v1/workers/me").As(token))).Text("trust_tier"));
        }),
        new(27, "SQL as id and repo", async stage =>
        {
            await NowhereAsync(stage, Uri.EscapeDataString(Sql), "t_" + Uri.EscapeDataString(Sql), "t_1%20OR%201=1", "t_%22%3B--");
            await BadRepoAsync(stage, Sql, "a' OR '1'='1");
        }),
        new(27, "SQL as external id is one", stage => ApartAsync(stage, Sql, "' OR '1'='1", "\"; DELETE FROM pool_events;--")),
        new(28, "wildcards and SQL in every text of every query", async stage =>
        {
            foreach (var (operation, name, _) in FieldRows.QueryTexts(stage))
                foreach (var text in new[] { "%25'", "%25", "_", "'", "\"", "*", "%5C", "[a-z]", "a'%20OR%20'1'='1", ";--",
                    Uri.EscapeDataString(Sql), "\u0661" })
                    await FieldRows.QueryAsync(stage, operation, $"{name}={Uri.EscapeDataString(Uri.UnescapeDataString(text))}");
        }),
        new(28, "wildcards where a task is asked for", stage => BadQueryAsync(stage, "%25'", "%25", "_", "t_%25", "t_*")),
        new(29, "unknown ids", stage => NowhereAsync(stage, "t_nobodyknows", "w_nobodyknows", "l_nobodyknows", "o_nobodyknows",
            "nobodyknows")),
        new(29, "another's task and lease", ForeignAsync),
        new(29, "a task that was withdrawn", WithdrawnAsync),
        new(30, "dots, tabs and line breaks around an id", stage => NowhereAsync(stage,
            [.. new[] { ".", "%2e", "%09", "%0d%0a", "%0a", "%20", "%0d%0aX-Injected:%201", ";a=b" }.SelectMany(end =>
                new[] { $"{stage.TaskId}{end}", $"{end}{stage.TaskId}" })])),
        new(30, "a line break as it is in the path", async stage =>
        {
            foreach (var path in new[] { "/v1/tasks/t_a\r\nX: y/status", "/v1/tasks/t_a\n/status", "/v1/tasks/t a/status" })
                CredentialRows.MustBeBare(400,
                    await stage.KeptAsync($"POST {path} HTTP/1.1\r\nHost: {{host}}\r\nConnection: close\r\n\r\n"));
        }),
        new(30, "a tab as it is in the path", stage => NowhereAsync(stage, "t_a\t", "\tt_a")),
        new(30, "dots and line breaks in a query", stage => BadQueryAsync(stage, "t_a.", "t_a%0d%0aX:%20y", "t_a%09", "")),
    ];

    /// <summary>Every operation with an id in its path, asked for these by who may: there is no such thing.</summary>
    private static async Task NowhereAsync(Stage stage, params string[] ids)
    {
        foreach (var operation in stage.Api.Operations.Where(operation => operation.HasPathId))
        {
            foreach (var id in ids.Where(id => !Exists(stage, operation, id)))
            {
                var request = operation.Request() with { Path = operation.PathWith(id) };
                var answer = await stage.RefusedAsync(JsonRows.Caller(stage, operation, request, stage.Worker));
                // A lease that is not the caller's may be one that it lost; what is left of the path may be another's, for other methods.
                if (answer.Status == 409) Assert.Contains("lease_lost", answer.MustBeProblem(409, "conflict").Body, StringComparison.Ordinal);
                else if (answer.Status == 405) answer.MustBeProblem(405, "method_not_allowed");
                else answer.MustBeProblem(404, "not_found");
            }
        }
    }

    /// <summary>Some odd id is none, and what is left is the path of the list; some is a good one still.</summary>
    private static bool Exists(Stage stage, ApiOperation operation, string id)
    {
        var path = operation.PathWith(id);
        return path.Contains($"/{stage.TaskId}/", StringComparison.Ordinal) || stage.Api.Operations.Any(other =>
            other.Method == operation.Method && other.Path == path.TrimEnd('/'));
    }

    private static async Task BadRepoAsync(Stage stage, params string[] repos)
    {
        foreach (var repo in repos)
        {
            foreach (var operation in stage.Api.Operations.Where(operation => operation.Fields.Any(field => field.Name == "repo")))
            {
                var body = operation.SampleBody("repo", repo).ToJsonString();
                (await stage.RefusedAsync(RawRequest.Post(operation.PathOfNobody(), body).AsAdmin())).MustReject("repo");
            }
        }
    }

    private static async Task BadQueryAsync(Stage stage, params string[] ids)
    {
        foreach (var id in ids)
            (await stage.RefusedAsync(RawRequest.Get($"/v1/work/explain?task_id={id}").As(stage.Worker.Token))).MustReject("task_id");
    }

    private static async Task<Answer> AddRepoAsync(Stage stage, string repo, int budget)
    {
        var body = new JsonObject { ["repo"] = repo, ["max_open_prs"] = budget };
        return await stage.TakenAsync(RawRequest.Post("/v1/admin/repos", body.ToJsonString()).AsAdmin(), 201);
    }

    private static async Task MustHaveReposAsync(Stage stage, IEnumerable<(string Name, int Budget)> expected)
    {
        var repos = (await stage.HarmlessAsync(RawRequest.Get("/v1/admin/state").AsAdmin())).Json!["repositories"]!.AsArray();
        foreach (var (name, budget) in expected)
            Assert.Equal(budget, (int)Assert.Single(repos, repo => (string)repo!["repo"]! == name)!["max_open_prs"]!);
    }

    /// <summary>Each external id is a task of its own, and each again finds its own.</summary>
    private static async Task ApartAsync(Stage stage, params string[] externalIds)
    {
        var tasks = new List<string>();
        foreach (var id in externalIds) tasks.Add((await stage.TakenAsync(CreateTask(stage, id), 201)).Text("task_id"));
        Assert.Equal(externalIds.Length, tasks.Distinct().Count());
        foreach (var (id, task) in externalIds.Zip(tasks)) Assert.Equal(task, (await stage.HarmlessAsync(CreateTask(stage, id)))
            .Text("task_id"));
    }

    private static RawRequest CreateTask(Stage stage, string externalId) => RawRequest.Post("/v1/admin/tasks",
        $$"""{"repo":"{{stage.Repo}}","title":"x","required_skills":["nobody's"],"external_id":{{JsonSerializer.Serialize(externalId)}}}""")
        .AsAdmin();

    private static async Task ForeignAsync(Stage stage)
    {
        foreach (var verb in new[] { "status", "release" })
        {
            var answer = await stage.RefusedAsync(RawRequest.Post($"/v1/tasks/{stage.TaskId}/{verb}", """{"status":"blocked"}""")
                .As(stage.Other.Token));
            Assert.Equal("not_holder", (string?)answer.MustBeProblem(403, "forbidden").Json!["details"]!["reason"]);
        }
        var renewal = await stage.RefusedAsync(RawRequest.Post($"/v1/leases/{stage.Lease["lease_id"]}/renew").As(stage.Other.Token));
        Assert.Equal("lease_lost", (string?)renewal.MustBeProblem(409, "conflict").Json!["details"]!["reason"]);
    }

    private static async Task WithdrawnAsync(Stage stage)
    {
        var (worker, lease) = await stage.LeaseAsync();
        await stage.TakenAsync(RawRequest.Post($"/v1/admin/tasks/{lease["task_id"]}/cancel", """{"reason":"Not wanted."}""").AsAdmin());
        foreach (var verb in new[] { "status", "release" })
        {
            var answer = await stage.RefusedAsync(RawRequest.Post($"/v1/tasks/{lease["task_id"]}/{verb}", """{"status":"in_progress"}""")
                .As(worker.Token));
            Assert.Equal("lease_lost", (string?)answer.MustBeProblem(409, "conflict").Json!["details"]!["reason"]);
        }
    }
}
