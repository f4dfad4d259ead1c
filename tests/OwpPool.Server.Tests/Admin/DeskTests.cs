using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Admin;

/// <summary>What waits for a maintainer.</summary>
public sealed class DeskTests : IAsyncLifetime
{
    private const string Admin = TestServer.AdminToken;
    private readonly ManualTimeProvider _clock = new();
    private OwnServer _server = null!;
    private int _pulls;

    public async Task InitializeAsync() => _server = await OwnServer.StartAsync(_clock);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Desk_OfAnEmptyPool_IsEmptyAndAnswersViewersOnly()
    {
        var viewer = (await PostAsync("/v1/admin/tokens", """{"name":"vera","role":"viewer"}""")).Text("token");

        var desk = await _server.SendAsync(HttpMethod.Get, "/v1/admin/desk", admin: viewer);

        Assert.Equal(200, desk.Status);
        foreach (var list in new[] { "reviews", "merges", "blocked", "dead_letters", "workers", "repos" })
            Assert.Equal((0, 0), ((int)desk.Json![list]!["total"]!, desk.Json[list]!["items"]!.AsArray().Count));
        (await _server.GetAsync("/v1/admin/desk")).MustBeProblem(401, "unauthorized");
        var (_, token) = await RegisterAsync("ada");
        (await _server.GetAsync("/v1/admin/desk", token)).MustBeProblem(403, "forbidden");
        (await DeskAsync("?repo=a/b/c&limit=0")).MustReject("repo", "limit");
    }

    [Fact]
    public async Task Desk_TasksThatWait_StandInTheirListsLongestFirst()
    {
        await AddRepoAsync("acme/shop", ""","max_open_prs":20,"merge_authority":"maintainer" """);
        await AddRepoAsync("acme/own", ""","max_open_prs":20,"merge_authority":"worker" """);
        var (ada, token) = await RegisterAsync("ada");
        var stuck = await TakeAsync("acme/shop", token);
        await ReportAsync(stuck, token, "in_progress");
        await ReportAsync(stuck, token, "blocked", message: "Which database?");
        var old = await TakeAsync("acme/shop", token);
        await ReportAsync(old, token, "pr_opened", pull: true);
        _clock.Advance(TimeSpan.FromMinutes(1));
        var newer = await TakeAsync("acme/shop", token);
        await ReportAsync(newer, token, "pr_opened", pull: true);
        var claimed = await TakeAsync("acme/shop", token);
        await ReportAsync(claimed, token, "pr_opened", pull: true);
        await ReportAsync(claimed, token, "merged");
        var merged = await TakeAsync("acme/own", token);
        await ReportAsync(merged, token, "pr_opened", pull: true);
        await ReportAsync(merged, token, "merged");

        var desk = await DeskAsync();

        Assert.Equal([old, newer], Ids(desk, "reviews"));
        Assert.Equal([claimed, merged], Ids(desk, "merges"));
        Assert.Equal([stuck], Ids(desk, "blocked"));
        var review = Items(desk, "reviews")[0]!;
        Assert.Equal(("ada", ada, "basic", "acme/shop"),
            ((string?)review["worker_name"], (string?)review["worker_id"], (string?)review["trust_tier"], (string?)review["repo"]));
        Assert.StartsWith("https://github.com/acme/shop/pull/", (string?)review["pr_url"], StringComparison.Ordinal);
        Assert.Equal("Which database?", (string?)Items(desk, "blocked")[0]!["message"]);
        Assert.NotNull(Items(desk, "merges")[0]!["merge_reported_at"]);
        // The requests that it names list the same.
        foreach (var list in new[] { "reviews", "merges", "blocked" })
        {
            var all = await _server.SendAsync(HttpMethod.Get, (string)desk.Json![list]!["list"]!, admin: Admin);
            Assert.Equal(Ids(desk, list), all.Json!["items"]!.AsArray().Select(item => (string)item!["task_id"]!));
        }
        Assert.Equal([claimed], Ids(await DeskAsync("?repo=ACME/Shop"), "merges"));
        Assert.Equal([merged], Ids(await DeskAsync("?repo=acme/own"), "merges"));
        var short_ = await DeskAsync("?limit=1");
        Assert.Equal((2, 1), ((int)short_.Json!["reviews"]!["total"]!, Items(short_, "reviews").Count));
        await PostAsync($"/v1/admin/tasks/{claimed}/accept", "{}");
        Assert.Equal([merged], Ids(await DeskAsync(), "merges"));
    }

