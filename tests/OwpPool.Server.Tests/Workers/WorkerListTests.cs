using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Workers;

[Collection(SharedServer.Name)]
public sealed class WorkerListTests(SharedServer.Fixture shared)
{
    private const string Admin = TestServer.AdminToken;
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task List_Filters_HoldTogether()
    {
        var skill = Path.GetRandomFileName();
        var (first, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"],"github_handle":"ada{{skill}}" """);
        var (second, _) = await _server.RegisterAsync($$""","skills":["x","{{skill.ToUpperInvariant()}}"]""");
        await _server.PostAsync("/v1/workers/heartbeat", """{"status":"paused"}""", token);
        foreach (var (query, expected) in new (string, string[])[]
        {
            ("", [second, first]), ("&status=paused", [first]), ("&status=idle,paused", [second, first]), ("&status=offline", []),
            ("&trust_tier=basic", [second, first]), ("&trust_tier=trusted", []), ($"&q=ADA{skill}", [first]), ($"&q={second[2..]}", [second]),
            ($"&id_prefix={second[..12]}", [second]), ("&name=Test", [second, first]), ("&name=test", []), ($"&id_prefix={first}&status=idle", []),
        })
            Assert.Equal(expected, Ids(await _server.GetAsync($"/v1/workers?skill={skill}{query}", admin: Admin)));
        var page = await _server.GetAsync($"/v1/workers?skill={skill}&limit=1", admin: Admin);
        Assert.Equal([second], Ids(page));
        Assert.Equal([first], Ids(await _server.GetAsync($"/v1/workers?skill={skill}&cursor={page.Text("next_cursor")}", admin: Admin)));
        Assert.DoesNotContain("hash", page.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("status=gone", "status")]
    [InlineData("trust_tier=x", "trust_tier")]
    [InlineData("limit=201", "limit")]
    [InlineData("q=", "q")]
    [InlineData("skill=", "skill")]
    [InlineData("name=", "name")]
    [InlineData("id_prefix=w_a", "id_prefix")]
    [InlineData("id_prefix=t_abc", "id_prefix")]
    public async Task List_BadParameter_IsNamed(string query, string field) =>
        (await _server.GetAsync($"/v1/workers?{query}", admin: Admin)).MustReject(field);

    [Fact]
    public async Task Get_Worker_ShowsWhatItHolds()
    {
        var (token, lease) = await _server.LeaseAsync(taskFields: ""","estimate_points":3""");
        var worker = (await _server.GetAsync("/v1/workers/me", token)).Text("worker_id");

        var answer = await _server.GetAsync($"/v1/workers/{worker}", admin: Admin);

        Assert.Equal((worker, "idle", """{"points":3,"tasks":1}"""), (answer.Text("worker_id"), answer.Text("status"), answer.Json!["load"]!.ToJsonString()));
        Assert.Equal((string?)lease["task_id"], (string?)Assert.Single(answer.Json["tasks"]!.AsArray())!["task_id"]);
        Assert.DoesNotContain("hash", answer.Body, StringComparison.Ordinal);
        foreach (var unknown in new[] { "w_nobody", "t_x" })
            (await _server.GetAsync($"/v1/workers/{unknown}", admin: Admin)).MustBeProblem(404, "not_found");
        foreach (var path in new[] { "/v1/workers", $"/v1/workers/{worker}", "/v1/admin/repos" })
        {
            (await _server.GetAsync(path)).MustBeProblem(401, "unauthorized");
            (await _server.GetAsync(path, token)).MustBeProblem(403, "forbidden");
        }
    }

    [Fact]
    public async Task List_SilentSinceTheRestart_IsOfflineBeforeItsGrainWakes()
    {
        var clock = new ManualTimeProvider(new DateTimeOffset(2026, 1, 18, 5, 0, 0, TimeSpan.Zero));
        await using var server = await OwnServer.StartAsync(clock);
        await server.PostAsync("/v1/workers/register", """{"name":"x"}""");
        Assert.Equal("idle", await StatusAsync());
        await server.StopAsync();
        clock.Advance(TimeSpan.FromHours(1));
        await server.StartAgainAsync();
        Assert.Equal("idle", await StatusAsync());
        // No timer fires: its grain does not look.
        clock.StepWallClock(TimeSpan.FromSeconds(149));
        Assert.Equal("idle", await StatusAsync());
        clock.StepWallClock(TimeSpan.FromSeconds(1));
        Assert.Equal("offline", await StatusAsync());

        async Task<string> StatusAsync() =>
            (string)(await server.SendAsync(HttpMethod.Get, "/v1/workers", admin: Admin)).Json!["items"]![0]!["status"]!;
    }

    private static string[] Ids(Answer page) => [.. page.Json!["items"]!.AsArray().Select(item => (string)item!["worker_id"]!)];
}
