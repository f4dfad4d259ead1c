using System.Text;
using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Tasks;

/// <summary>Tasks that wait for one that was cancelled or is a dead letter: never handed out, and everybody is told why.</summary>
[Collection(SharedServer.Name)]
public sealed class DeadDependencyTests(SharedServer.Fixture shared)
{
    private const string Admin = TestServer.AdminToken;
    private readonly TestServer _server = shared.Server;
    private readonly string _skill = Path.GetRandomFileName();

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task DependencyDies_EveryViewSaysSoAndRevivalTakesItBack(bool isDeadLetter, bool isOfAnotherRepo)
    {
        var repo = await _server.AddRepoAsync();
        var other = isOfAnotherRepo ? await _server.AddRepoAsync(""","max_attempts":1""") : repo;
        if (!isOfAnotherRepo) await _server.PostAsync("/v1/admin/repos", $$"""{"repo":"{{repo}}","max_attempts":1}""", admin: Admin);
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{_skill}}"]""");
        var first = await _server.AddTaskAsync(other, Skilled());
        var second = await _server.AddTaskAsync(repo, $$"""{{Skilled()}},"depends_on":["{{first}}"]""");
        Assert.Empty(await DeadOfAsync(second));
        Assert.Equal(("dependency_open", 0), await ExplainAsync(token, second));

        var status = isDeadLetter ? await BuryAsync(first, token) : await CancelAsync(first);

        Assert.Equal([$"{first} {status}"], await DeadOfAsync(second));
        var listed = (await _server.GetAsync($"/v1/tasks?repo={repo}&status=ready", admin: Admin)).Json!["items"]!.AsArray();
        Assert.Equal($"{first} {status}", Assert.Single(Dead(listed.Single(item => (string)item!["task_id"]! == second)!)));
        var backlog = (await _server.GetAsync($"/v1/admin/repos/{repo}", admin: Admin)).Json!["backlog"]!;
        Assert.Equal((1, 1, second), ((int)backlog["waiting_for_others"]!, (int)backlog["dead_ends"]!, (string)backlog["dead_end_tasks"]![0]!));
        // A worker that failed it knows of a dead letter; a task that was cancelled before it had it is not its business.
        Assert.Equal(("dependency_dead", isDeadLetter ? 1 : 0), await ExplainAsync(token, second));
        var counts = (await _server.GetAsync("/v1/work/explain", token)).Json!["repos"]!.AsArray().Single(item => (string)item!["repo"]! == repo)!["reasons"]!;
        Assert.Equal(1, (int)counts["dependency_dead"]!);
        Assert.Empty((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        if (!isDeadLetter) return;

        await _server.PostAsync($"/v1/admin/tasks/{first}/requeue", """{"reason":"Once more."}""", admin: Admin);

        Assert.Empty(await DeadOfAsync(second));
        Assert.Equal(("dependency_open", 0), await ExplainAsync(token, second));
    }

    [Fact]
    public async Task DependsOnIsEmptied_WaitingWorkerGetsItAtOnce()
    {
        var repo = await _server.AddRepoAsync();
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{_skill}}"]""");
        var first = await _server.AddTaskAsync(repo, ""","required_skills":["nobody-has-this"]""");
        var second = await _server.AddTaskAsync(repo, $$"""{{Skilled()}},"depends_on":["{{first}}"]""");
        await CancelAsync(first);
        var waiting = _server.GetAsync("/v1/work?wait_seconds=60", token);
        await Eventually.TrueAsync(() => _server.Get<OwpPool.Server.Workers.WorkWaiters>().Count > 0, "the worker waits");

        var edited = await EditAsync(second, """{"depends_on":[]}""");

        Assert.Equal(200, edited.Status);
        Assert.Empty(Dead(edited.Json!));
        Assert.Equal(second, (string)Assert.Single((await waiting).Json!["leases"]!.AsArray())!["task_id"]!);
    }

    [Fact]
    public async Task DependsOn_ItselfOrACircleOrNobody_IsRefused()
    {
        var repo = await _server.AddRepoAsync();
        var first = await _server.AddTaskAsync(repo, Skilled());
        var second = await _server.AddTaskAsync(repo, $$"""{{Skilled()}},"depends_on":["{{first}}"]""");
        foreach (var (task, need) in new[] { (first, first), (first, second), (first, "t_nobody") })
            (await EditAsync(task, $$"""{"depends_on":["{{need}}"]}""")).MustReject("depends_on");
        (await _server.PostAsync("/v1/admin/tasks", $$"""{"repo":"{{repo}}","title":"x","depends_on":["t_nobody"]}""", admin: Admin)).MustReject("depends_on");
    }

    [Fact]
    public async Task DependsOn_DeadFromTheStart_IsTakenAndToldAtOnce()
    {
        var repo = await _server.AddRepoAsync();
        var first = await _server.AddTaskAsync(repo, Skilled());
        await CancelAsync(first);

        var second = await _server.AddTaskAsync(repo, $$"""{{Skilled()}},"depends_on":["{{first}}"]""");

        Assert.Equal([$"{first} cancelled"], await DeadOfAsync(second));
        Assert.Equal(1, (int)(await _server.GetAsync($"/v1/admin/repos/{repo}", admin: Admin)).Json!["backlog"]!["dead_ends"]!);
    }

    private string Skilled() => $$""","required_skills":["{{_skill}}"]""";

    private async Task<string> CancelAsync(string task)
    {
        Assert.Equal(200, (await _server.PostAsync($"/v1/admin/tasks/{task}/cancel", """{"reason":"Not wanted."}""", admin: Admin)).Status);
        return "cancelled";
    }

    private async Task<string> BuryAsync(string task, string token)
    {
        Assert.Equal(task, (string)Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray())!["task_id"]!);
        Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{task}/status", """{"status":"failed"}""", token)).Status);
        return "dead_letter";
    }

    private async Task<Answer> EditAsync(string task, string fields)
    {
        var version = (await _server.GetAsync($"/v1/tasks/{task}", admin: Admin)).Headers["ETag"];
        return await _server.SendAsync(HttpMethod.Patch, $"/v1/admin/tasks/{task}", new StringContent(fields, Encoding.UTF8, "application/json"), admin: Admin,
            with: request => request.Headers.TryAddWithoutValidation("If-Match", version));
    }

    private async Task<string[]> DeadOfAsync(string task) => Dead((await _server.GetAsync($"/v1/tasks/{task}", admin: Admin)).Json!);

    private static string[] Dead(JsonNode task) =>
        [.. task["dead_dependencies"]!.AsArray().Select(need => $"{need!["task_id"]} {need["status"]}")];

    private async Task<(string Reason, int Named)> ExplainAsync(string token, string task)
    {
        var why = (await _server.GetAsync($"/v1/work/explain?task_id={task}", token)).Json!;
        var needs = why["task"]!["dead_dependencies"]!.AsArray();
        Assert.Equal((string)why["task"]!["reason"]! == "dependency_dead", ((string)why["message"]!).Contains("cancelled or is a dead letter", StringComparison.Ordinal));
        Assert.All(needs, need => Assert.Contains((string)need!, (string)why["message"]!, StringComparison.Ordinal));
        return ((string)why["task"]!["reason"]!, needs.Count);
    }
}