    [Fact]
    public async Task Desk_DeadLetters_HaveTheLastReasonLatestFirst()
    {
        await AddRepoAsync("acme/shop", ""","max_attempts":1""");
        var (ada, token) = await RegisterAsync("ada");
        var first = await TakeAsync("acme/shop", token);
        await ReportAsync(first, token, "failed", message: "no compiler");
        _clock.Advance(TimeSpan.FromSeconds(1));
        var second = await TakeAsync("acme/shop", token);
        await ReportAsync(second, token, "failed", message: "no disk");

        var desk = await DeskAsync();

        Assert.Equal([second, first], Ids(desk, "dead_letters"));
        var dead = Items(desk, "dead_letters")[0]!;
        Assert.Equal(("no disk", "ada", ada, 1),
            ((string?)dead["message"], (string?)dead["worker_name"], (string?)dead["worker_id"], (int)dead["attempt_count"]!));
        Assert.Empty(Ids(await DeskAsync("?repo=acme/none"), "dead_letters"));
    }

    [Fact]
    public async Task Desk_WorkerPausedByThePoolOrByItself_IsShownWithItsReason()
    {
        await AddRepoAsync("acme/shop", ""","max_open_prs":20""");
        var (ada, adasToken) = await RegisterAsync("ada");
        var (bob, bobsToken) = await RegisterAsync("bob");
        await RegisterAsync("eve");
        for (var i = 0; i < 5; i++) await FailAsync(adasToken);
        for (var i = 0; i < 3; i++) await FailAsync(bobsToken);
        await _server.PostAsync("/v1/workers/heartbeat", """{"status":"paused","note":"3 failures in a row"}""", bobsToken);

        await Eventually.TrueInTimeAsync(_clock, async () => Items(await DeskAsync(), "workers").Count == 2, "both workers are on the desk");
        var desk = await DeskAsync();

        var (first, second) = (Items(desk, "workers")[0]!, Items(desk, "workers")[1]!);
        Assert.Equal((ada, "ada", 5, "pool"), Worker(first));
        Assert.NotNull(first["paused_until"]);
        Assert.Contains("5 leases in a row", (string?)first["message"], StringComparison.Ordinal);
        Assert.Equal((bob, "bob", 3, "worker"), Worker(second));
        Assert.Equal("3 failures in a row", (string?)second["message"]);
        Assert.Equal("paused", (string?)second["status"]);

        var sorted = await _server.SendAsync(HttpMethod.Get, (string)desk.Json!["workers"]!["list"]!, admin: Admin);
        Assert.Equal(["ada", "bob", "eve"], sorted.Json!["items"]!.AsArray().Select(item => (string)item!["name"]!));
        var page = await _server.SendAsync(HttpMethod.Get, "/v1/workers?sort=-failures&limit=2", admin: Admin);
        var rest = await _server.SendAsync(HttpMethod.Get, $"/v1/workers?sort=-failures&limit=2&cursor={page.Text("next_cursor")}", admin: Admin);
        Assert.Equal("eve", (string?)Assert.Single(rest.Json!["items"]!.AsArray())!["name"]);

        // One that is away is still shown, for a week; one that is shut out is not.
        await _server.PostAsync("/v1/workers/heartbeat", """{"status":"offline"}""", bobsToken);
        Assert.Contains(Items(await DeskAsync(), "workers"), item => (string?)item!["worker_id"] == bob && (string?)item["status"] == "offline");
        await PostAsync($"/v1/workers/{ada}/revoke", """{"reason":"broken"}""");
        Assert.Equal(bob, (string?)Assert.Single(Items(await DeskAsync(), "workers"))!["worker_id"]);
        _clock.Advance(TimeSpan.FromDays(8));
        Assert.Empty(Items(await DeskAsync(), "workers"));

        async Task FailAsync(string token)
        {
            await AddTaskAsync("acme/shop");
            // One that another worker has failed may come before the new one.
            var work = await _server.PostAsync("/v1/claims", """{"max":1}""", token);
            await ReportAsync((string)Assert.Single(work.Json!["leases"]!.AsArray())!["task_id"]!, token, "failed", message: "exit 1");
        }
    }

