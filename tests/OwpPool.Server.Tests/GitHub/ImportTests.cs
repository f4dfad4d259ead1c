using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.GitHub;

public sealed class ImportTests
{
    [Fact]
    public async Task Import_LabelledIssues_BecomeTasksOnce()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        pool.GitHub.PageSize = 2;
        pool.GitHub.AddIssue(repo, 1, "Mend the roof", "It rains in.\r\n\0", "pool:ready", "estimate:5", "priority:high", "skills:sql,go",
            "area:src/roof", "tier:1");
        pool.GitHub.AddIssue(repo, 2, "Not for the pool", null, "bug");
        pool.GitHub.AddIssue(repo, 3, "No idea how large", null, "pool:ready", "size:XXL", "tier:9");
        pool.GitHub.AddIssue(repo, 5, $"\u202E{new string('t', 400)}", new string('é', 60_000), "pool:ready");
        pool.GitHub.AddIssue(repo, 6, " \u200b ", null, "pool:ready");
        pool.GitHub.Pulls[(repo, 4)] = new FakePull(repo, 4);
        for (var number = 10; number < 15; number++) pool.GitHub.AddIssue(repo, number, $"Task {number}", "", "pool:ready");

        var answer = await pool.ImportAsync(repo);

        Assert.Equal((200, 7, 0, "pool:ready"), (answer.Status, (int)answer.Json!["created"]!, (int)answer.Json["existing"]!,
            answer.Text("label")));
        var skipped = answer.Json["skipped"]!.AsArray().ToDictionary(issue => (int)issue!["number"]!, issue => (string)issue!["reason"]!);
        Assert.Equal([3, 6], skipped.Keys.Order());
        Assert.Equal("Label 'size:XXL' must be from 1 to 100. Label 'tier:9' must be from 0 to 3.", skipped[3]);
        var taskId = (string)answer.Json["tasks"]!.AsArray().Single(task => (int)task!["number"]! == 1)!["task_id"]!;
        var link = $"https://github.com/{repo}/issues/1";
        var externalId = $"github:{repo.ToLowerInvariant()}#1";
        Assert.Equal([$"Mend the roof|It rains in.\n\n{link}|5|80|[\"sql\",\"go\"]|src/roof|1|{externalId}"],
            (await pool.Server.RowsAsync($"""
                SELECT title || '|' || description || '|' || estimate_points || '|' || priority || '|' || required_skills || '|' || area
                  || '|' || tier || '|' || external_id FROM pool_tasks WHERE task_id = '{taskId}'
                """)));
        Assert.Equal(["300 65535"], await pool.Server.RowsAsync(
            "SELECT length(title) || ' ' || length(CAST(description AS BLOB)) FROM pool_tasks WHERE external_id LIKE '%#5'"));

