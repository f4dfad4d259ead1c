using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Analytics;

[Collection(SharedServer.Name)]
public sealed class AnalyticsTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("", "last_7_days", 7)]
    [InlineData("?period=last_7_days", "last_7_days", 7)]
    [InlineData("?period=last_30_days", "last_30_days", 30)]
    [InlineData("?period=last_90_days", "last_90_days", 90)]
    public async Task Repo_Empty_IsAnsweredWithNulls(string query, string period, int days)
    {
        var repo = await _server.AddRepoAsync();

        var answer = await GetAsync($"repositories/{repo}{query}");

        Assert.Equal((200, repo, period), (answer.Status, answer.Text("repo"), answer.Text("period")));
        Assert.Equal("no-store", answer.Headers["Cache-Control"]);
        Assert.Equal(
            """
            {"tasks_completed":0,"avg_completion_time":null,"avg_completion_seconds":null,"median_completion_time":null,
            "median_completion_seconds":null,"avg_lead_time":null,"avg_lead_seconds":null,"median_lead_time":null,
            "median_lead_seconds":null,"avg_ready_wait_seconds":0,"avg_review_wait_seconds":0,"worker_utilization":0,"pr_merge_rate":0,
            "requeue_rate":0,"review_queue_length":0,"bottlenecks":[]}
            """.ReplaceLineEndings(""),
            answer.Json!["metrics"]!.ToJsonString());
        var series = answer.Json["series"]!.AsArray();
        Assert.Equal(days, series.Count);
        Assert.Equal(((string)answer.Json["from"]!)[..10], (string)series[0]!["date"]!);
        Assert.Equal(((string)answer.Json["to"]!)[..10], (string)series[^1]!["date"]!);
        Assert.All(series, day => Assert.Equal(0, (int)day!["tasks_completed"]!));
    }

    [Fact]
    public async Task Repo_TasksMergedAndGivenBack_CountsThem()
    {
        var (token, lease) = await _server.LeaseAsync(""","max_open_prs":5""");
        var (repo, task) = ((string)lease["repo"]!, (string)lease["task_id"]!);
        foreach (var status in new[] { "in_progress", "pr_opened", "merged" })
            Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{task}/status", $$"""{"status":"{{status}}"}""", token)).Status);
        var skill = (string)lease["required_skills"]![0]!;
        var second = await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        Assert.Equal(200, (await _server.GetAsync("/v1/work", token)).Status);
        Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{second}/release", """{"reason":"no time","retry_after_seconds":600}""", token)).Status);
        await _server.AddTaskAsync(repo, ""","required_skills":["Unheard-of"]""");

        foreach (var path in new[] { repo, repo.ToUpperInvariant(), repo.Replace("/", "%2F", StringComparison.Ordinal) })
        {
            var answer = await GetAsync($"repositories/{path}?period=last_7_days");
            var metrics = answer.Json!["metrics"]!;
            Assert.Equal(repo, answer.Text("repo"));
            Assert.Equal((1, 1d, 0.5), ((int)metrics["tasks_completed"]!, (double)metrics["pr_merge_rate"]!, (double)metrics["requeue_rate"]!));
            Assert.InRange((long)metrics["avg_completion_seconds"]!, 0, 600);
            Assert.Equal((long)metrics["avg_completion_seconds"]!, (long)metrics["median_completion_seconds"]!);
            Assert.InRange((long)metrics["avg_lead_seconds"]!, (long)metrics["avg_completion_seconds"]!, 600);
            Assert.Matches("^[0-9.]+ (second|minute)s?$", (string)metrics["avg_completion_time"]!);
            Assert.InRange((double)metrics["worker_utilization"]!, 0, 1);
            Assert.Contains("skills:unheard-of", metrics["bottlenecks"]!.AsArray().Select(item => (string)item!));
            Assert.Equal(1, (int)answer.Json["series"]![6]!["tasks_completed"]!);
        }
    }

    [Fact]
    public async Task Pool_CountsAllRepos()
    {
        var answer = await GetAsync("pool?period=last_30_days");

        Assert.Equal(200, answer.Status);
        Assert.Null(answer.Json!["repo"]);
        Assert.Equal(30, answer.Json["series"]!.AsArray().Count);
        Assert.Equal((int)answer.Json["metrics"]!["tasks_completed"]!, answer.Json["series"]!.AsArray().Sum(day => (int)day!["tasks_completed"]!));
    }

    [Theory]
    [InlineData("period=")]
    [InlineData("period=last_8_days")]
    [InlineData("period=LAST_7_DAYS")]
    [InlineData("period=last_7_days&period=last_7_days")]
    public async Task Period_ThatIsNone_IsNamed(string query)
    {
        (await GetAsync($"pool?{query}")).MustReject("period");
        (await GetAsync($"repositories/{await _server.AddRepoAsync()}?{query}")).MustReject("period");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("acme/none")]
    [InlineData("acme%2Fnone")]
    [InlineData("..%2F..%2Fetc")]
    [InlineData("a%20b")]
    public async Task Repo_Unknown_IsNotFound(string repo) => (await GetAsync($"repositories/{repo}")).MustBeProblem(404, "not_found");

    [Fact]
    public async Task Analytics_ByOthers_AreRefused()
    {
        var (_, token) = await _server.RegisterAsync();
        foreach (var path in new[] { "/v1/analytics/pool", "/v1/analytics/repositories/a", "/v1/analytics/repositories/a/b" })
        {
            (await _server.GetAsync(path)).MustBeProblem(401, "unauthorized");
            (await _server.GetAsync(path, token)).MustBeProblem(403, "forbidden");
        }
    }

    private Task<Answer> GetAsync(string path) => _server.GetAsync($"/v1/analytics/{path}", admin: TestServer.AdminToken);
}
