using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Tasks;

[Collection(SharedServer.Name)]
public sealed class TaskListTests(SharedServer.Fixture shared)
{
    private const string Admin = TestServer.AdminToken;
    private readonly TestServer _server = shared.Server;
    // All tests share one pool: what is left over here is for nobody else.
    private readonly string _skill = Path.GetRandomFileName();

    [Fact]
    public async Task List_FollowingTheLinks_GivesEachTaskOnceWhileOthersAreAdded()
    {
        var repo = await _server.AddRepoAsync();
        var tasks = new List<string>();
        for (var i = 0; i < 7; i++) tasks.Add(await AddTaskAsync(repo));
        var (seen, path) = (new List<string>(), $"/v1/tasks?repo={repo}&limit=3&sort=-created");
        while (path is not null)
        {
            var page = await _server.GetAsync(path, admin: Admin);
            Assert.Equal(200, page.Status);
            seen.AddRange(Ids(page));
            await AddTaskAsync(repo);
            path = page.Headers.GetValueOrDefault("Link") is { } link ? link[1..link.IndexOf('>', StringComparison.Ordinal)] : null;
            Assert.Equal(path is null, page.Json!["next_cursor"] is null);
        }
        tasks.Reverse();
        Assert.Equal(tasks, seen);
    }

    [Fact]
    public async Task List_Filters_HoldTogether()
    {
        var repo = await _server.AddRepoAsync(""","max_open_prs":9""");
        var plain = await AddTaskAsync(repo, ""","external_id":"JIRA-50%_x" """);
        var sql = await _server.AddTaskAsync(repo, $$""","required_skills":["{{_skill}}","SQL"],"area":"./Src/","tier":1,"priority":5""");
        var (worker, token) = await RegisterAsync();
        await _server.PostAsync("/v1/claims", $$"""{"repos":["{{repo}}"],"max":1}""", token);
        foreach (var (query, expected) in new (string, string[])[]
        {
            ("", [sql, plain]), ("&status=leased", [plain]), ("&status=ready,leased", [sql, plain]), ("&status=merged", []),
            ("&skill=%20sql", [sql]), ("&area=src", [sql]), ("&tier=1", [sql]), ("&tier=2", []), ($"&worker_id={worker}", [plain]),
            ("&q=jira-50%25_", [plain]), ("&q=ROOF", [sql, plain]), ("&q=%25", [plain]), ("&q=nothing", []), ("&sort=created", [plain, sql]),
            ("&sort=-priority", [plain, sql]), ("&sort=-updated", [plain, sql]), ("&status=ready&skill=sql&tier=1&area=SRC%2F&q=roof", [sql]),
        })
            Assert.Equal(expected, Ids(await _server.GetAsync($"/v1/tasks?repo={repo.ToUpperInvariant()}{query}", admin: Admin)));
        var item = Items(await _server.GetAsync($"/v1/tasks?repo={repo}&status=leased", admin: Admin))[0]!;
        Assert.Equal((repo, "leased", worker), ((string?)item["repo"], (string?)item["status"], (string?)item["worker_id"]));
        Assert.NotNull(item["lease_expires_at"]);
    }

    [Fact]
    public async Task List_ByTheBeginningOfAnId_FindsWhatBeginsSoAndHoldsTheOtherFilters()
    {
        var repo = await _server.AddRepoAsync(""","max_open_prs":9""");
        var (first, second) = (await AddTaskAsync(repo), await AddTaskAsync(repo));
        var (worker, token) = await RegisterAsync();
        await _server.PostAsync("/v1/claims", $$"""{"repos":["{{repo}}"],"max":1}""", token);

        Assert.Equal([first], Ids(await _server.GetAsync($"/v1/tasks?id_prefix={first[..12]}", admin: Admin)));
        Assert.Equal([first], Ids(await _server.GetAsync($"/v1/tasks?id_prefix={first}&sort=-updated", admin: Admin)));
        Assert.Contains(second, Ids(await _server.GetAsync($"/v1/tasks?id_prefix={second[..6]}&sort=created", admin: Admin)));
        Assert.Equal([second], Ids(await _server.GetAsync($"/v1/tasks?id_prefix={second[..12]}&sort=next", admin: Admin)));
        Assert.Equal([first], Ids(await _server.GetAsync($"/v1/tasks?id_prefix={first[..12]}&status=leased&worker_id={worker}&repo={repo}", admin: Admin)));
        Assert.Empty(Ids(await _server.GetAsync($"/v1/tasks?id_prefix={first[..12]}&status=ready", admin: Admin)));
        Assert.Empty(Ids(await _server.GetAsync($"/v1/tasks?id_prefix={first[..12]}&repo=acme/other", admin: Admin)));
        // A worker finds its own only.
        Assert.Equal([first], Ids(await _server.GetAsync($"/v1/tasks?id_prefix={first[..12]}", token)));
        Assert.Empty(Ids(await _server.GetAsync($"/v1/tasks?id_prefix={second[..12]}", token)));
        Assert.Equal("Test", (string?)Items(await _server.GetAsync($"/v1/tasks?id_prefix={first}", admin: Admin))[0]!["worker_name"]);
        foreach (var prefix in new[] { "t_abc", "t_", "x_abc", "t_a%25" })
            (await _server.GetAsync($"/v1/tasks?id_prefix={prefix}", admin: Admin)).MustReject("id_prefix");
    }

