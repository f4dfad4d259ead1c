using System.Text.Json.Nodes;
using OwpPool.Grains.Directory;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Tasks;

/// <summary>The order of hand-out, as it is listed and as it is.</summary>
public sealed class NextTasksTests : IAsyncLifetime
{
    private const string Admin = TestServer.AdminToken;
    private readonly ManualTimeProvider _clock = new();
    private OwnServer _server = null!;
    private int _pulls;

    public async Task InitializeAsync() => _server = await OwnServer.StartAsync(_clock);

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Next_TasksLeasedOneByOne_ComeInTheOrderOfTheList()
    {
        foreach (var repo in new[] { "acme/b", "acme/a" }) await AddRepoAsync(repo, ""","max_open_prs":100""");
        var old = await AddTaskAsync("acme/a", ""","priority":30""");
        _clock.Advance(TimeSpan.FromHours(25));
        foreach (var priority in new[] { 10, 54, 55, 56, 0, 1000, 55 })
        {
            await AddTaskAsync("acme/b", $""","priority":{priority}""");
            await AddTaskAsync("acme/a", $""","priority":{priority},"area":"src/{priority}" """);
            _clock.Advance(TimeSpan.FromSeconds(1));
        }
        var moved = await AddTaskAsync("acme/b");
        await PostAsync($"/v1/admin/tasks/{moved}/position", """{"position":"front"}""");
        await AddTaskAsync("acme/a", ""","priority":1000,"not_before":"2099-01-01T00:00:00Z" """);

        var listed = await WalkAsync("sort=next&limit=4");

        Assert.Equal(17, listed.Count);
        Assert.Equal("not_before", (string?)listed[^1]["waits_for"]);
        var free = listed.Where(task => task["waits_for"] is null).Select(Id).ToList();
        Assert.Contains(old, free);
        var (_, token) = await RegisterAsync();
        var given = new List<string>();
        while (await ClaimAsync(token) is { } task) given.Add(task);
        Assert.Equal(free, given);
        // Of two tasks of one area the second had to wait, and stands where it will be given out.
        Assert.Equal(["area_locked"], listed.Where(task => !given.Contains(Id(task))).Select(task => (string?)task["waits_for"]).SkipLast(1));
    }

    [Fact]
    public async Task Next_TasksFinishedOneByOne_ComeInTheOrderOfTheListThoughBudgetAndAreaAreTight()
    {
        await AddRepoAsync("acme/a", ""","max_open_prs":1,"merge_authority":"worker" """);
        foreach (var fields in new[] { ""","priority":5""", ""","priority":50,"area":"x" """, ""","priority":40,"area":"x" """, ""","priority":45""" })
            await AddTaskAsync("acme/a", fields);

        var listed = await WalkAsync("sort=next&repo=acme/a&status=ready");

        Assert.Equal([null, "budget_exhausted", "budget_exhausted", "budget_exhausted"], listed.Select(task => (string?)task["waits_for"]));
        var (_, token) = await RegisterAsync();
        var given = new List<string>();
        while (await ClaimAsync(token) is { } task)
        {
            given.Add(task);
            var left = await WalkAsync("sort=next&repo=acme/a");
            Assert.All(left, item => Assert.Equal("budget_exhausted", (string?)item["waits_for"]));
            var body = $$"""{"status":"pr_opened","pr_url":"https://github.com/acme/a/pull/{{++_pulls}}"}""";
            Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{task}/status", body, token)).Status);
            await PostAsync($"/v1/admin/tasks/{task}/accept", "{}");
        }
        Assert.Equal(listed.Select(Id), given);
    }

    [Fact]
    public async Task Next_WhatKeepsTasksBack_IsSaidAndStandsBehind()
    {
        await AddRepoAsync("acme/held", ""","paused":true""");
        await AddRepoAsync("acme/shop", ""","max_open_prs":9""");
        var held = await AddTaskAsync("acme/held", ""","priority":900""");
        var first = await AddTaskAsync("acme/shop");
        var dependent = await AddTaskAsync("acme/shop", $""","priority":800,"depends_on":["{first}"]""");
        var later = await AddTaskAsync("acme/shop", ""","priority":700,"not_before":"2099-01-01T00:00:00Z" """);
        var sooner = await AddTaskAsync("acme/shop", ""","priority":1,"not_before":"2098-01-01T00:00:00Z" """);

        var listed = await WalkAsync("sort=next&limit=2");

        Assert.Equal([(first, null), (sooner, "not_before"), (later, "not_before"), (dependent, "dependency_open"), (held, "repo_paused")],
            listed.Select(task => (Id(task), (string?)task["waits_for"])));
        Assert.Equal([first, dependent], (await WalkAsync($"sort=next&repo=acme/shop&q=roof")).Select(Id).Where(id => id == first || id == dependent));
        await PostAsync("/v1/admin/pause", "{}");
        Assert.All(await WalkAsync("sort=next"), task => Assert.Equal("pool_paused", (string?)task["waits_for"]));
    }