    [Fact]
    public async Task Desk_ReposWithoutRoom_AreThoseWhereTasksWait()
    {
        await AddRepoAsync("acme/full", ""","max_open_prs":1""");
        await AddRepoAsync("acme/held", ""","paused":true""");
        await AddRepoAsync("acme/none", ""","max_open_prs":0""");
        await AddRepoAsync("acme/free");
        var (_, token) = await RegisterAsync("ada");
        var task = await TakeAsync("acme/full", token);
        await ReportAsync(task, token, "pr_opened", pull: true);
        foreach (var repo in new[] { "acme/full", "acme/full", "acme/held", "acme/free" }) await AddTaskAsync(repo);

        var desk = await DeskAsync();

        var repos = Items(desk, "repos").Select(item => ((string?)item!["repo"], (string?)item["reason"], (int)item["ready"]!,
            (int)item["reserved"]!, (int)item["under_review"]!, (int)item["max_open_prs"]!));
        Assert.Equal([("acme/full", "budget_exhausted", 2, 1, 1, 1), ("acme/held", "repo_paused", 1, 0, 0, 3)], repos);
        await PostAsync("/v1/admin/pause", """{"note":"release week"}""");
        var paused = await DeskAsync();
        Assert.Equal((true, "release week"), ((bool)paused.Json!["paused"]!, (string?)paused.Json["pause_note"]));
    }

    private static (string?, string?, int, string?) Worker(JsonNode item) =>
        ((string?)item["worker_id"], (string?)item["name"], (int)item["failures_in_a_row"]!, (string?)item["paused_by"]);

    private Task<Answer> DeskAsync(string query = "") => _server.SendAsync(HttpMethod.Get, $"/v1/admin/desk{query}", admin: Admin);

    private static JsonArray Items(Answer desk, string list) => desk.Json![list]!["items"]!.AsArray();

    private static IEnumerable<string> Ids(Answer desk, string list) => Items(desk, list).Select(item => (string)item!["task_id"]!);

    private async Task<Answer> PostAsync(string path, string body)
    {
        var answer = await _server.PostAsync(path, body, admin: Admin);
        Assert.InRange(answer.Status, 200, 201);
        return answer;
    }

    private Task<Answer> AddRepoAsync(string repo, string fields = "") => PostAsync("/v1/admin/repos", $$"""{"repo":"{{repo}}"{{fields}}}""");

    private async Task<string> AddTaskAsync(string repo) =>
        (await PostAsync("/v1/admin/tasks", $$"""{"repo":"{{repo}}","title":"Mend the roof"}""")).Text("task_id");

    private async Task<(string Id, string Token)> RegisterAsync(string name)
    {
        var answer = await _server.PostAsync("/v1/workers/register",
            $$"""{"name":"{{name}}","max_concurrent_tasks":20,"capacity_points":100}""");
        return (answer.Text("worker_id"), answer.Text("token"));
    }

    /// <summary>A new task of the repo, in the worker's hands.</summary>
    private async Task<string> TakeAsync(string repo, string token)
    {
        var task = await AddTaskAsync(repo);
        var work = await _server.PostAsync("/v1/claims", $$"""{"repos":["{{repo}}"],"max":1}""", token);
        Assert.Contains(work.Json!["leases"]!.AsArray(), lease => (string?)lease!["task_id"] == task);
        return task;
    }

    private async Task ReportAsync(string task, string token, string status, string? message = null, bool pull = false)
    {
        var body = new JsonObject { ["status"] = status, ["message"] = message };
        var repo = (await _server.GetAsync($"/v1/tasks/{task}", token)).Text("repo");
        if (pull) body["artifact"] = new JsonObject { ["pr_url"] = $"https://github.com/{repo}/pull/{++_pulls}" };
        var answer = await _server.PostAsync($"/v1/tasks/{task}/status", body.ToJsonString(), token);
        Assert.True(answer.Status == 200, answer.Body);
    }
}