    [Fact]
    public async Task List_AsAWorker_IsItsOwnOnly()
    {
        var (token, lease) = await _server.LeaseAsync();
        await _server.LeaseAsync();
        var (stranger, strangersToken) = await RegisterAsync();

        Assert.Equal([(string)lease["task_id"]!], Ids(await _server.GetAsync("/v1/tasks", token)));
        Assert.Empty(Ids(await _server.GetAsync("/v1/tasks", strangersToken)));
        (await _server.GetAsync($"/v1/tasks?worker_id={stranger}", token)).MustBeProblem(403, "forbidden");
        (await _server.GetAsync("/v1/tasks")).MustBeProblem(401, "unauthorized");
        (await _server.GetAsync("/v1/tasks", token + "x")).MustBeProblem(401, "unauthorized");
    }

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=x", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("cursor=", "cursor")]
    [InlineData("cursor=abc", "cursor")]
    [InlineData("cursor=%00", "cursor")]
    [InlineData("status=READY", "status")]
    [InlineData("status=ready,", "status")]
    [InlineData("status=", "status")]
    [InlineData("repo=", "repo")]
    [InlineData("repo=a/b/c", "repo")]
    [InlineData("repo=..%2Fx", "repo")]
    [InlineData("area=", "area")]
    [InlineData("area=./", "area")]
    [InlineData("skill=%20", "skill")]
    [InlineData("worker_id=t_1", "worker_id")]
    [InlineData("q=", "q")]
    [InlineData("q=%0A", "q")]
    [InlineData("tier=4", "tier")]
    [InlineData("sort=title", "sort")]
    [InlineData("sort=created,-created", "sort")]
    [InlineData("limit=0&status=x&sort=y", "limit", "status", "sort")]
    public async Task List_BadParameter_IsNamed(string query, params string[] fields) =>
        (await _server.GetAsync($"/v1/tasks?{query}", admin: Admin)).MustReject(fields);

    [Fact]
    public async Task List_AtTheLimits_IsTaken()
    {
        Assert.Equal(200, (await _server.GetAsync($"/v1/tasks?limit=200&q={new string('x', 200)}&skill={new string('x', 64)}", admin: Admin)).Status);
        (await _server.GetAsync($"/v1/tasks?q={new string('x', 201)}&skill={new string('x', 65)}&area={new string('x', 121)}", admin: Admin))
            .MustReject("q", "skill", "area");
    }

    [Fact]
    public async Task List_CursorOfAnotherListOrAltered_IsRefused()
    {
        var repo = await _server.AddRepoAsync();
        for (var i = 0; i < 3; i++) await AddTaskAsync(repo);
        var cursor = (await _server.GetAsync($"/v1/tasks?repo={repo}&limit=1", admin: Admin)).Text("next_cursor");
        Assert.Equal(200, (await _server.GetAsync($"/v1/tasks?repo={repo}&limit=2&cursor={cursor}", admin: Admin)).Status);
        for (var i = 0; i < cursor.Length; i++)
        {
            var altered = cursor[..i] + (cursor[i] == 'A' ? 'B' : 'A') + cursor[(i + 1)..];
            (await _server.GetAsync($"/v1/tasks?repo={repo}&cursor={altered}", admin: Admin)).MustReject("cursor");
        }
        foreach (var other in new[] { "", $"repo={repo}&status=ready", $"repo={repo}&sort=created", $"repo={repo}&q=roof" })
            (await _server.GetAsync($"/v1/tasks?{other}&cursor={cursor}", admin: Admin)).MustReject("cursor");
        (await _server.GetAsync($"/v1/workers?cursor={cursor}", admin: Admin)).MustReject("cursor");
        (await _server.GetAsync($"/v1/admin/repos?cursor={cursor}", admin: Admin)).MustReject("cursor");
    }

    private Task<string> AddTaskAsync(string repo, string fields = "") =>
        _server.AddTaskAsync(repo, $$""","required_skills":["{{_skill}}"]{{fields}}""");

    private Task<(string Id, string Token)> RegisterAsync(string fields = "") => _server.RegisterAsync($$""","skills":["{{_skill}}"]{{fields}}""");

    private static JsonArray Items(Answer page) => page.Json!["items"]!.AsArray();

    private static string[] Ids(Answer page) => [.. Items(page).Select(item => (string)item!["task_id"]!)];
}