    [Fact]
    public async Task Next_WaitingBetweenPages_MovesNoTaskToAnotherPage()
    {
        await AddRepoAsync("acme/shop");
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
        {
            ids.Add(await AddTaskAsync("acme/shop", $""","priority":{10 + i}"""));
            _clock.Advance(TimeSpan.FromMinutes(9));
        }
        var first = await ListAsync("sort=next&limit=3");
        // The oldest has now waited so much longer that it would overtake others.
        _clock.Advance(TimeSpan.FromMinutes(10));
        var rest = await ListAsync($"sort=next&limit=3&cursor={first.Text("next_cursor")}");

        Assert.Equal(Enumerable.Reverse(ids), Items(first).Concat(Items(rest)).Select(Id));
        Assert.Null(rest.Json!["next_cursor"]);
    }

    [Fact]
    public async Task Next_ForWorkersOrOtherStatuses_IsRefused()
    {
        var (id, token) = await RegisterAsync();
        (await _server.GetAsync("/v1/tasks?sort=next", token)).MustReject("sort");
        (await ListAsync($"sort=next&worker_id={id}")).MustReject("sort");
        (await ListAsync("sort=next&status=merged")).MustReject("status");
        Assert.Equal(200, (await ListAsync("sort=next&status=ready")).Status);
    }

    private static string Id(JsonNode task) => (string)task["task_id"]!;

    private static IEnumerable<JsonNode> Items(Answer answer) => answer.Json!["items"]!.AsArray().Select(item => item!);

    private Task<Answer> ListAsync(string query) => _server.SendAsync(HttpMethod.Get, $"/v1/tasks?{query}", admin: Admin);

    private async Task<List<JsonNode>> WalkAsync(string query)
    {
        var found = new List<JsonNode>();
        for (string? cursor = "start"; cursor is not null;)
        {
            var page = await ListAsync(cursor == "start" ? query : $"{query}&cursor={cursor}");
            Assert.Equal(200, page.Status);
            found.AddRange(Items(page));
            cursor = (string?)page.Json!["next_cursor"];
        }
        return found;
    }

    private async Task<Answer> PostAsync(string path, string body)
    {
        var answer = await _server.PostAsync(path, body, admin: Admin);
        Assert.True(answer.Status is 200 or 201, answer.Body);
        return answer;
    }

    private Task<Answer> AddRepoAsync(string repo, string fields = "") => PostAsync("/v1/admin/repos", $$"""{"repo":"{{repo}}"{{fields}}}""");

    private async Task<string> AddTaskAsync(string repo, string fields = "") =>
        (await PostAsync("/v1/admin/tasks", $$"""{"repo":"{{repo}}","title":"Mend the roof"{{fields}}}""")).Text("task_id");

    private async Task<(string Id, string Token)> RegisterAsync()
    {
        var answer = await _server.PostAsync("/v1/workers/register", """{"name":"ada","max_concurrent_tasks":20,"capacity_points":100}""");
        return (answer.Text("worker_id"), answer.Text("token"));
    }

    /// <summary>The one task that the worker is given next; null if there is none.</summary>
    private async Task<string?> ClaimAsync(string token)
    {
        // A claim asks the repos by what they last told of themselves, a moment after each change.
        await Eventually.TrueInTimeAsync(_clock, () => Task.FromResult(_server.Get<SupplyBoard>().StaleRepos().Count == 0), "all repos have told what they have",
            TimeSpan.FromMilliseconds(10));
        var before = (await _server.GetAsync("/v1/workers/me", token)).Json!["leases"]!.AsArray().Select(lease => (string)lease!["task_id"]!).ToHashSet();
        var work = await _server.PostAsync("/v1/claims", """{"max":1}""", token);
        return work.Json!["leases"]!.AsArray().Select(lease => (string)lease!["task_id"]!).FirstOrDefault(task => !before.Contains(task));
    }
}