        pool.GitHub.AddIssue(repo, 20, "New", null, "pool:ready");
        var again = await pool.ImportAsync(repo.ToUpperInvariant());
        Assert.Equal((1, 7), ((int)again.Json!["created"]!, (int)again.Json["existing"]!));
        Assert.All(pool.GitHub.Requests, request =>
            Assert.True(request.HasToken && request.UserAgent.StartsWith("OwpPool/", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Import_DryRun_SaysWhatWouldBeAndAddsNothing()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        for (var number = 1; number <= 3; number++) pool.GitHub.AddIssue(repo, number, $"Task {number}", null, "pool:ready");
        await pool.ImportAsync(repo, """{"limit":1}""");

        var would = await pool.ImportAsync(repo, """{"dry_run":true}""");
        var added = await pool.ImportAsync(repo);

        Assert.Equal((2, 1), ((int)would.Json!["created"]!, (int)would.Json["existing"]!));
        Assert.Equal((2, 1), ((int)added.Json!["created"]!, (int)added.Json["existing"]!));
    }

    [Fact]
    public async Task Import_LimitAndLabel_AreHeld()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        for (var number = 1; number <= 4; number++) pool.GitHub.AddIssue(repo, number, $"Task {number}", null, "help wanted & more");
        var answer = await pool.ImportAsync(repo, """{"label":"help wanted & more","limit":3}""");
        Assert.Equal([1, 2, 3], answer.Json!["tasks"]!.AsArray().Select(task => (int)task!["number"]!));
        Assert.Empty((await pool.ImportAsync(repo)).Json!["tasks"]!.AsArray());
        // The sync setting's label is the default.
        await pool.SyncAsync(repo, """{"sync_type":"read_only","label":"help wanted & more"}""");
        Assert.Equal(1, (int)(await pool.ImportAsync(repo)).Json!["created"]!);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(2)]
    public async Task Import_LimitThreeOfSevenThreeTimes_CreatesThreeThreeAndOne(int pageSize)
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        pool.GitHub.PageSize = pageSize;
        for (var number = 1; number <= 7; number++) pool.GitHub.AddIssue(repo, number, $"Task {number}", null, "pool:ready");
        Assert.Equal([(3, 0), (3, 3), (1, 6), (0, 7)], await ImportEachAsync(pool, repo, times: 4));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(2)]
    public async Task Import_IssuesThatCannotBecomeTasks_UseUpNoLimit(int pageSize)
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        pool.GitHub.PageSize = pageSize;
        for (var number = 1; number <= 4; number++) pool.GitHub.AddIssue(repo, number, "No idea", null, "pool:ready", "size:XXL");
        pool.GitHub.AddIssue(repo, 5, "Small", null, "pool:ready");
        var would = await pool.ImportAsync(repo, """{"limit":1,"dry_run":true}""");
        Assert.Equal((1, 4), ((int)would.Json!["created"]!, would.Json["skipped"]!.AsArray().Count));
        Assert.Equal([(1, 0), (0, 1)], await ImportEachAsync(pool, repo, times: 2, limit: 1));
    }

    [Fact]
    public async Task Import_LimitReached_AsksForNoFurtherPage()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        pool.GitHub.PageSize = 2;
        for (var number = 1; number <= 6; number++) pool.GitHub.AddIssue(repo, number, $"Task {number}", null, "pool:ready");
        Assert.Equal([(2, 0)], await ImportEachAsync(pool, repo, times: 1, limit: 2));
        Assert.Single(pool.GitHub.Asked);
    }

    [Fact]
    public async Task Import_Unchanged_CostsGitHubNothing()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        pool.GitHub.AddIssue(repo, 1, "Task", null, "pool:ready");
        Assert.Equal(1, (int)(await pool.ImportAsync(repo)).Json!["created"]!);
        Assert.Equal(1, (int)(await pool.ImportAsync(repo)).Json!["existing"]!);
        Assert.Equal(1, pool.GitHub.NotModified);
    }

    [Fact]
    public async Task Import_BadRequests_AreRefused()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        (await pool.ImportAsync("no/such")).MustBeProblem(404, "not_found");
        (await pool.ImportAsync("bad%20name/x")).MustBeProblem(404, "not_found");
        (await pool.ImportAsync(repo, """{"limit":0}""")).MustReject("limit");
        (await pool.ImportAsync(repo, """{"limit":1001,"label":"a,b"}""")).MustReject("label", "limit");
        (await pool.Server.PostAsync($"/v1/github/repos/{repo}/import", "")).MustBeProblem(401, "unauthorized");
        Assert.Empty(pool.GitHub.Asked);
    }

    [Fact]
    public async Task Import_GitHubFails_IsRepeatedThenToldAndLeavesThePoolAlone()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        pool.GitHub.AddIssue(repo, 1, "Task", null, "pool:ready");
        pool.GitHub.NextStatus(502, times: 3);
        Assert.Equal(1, (int)(await pool.ImportAsync(repo)).Json!["created"]!);
        pool.GitHub.NextStatus(500, times: 4);
        var down = (await pool.ImportAsync(repo)).MustBeProblem(503, "unavailable");
        Assert.Equal("10", down.Headers["Retry-After"]);
        pool.GitHub.NextStatus(404);
        (await pool.ImportAsync(repo)).MustBeProblem(404, "not_found");
        pool.GitHub.NextStatus(401);
        var denied = (await pool.ImportAsync(repo)).MustBeProblem(409, "conflict");
        Assert.DoesNotContain(FakeGitHub.Token, denied.Body, StringComparison.Ordinal);
        pool.GitHub.NextStatus(200, body: "this is no JSON", times: 4);
        (await pool.ImportAsync(repo)).MustBeProblem(503, "unavailable");
        pool.GitHub.NextStatus(200, body: "{}");
        (await pool.ImportAsync(repo)).MustBeProblem(503, "unavailable");
        Assert.Equal(200, (await pool.Server.GetAsync("/readyz")).Status);
    }

    public static TheoryData<int, string, string, string> Limits() => new()
    {
        { 403, "X-RateLimit-Remaining", "0", "{}" },
        { 429, "Retry-After", "77", "{}" },
        { 403, "Retry-After", "77", "{}" },
        { 403, "X-Other", "1", """{"message":"You have exceeded a secondary rate limit."}""" },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public async Task Import_TooManyRequests_IsToldAndGitHubLeftAlone(int status, string header, string value, string body)
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        var reset = DateTimeOffset.UtcNow.AddSeconds(300).ToUnixTimeSeconds().ToString(System.Globalization.CultureInfo.InvariantCulture);
        pool.GitHub.NextStatus(status, 1, body, (header, value), ("X-RateLimit-Reset", reset));
        var first = (await pool.ImportAsync(repo)).MustBeProblem(503, "unavailable");
        var wait = int.Parse(first.Headers["Retry-After"], System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(wait, 50, header == "X-RateLimit-Remaining" ? 301 : 77);
        (await pool.ImportAsync(repo)).MustBeProblem(503, "unavailable");
        Assert.Single(pool.GitHub.Asked);
    }

    [Fact]
    public async Task Import_RepositoryRenamed_IsFollowedOnItsOwnHostOnly()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        pool.GitHub.AddIssue("new/name", 1, "Task", null, "pool:ready");
        pool.GitHub.NextStatus(301, 1, "{}", ("Location", $"{pool.GitHub.Url}/repos/new/name/issues?labels=pool:ready"));
        Assert.Equal(1, (int)(await pool.ImportAsync(repo)).Json!["created"]!);
        await using var elsewhere = await FakeGitHub.StartAsync();
        pool.GitHub.NextStatus(301, 1, "{}", ("Location", $"{elsewhere.Url}/repos/new/name/issues"));
        (await pool.ImportAsync(repo)).MustBeProblem(409, "conflict");
        pool.GitHub.NextStatus(200, 1, "[]", ("Link", $"<{elsewhere.Url}/repos/x/y/issues?page=2>; rel=\"next\""));
        (await pool.ImportAsync(repo)).MustBeProblem(409, "conflict");
        Assert.Empty(elsewhere.Asked);
    }

    private static async Task<(int Created, int Existing)[]> ImportEachAsync(ConnectedServer pool, string repo, int times, int limit = 3)
    {
        var counts = new (int, int)[times];
        for (var i = 0; i < times; i++)
        {
            var answer = await pool.ImportAsync(repo, $$"""{"limit":{{limit}}}""");
            Assert.Equal(200, answer.Status);
            counts[i] = ((int)answer.Json!["created"]!, (int)answer.Json["existing"]!);
        }
        return counts;
    }
}
