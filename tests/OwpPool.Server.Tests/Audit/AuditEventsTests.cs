using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Audit;

[Collection(SharedServer.Name)]
public sealed class AuditEventsTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Events_OfATask_TellItsStoryNewestFirst()
    {
        var (token, lease) = await _server.LeaseAsync();
        var task = (string)lease["task_id"]!;
        var repo = (string)lease["repo"]!;
        await _server.PostAsync($"/v1/tasks/{task}/status", """{"status":"in_progress","message":"On it"}""", token);

        var answer = await AskAsync($"target={task}");

        Assert.Equal(200, answer.Status);
        Assert.Equal("no-store", answer.Headers["Cache-Control"]);
        var events = answer.Json!["events"]!.AsArray();
        Assert.Equal(["task.started", "task.leased", "task.created"], events.Select(item => (string)item!["event_type"]!));
        var started = events[0]!;
        Assert.Equal(["id", "timestamp", "event_type", "actor", "target", "repo", "details"], started.AsObject().Select(member => member.Key));
        Assert.Matches(@"^e_\d+$", (string)started["id"]!);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", (string)started["timestamp"]!);
        Assert.StartsWith("w_", (string)started["actor"]!, StringComparison.Ordinal);
        Assert.Equal(repo.ToLowerInvariant(), (string)started["repo"]!);
        Assert.Equal(("in_progress", "leased", "On it"),
            ((string)started["details"]!["phase"]!, (string)started["details"]!["phase_before"]!, (string)started["details"]!["message"]!));
        Assert.Equal((3, true), ((int)answer.Json["total"]!, (bool)answer.Json["total_is_exact"]!));
        Assert.Null(answer.Json["next_cursor"]);
        Assert.False(answer.Headers.ContainsKey("Link"));
    }

    [Fact]
    public async Task Events_FilteredByRepoInAnotherCase_FindItsTasksToo()
    {
        var repo = await _server.AddRepoAsync();
        await AddTaskAsync(repo);

        foreach (var query in new[] { $"repo={repo.ToUpperInvariant()}", $"target={repo.ToUpperInvariant()}" })
        {
            var events = (await AskAsync(query + "&order=asc")).Json!["events"]!.AsArray();
            Assert.Equal("repo.created", (string)events[0]!["event_type"]!);
            Assert.Equal(query[0] == 'r' ? 2 : 1, events.Count);
        }
    }

    [Fact]
    public async Task Events_ByTypeActorAndTime_FindThoseOnly()
    {
        var (worker, token) = await _server.RegisterAsync();
        await _server.PostAsync("/v1/workers/heartbeat", """{"status":"paused"}""", token);
        await _server.PostAsync($"/v1/workers/{worker}/pause", "", admin: TestServer.AdminToken);

        Assert.Equal(["worker.paused_by_admin", "worker.paused", "worker.registered"], await TypesAsync($"target={worker}"));
        Assert.Equal(["worker.paused", "worker.registered"], await TypesAsync($"target={worker}&actor={worker}"));
        Assert.Equal(["worker.paused"], await TypesAsync($"actor={worker}&event_type=worker.paused"));
        Assert.Equal(3, (await TypesAsync($"target={worker}&since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00%2B02:00")).Length);
        Assert.Empty(await TypesAsync($"target={worker}&since=2100-01-01T00:00:00Z"));
        Assert.Empty(await TypesAsync($"target={worker}&until=2020-01-01T00:00:00Z"));
    }

    [Fact]
    public async Task Events_FollowingTheLink_GivesEachOnce()
    {
        var repo = await _server.AddRepoAsync();
        for (var i = 0; i < 6; i++) await AddTaskAsync(repo);
        var seen = new List<string>();
        var next = $"/v1/audit/events?repo={repo}&limit=3&order=asc";
        while (next is not null)
        {
            var answer = await _server.GetAsync(next, admin: TestServer.AdminToken);
            Assert.Equal(7, (int)answer.Json!["total"]!);
            seen.AddRange(answer.Json!["events"]!.AsArray().Select(item => (string)item!["id"]!));
            next = answer.Headers.TryGetValue("Link", out var link) ? link[1..link.IndexOf('>', StringComparison.Ordinal)] : null;
            Assert.Equal(next is null, answer.Json["next_cursor"] is null);
        }

        Assert.Equal(7, seen.Distinct().Count());
        Assert.Equal(seen.Count, seen.Distinct().Count());
        var offset = await AskAsync($"repo={repo}&order=asc&offset=5&limit=1");
        Assert.Equal(seen[5], (string)offset.Json!["events"]![0]!["id"]!);
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=1001", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("offset=-1", "offset")]
    [InlineData("offset=100001", "offset")]
    [InlineData("offset=1&cursor=e_5", "offset")]
    [InlineData("cursor=5", "cursor")]
    [InlineData("cursor=e_", "cursor")]
    [InlineData("cursor=e_-1", "cursor")]
    [InlineData("cursor=e_99999999999999999999", "cursor")]
    [InlineData("order=up", "order")]
    [InlineData("since=yesterday", "since")]
    [InlineData("since=2026-01-18", "since")]
    [InlineData("until=2026-01-18T00:00:00", "until")]
    [InlineData("since=2026-01-19T00:00:00Z&until=2026-01-18T00:00:00Z", "until")]
    [InlineData("repo=a%20b", "repo")]
    [InlineData("repo=", "repo")]
    [InlineData("actor=", "actor")]
    [InlineData("actor=a%00", "actor")]
    [InlineData("target=a%0Ab", "target")]
    [InlineData("event_type=&target=", "event_type", "target")]
    public async Task Events_BadParameter_IsNamed(string query, params string[] fields) => (await AskAsync(query)).MustReject(fields);

    [Theory]
    [InlineData("limit=1")]
    [InlineData("limit=1000")]
    [InlineData("offset=100000")]
    [InlineData("cursor=e_0")]
    [InlineData("cursor=e_9223372036854775807&order=asc")]
    [InlineData("event_type=nothing.like_it&unknown=1")]
    [InlineData("target='%3B%20DROP%20TABLE%20pool_events%3B--")]
    public async Task Events_AtTheLimit_AreAnswered(string query) => Assert.Equal(200, (await AskAsync(query)).Status);

    [Fact]
    public async Task Events_ByOthers_AreRefused()
    {
        var (_, token) = await _server.RegisterAsync();
        foreach (var path in new[] { "/v1/audit/events", "/v1/audit/verify" })
        {
            (await _server.GetAsync(path)).MustBeProblem(401, "unauthorized");
            (await _server.GetAsync(path, token)).MustBeProblem(403, "forbidden");
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5:abc")]
    [InlineData("x:0000000000000000000000000000000000000000000000000000000000000000")]
    public async Task Verify_MarkThatIsNone_IsNamed(string mark) =>
        (await _server.GetAsync($"/v1/audit/verify?mark={mark}", admin: TestServer.AdminToken)).MustReject("mark");

    [Theory]
    [InlineData("text/csv", "text/csv")]
    [InlineData("application/x-ndjson", "application/x-ndjson")]
    [InlineData("application/ndjson", "application/x-ndjson")]
    [InlineData("text/csv;q=0.2, application/json", "application/json")]
    [InlineData("text/csv;q=0", "application/json")]
    [InlineData("text/html, */*;q=0.8", "application/json")]
    [InlineData("TEXT/CSV", "text/csv")]
    public async Task Events_Accept_ChoosesTheForm(string accept, string media) =>
        Assert.Equal(media, (await ExportAsync("target=w_nobody", accept)).MediaType);

    [Fact]
    public async Task Export_Lines_AreTheEventsOldestFirstWhateverTheLimit()
    {
        var repo = await _server.AddRepoAsync();
        for (var i = 0; i < 5; i++) await AddTaskAsync(repo);

        var answer = await ExportAsync($"repo={repo}&limit=2&order=desc", "application/x-ndjson");

        var page = (await AskAsync($"repo={repo}&order=asc")).Json!["events"]!.AsArray();
        Assert.Equal(page.Select(item => item!.ToJsonString()),
            answer.Body.TrimEnd('\n').Split('\n').Select(line => System.Text.Json.Nodes.JsonNode.Parse(line)!.ToJsonString()));
        Assert.EndsWith("}\n", answer.Body, StringComparison.Ordinal);
        Assert.Equal(6, page.Count);
    }

    /// <summary>A task that no worker of the other tests takes.</summary>
    private Task<string> AddTaskAsync(string repo, string fields = "") =>
        _server.AddTaskAsync(repo, $$""","required_skills":["auditing"]{{fields}}""");

    private Task<Answer> AskAsync(string query) => _server.GetAsync($"/v1/audit/events?{query}", admin: TestServer.AdminToken);

    private async Task<string[]> TypesAsync(string query) =>
        [.. (await AskAsync(query)).Json!["events"]!.AsArray().Select(item => (string)item!["event_type"]!)];

    private Task<Answer> ExportAsync(string query, string accept) => _server.SendAsync(
        HttpMethod.Get, $"/v1/audit/events?{query}", null, admin: TestServer.AdminToken,
        with: request => request.Headers.Accept.ParseAdd(accept));
}
