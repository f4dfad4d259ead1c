using System.Text.Json.Nodes;
using OwpPool.Core.Matching;
using OwpPool.Server.Tests.Support;
using OwpPool.Server.Workers;

namespace OwpPool.Server.Tests.Workers;

[Collection(SharedServer.Name)]
public sealed class ExplainTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("", "", null)]
    [InlineData("", ""","required_skills":["cobol"]""", "skill_missing")]
    [InlineData("", ""","tier":3""", "trust_too_low")]
    [InlineData("", ""","estimate_points":6""", "capacity_exceeded")]
    [InlineData("", ""","not_before":"2200-01-01T00:00:00Z" """, "not_before")]
    [InlineData(""","paused":true""", "", "repo_paused")]
    [InlineData(""","max_open_prs":0""", "", "budget_exhausted")]
    public async Task Explain_OneTask_GivesTheOneReason(string repoFields, string taskFields, string? reason)
    {
        var (_, token) = await _server.RegisterAsync();
        var task = await _server.AddTaskAsync(await _server.AddRepoAsync(repoFields), taskFields);
        await MustSayAsync(token, task, "ready", reason);
        await CancelAsync(task);
    }

    [Fact]
    public async Task Explain_OpenDependency_IsTheReason()
    {
        var (_, token) = await _server.RegisterAsync();
        var repo = await _server.AddRepoAsync();
        var first = await _server.AddTaskAsync(repo, ""","required_skills":["cobol"]""");
        var second = await _server.AddTaskAsync(repo, $$""","depends_on":["{{first}}"]""");
        await MustSayAsync(token, second, "ready", "dependency_open");
        await CancelAsync(second);
    }

    [Fact]
    public async Task Explain_AreaHeldByAnother_IsTheReason()
    {
        var (_, lease) = await _server.LeaseAsync(taskFields: ""","area":"docs" """);
        var (_, token) = await _server.RegisterAsync();
        var task = await _server.AddTaskAsync((string)lease["repo"]!, ""","area":"Docs/" """);
        await MustSayAsync(token, task, "ready", "area_locked");
        await CancelAsync(task);
    }

    [Fact]
    public async Task Explain_TaskThatIsHeld_IsNotReady()
    {
        var (holder, lease) = await _server.LeaseAsync();
        var answer = await MustSayAsync(holder, (string)lease["task_id"]!, "leased", "not_ready");
        Assert.Contains("leased", answer.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_WorkerWithoutRoom_SaysSo()
    {
        var (full, lease) = await _server.LeaseAsync(taskFields: ""","priority":1""");
        var task = await _server.AddTaskAsync((string)lease["repo"]!, ""","required_skills":["cobol"]""");
        Assert.Equal(1, (int)(await _server.GetAsync("/v1/work/explain", full)).Json!["free_slots"]!);
        var (_, paused) = await _server.RegisterAsync();
        await _server.PostAsync("/v1/workers/heartbeat", """{"status":"paused"}""", paused);
        var answer = await MustSayAsync(paused, task, "ready", "worker_unavailable");
        Assert.False((bool)answer.Json!["available"]!);
    }

    [Fact]
    public async Task Explain_Pool_CountsByRepoAndReason()
    {
        var repo = await _server.AddRepoAsync();
        foreach (var fields in new[] { ""","tier":3""", ""","tier":3""", ""","estimate_points":99""", ""","required_skills":["cobol"]""" })
            await _server.AddTaskAsync(repo, fields);
        var (id, token) = await _server.RegisterAsync();
        var answer = await _server.GetAsync("/v1/work/explain", token);
        Assert.Equal((200, id, 5, 2), (answer.Status, answer.Text("worker_id"), (int)answer.Json!["free_points"]!, (int)answer.Json["free_slots"]!));
        var mine = Assert.Single(answer.Json["repos"]!.AsArray(), item => (string)item!["repo"]! == repo)!;
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse($$"""
            {"repo":"{{repo}}","ready":4,"takeable":0,"budget_used":0,"max_open_prs":3,"nothing":null,
             "reasons":{"skill_missing":1,"trust_too_low":2,"capacity_exceeded":1} }
            """), mine), mine.ToJsonString());
        Assert.Null(answer.Json["task"]);
        Assert.NotEqual("", answer.Text("message"));
    }

    [Fact]
    public async Task Explain_ChangesNothing()
    {
        var repo = await _server.AddRepoAsync();
        var skill = Path.GetRandomFileName();
        var task = await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        await MustSayAsync(token, task, "ready", null);
        await MustSayAsync(token, task, "ready", null);
        Assert.Equal(task, (string?)Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray())!["task_id"]);
    }

    [Fact]
    public async Task Explain_Faults()
    {
        var (_, token) = await _server.RegisterAsync();
        (await _server.GetAsync("/v1/work/explain?task_id=t_nobodyknows", token)).MustBeProblem(404, "not_found");
        (await _server.GetAsync("/v1/work/explain?task_id=w_x", token)).MustReject("task_id");
        (await _server.GetAsync("/v1/work/explain?task_id=", token)).MustReject("task_id");
        (await _server.GetAsync("/v1/work/explain?task_id=t_a&task_id=t_b", token)).MustReject("task_id");
        (await _server.GetAsync("/v1/work/explain")).MustBeProblem(401, "unauthorized");
    }

    [Fact]
    public void Say_EveryReason_HasAWordAndASentence()
    {
        var words = Enum.GetValues<Ineligibility>().Select(ExplainMapping.WordOf).ToList();
        Assert.Equal(words.Count, words.Distinct().Count());
        Assert.All(words, word => Assert.Matches("^[a-z]+(_[a-z]+)*$", word));
        Assert.All(Enum.GetValues<Ineligibility>(), reason => Assert.EndsWith(".", ExplainMapping.Say(reason), StringComparison.Ordinal));
    }

    private async Task<Answer> MustSayAsync(string token, string task, string phase, string? reason)
    {
        var answer = await _server.GetAsync($"/v1/work/explain?task_id={task}", token);
        Assert.Equal(200, answer.Status);
        var about = answer.Json!["task"]!;
        Assert.Equal((task, phase, reason, reason is null),
            ((string)about["task_id"]!, (string)about["phase"]!, (string?)about["reason"], (bool)about["eligible"]!));
        Assert.NotEqual("", answer.Text("message"));
        return answer;
    }

    /// <summary>A task that anybody could take must not wait for other tests' workers.</summary>
    private Task<Answer> CancelAsync(string task) =>
        _server.PostAsync($"/v1/admin/tasks/{task}/cancel", """{"reason":"The test is over."}""", admin: TestServer.AdminToken);
}
