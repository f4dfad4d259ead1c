using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Workers;

[Collection(SharedServer.Name)]
public sealed class WorkerControlTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Pause_KeepsLeasesAndBringsNoNewWorkUntilResumed()
    {
        var (token, lease) = await _server.LeaseAsync();
        var id = (await _server.GetAsync("/v1/workers/me", token)).Text("worker_id");
        var skill = (string)lease["required_skills"]![0]!;
        Assert.Equal(200, (await ActAsync(id, "pause", """{"reason":"Look at your last pull request first."}""")).Status);
        await _server.AddTaskAsync((string)lease["repo"]!, $$""","required_skills":["{{skill}}"]""");
        Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        Assert.Equal("quiet", (await _server.PostAsync("/v1/workers/heartbeat", "{}", token)).Text("desired_state"));
        Assert.True((bool)(await _server.GetAsync("/v1/workers/me", token)).Json!["paused_by_admin"]!);
        Assert.Equal(200, (await ActAsync(id, "resume")).Status);
        Assert.Equal(2, (await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray().Count);
    }

    [Fact]
    public async Task Resume_WakesTheWorkersLongPoll()
    {
        var skill = Path.GetRandomFileName();
        var (id, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        await ActAsync(id, "pause");
        await _server.AddTaskAsync(await _server.AddRepoAsync(), $$""","required_skills":["{{skill}}"]""");
        var poll = _server.GetAsync("/v1/work?wait_seconds=60", token);
        await ActAsync(id, "resume");
        Assert.Single((await poll).Json!["leases"]!.AsArray());
    }

    [Fact]
    public async Task Revoke_ShutsOutAndGivesTheLeasesBack()
    {
        var (token, lease) = await _server.LeaseAsync();
        var id = (await _server.GetAsync("/v1/workers/me", token)).Text("worker_id");
        var answer = await ActAsync(id, "revoke", """{"reason":"Its token was seen in a log."}""");
        Assert.Equal((200, id), (answer.Status, answer.Text("worker_id")));
        (await _server.GetAsync("/v1/work", token)).MustBeProblem(401, "unauthorized");
        Assert.Equal(200, (await ActAsync(id, "revoke")).Status);
        var (_, other) = await _server.RegisterAsync($$""","skills":["{{lease["required_skills"]![0]}}"]""");
        var next = Assert.Single((await _server.GetAsync("/v1/work", other)).Json!["leases"]!.AsArray())!;
        Assert.Equal(((string)lease["task_id"]!, 1), ((string)next["task_id"]!, (int)next["attempt"]!));
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("revoke")]
    public async Task Act_Faults(string verb)
    {
        (await ActAsync("w_nobody", verb)).MustBeProblem(404, "not_found");
        (await ActAsync("t_noworker", verb)).MustBeProblem(404, "not_found");
        var (id, token) = await _server.RegisterAsync();
        (await _server.PostAsync($"/v1/workers/{id}/{verb}", "{}", token)).MustBeProblem(403, "forbidden");
        (await _server.PostAsync($"/v1/workers/{id}/{verb}", "{}")).MustBeProblem(401, "unauthorized");
        (await ActAsync(id, verb, $$"""{"reason":"{{new string('x', 501)}}"}""")).MustReject("reason");
        (await ActAsync(id, verb, """{"reason":"two\nlines"}""")).MustReject("reason");
        Assert.Equal(200, (await ActAsync(id, verb, $$"""{"reason":"{{new string('x', 500)}}"}""")).Status);
    }

    private Task<Answer> ActAsync(string id, string verb, string body = "") =>
        _server.SendAsync(HttpMethod.Post, $"/v1/workers/{id}/{verb}", body.Length == 0 ? null : new StringContent(body),
            admin: TestServer.AdminToken, with: request => request.Content?.Headers.Remove("Content-Type"));
}
