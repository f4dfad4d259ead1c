using OwpPool.Grains;
using OwpPool.Server.Hosting;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Tests.Support;
using OwpPool.Server.Workers;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Workers;

[Collection(SharedServer.Name)]
public sealed class WorkTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task GetWork_TaskThatFits_IsLeased()
    {
        var (_, lease) = await _server.LeaseAsync(
            taskFields: ""","description":"line\nline","area":"Docs/","tier":1,"priority":20,"estimate_points":3""");
        Assert.Equal(
            ["task_id", "repo", "title", "description", "estimate_points", "priority", "area", "tier", "required_skills", "lease_expires_at",
                "lease_id", "fencing_token", "attempt", "status", "lease_ttl_seconds"],
            lease.AsObject().Select(member => member.Key));
        Assert.Equal(("Mend the roof", "line\nline", "Docs/"),
            ((string?)lease["title"], (string?)lease["description"], (string?)lease["area"]));
        Assert.Equal((3, 20, 1), ((int)lease["estimate_points"]!, (int)lease["priority"]!, (int)lease["tier"]!));
        Assert.Equal((1L, 1, "leased", 14_400),
            ((long)lease["fencing_token"]!, (int)lease["attempt"]!, (string?)lease["status"], (int)lease["lease_ttl_seconds"]!));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", (string?)lease["lease_expires_at"]);
    }

    [Fact]
    public async Task GetWork_AskedAgain_TellsOfTheSameLeaseAndWhenToComeBack()
    {
        var (token, lease) = await _server.LeaseAsync();
        var again = await _server.GetAsync("/v1/work?wait_seconds=60", token);
        Assert.Equal(5, (int)again.Json!["retry_after_seconds"]!);
        Assert.Equal((string?)lease["lease_id"], (string?)Assert.Single(again.Json["leases"]!.AsArray())!["lease_id"]);
        Assert.Equal("no-store", again.Headers["Cache-Control"]);
    }

    [Fact]
    public async Task GetWork_Max_LimitsNewLeases()
    {
        var skill = Path.GetRandomFileName();
        var repo = await _server.AddRepoAsync();
        for (var i = 0; i < 3; i++) await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        var (id, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"],"max_concurrent_tasks":3""");
        var one = await _server.GetAsync("/v1/work?max=1", token);
        Assert.Equal((id, 0, 1), (one.Text("worker_id"), (int)one.Json!["retry_after_seconds"]!, one.Json["leases"]!.AsArray().Count));
        var all = await _server.GetAsync("/v1/work", token);
        Assert.Equal(3, all.Json!["leases"]!.AsArray().Count);
    }

    [Theory]
    [InlineData("wait_seconds=61", "wait_seconds")]
    [InlineData("wait_seconds=-1", "wait_seconds")]
    [InlineData("wait_seconds=1.5", "wait_seconds")]
    [InlineData("wait_seconds=", "wait_seconds")]
    [InlineData("wait_seconds=%2B1", "wait_seconds")]
    [InlineData("wait_seconds=99999999999", "wait_seconds")]
    [InlineData("wait_seconds=1&wait_seconds=2", "wait_seconds")]
    [InlineData("max=0", "max")]
    [InlineData("max=21", "max")]
    [InlineData("max=all", "max")]
    [InlineData("max=0&wait_seconds=x", "max", "wait_seconds")]
    public async Task GetWork_BadParameter_IsNamed(string query, params string[] fields)
    {
        var (_, token) = await _server.RegisterAsync();
        (await _server.GetAsync($"/v1/work?{query}", token)).MustReject(fields);
    }

    [Fact]
    public async Task GetWork_Waiting_GetsTheTaskThatComes()
    {
        var skill = Path.GetRandomFileName();
        var repo = await _server.AddRepoAsync();
        var (id, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        var poll = _server.GetAsync("/v1/work?wait_seconds=60", token);
        await WaitsAsync(1);
        var taskId = await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        var answer = await poll;
        Assert.Equal((id, taskId), (answer.Text("worker_id"), (string?)Assert.Single(answer.Json!["leases"]!.AsArray())!["task_id"]));
        Assert.Equal(0, (int)answer.Json["retry_after_seconds"]!);
    }

    [Fact]
    public async Task GetWork_ManyWaitingForOneTask_OneGetsIt()
    {
        var skill = Path.GetRandomFileName();
        var repo = await _server.AddRepoAsync();
        var tokens = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _server.RegisterAsync($$""","skills":["{{skill}}"]""")));
        using var leaving = new CancellationTokenSource();
        var polls = tokens.Select(worker => _server.GetAsync("/v1/work?wait_seconds=60", worker.Token, cancellationToken: leaving.Token)).ToList();
        await WaitsAsync(10);
        await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        var first = await await Task.WhenAny(polls);
        Assert.Single(first.Json!["leases"]!.AsArray());
        await WaitsAsync(9);
        await leaving.CancelAsync();
        // Nobody is there any more: the line forgets them at once, not when their time is over.
        await WaitsAsync(0);
        foreach (var poll in polls.Where(poll => !poll.IsCompletedSuccessfully))
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => poll);
    }

    [Fact]
    public async Task AskAsync_TaskComes_WakesThePoll()
    {
        var skill = Path.GetRandomFileName();
        var repo = await _server.AddRepoAsync();
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        var ask = AskAsync(token, new ManualTimeProvider());
        await WaitsAsync(1);
        var taskId = await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        Assert.Equal(taskId, Assert.Single(await TakenAsync(ask)).TaskId);
    }

    [Fact]
    public async Task AskAsync_WorkerFinishesATaskMeanwhile_TakesTheNext()
    {
        var skill = Path.GetRandomFileName();
        var repo = await _server.AddRepoAsync();
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"],"max_concurrent_tasks":1""");
        var first = await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"],"priority":20""");
        var second = await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        await _server.GetAsync("/v1/work", token);
        Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{first}/status", """{"status":"in_progress"}""", token)).Status);
        var ask = AskAsync(token, new ManualTimeProvider());
        await WaitsAsync(1);
        var done = """{"status":"pr_opened","artifact":{"pr_url":"https://github.com/acme/web/pull/1"}}""";
        Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{first}/status", done, token)).Status);
        Assert.Equal(second, Assert.Single(await TakenAsync(ask)).TaskId);
    }

    [Fact]
    public async Task AskAsync_PausedWorkerComesBack_TakesWhatIsThere()
    {
        var skill = Path.GetRandomFileName();
        var repo = await _server.AddRepoAsync();
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        await _server.PostAsync("/v1/workers/heartbeat", """{"status":"paused"}""", token);
        await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        var ask = AskAsync(token, new ManualTimeProvider());
        await WaitsAsync(1);
        await _server.PostAsync("/v1/workers/heartbeat", """{"status":"idle"}""", token);
        Assert.Single(await TakenAsync(ask));
    }

    [Fact]
    public async Task AskAsync_HoldingALeaseThatIsNotBegun_AnswersAtOnce()
    {
        var (token, lease) = await _server.LeaseAsync();
        Assert.Equal((string?)lease["lease_id"], Assert.Single(await TakenAsync(AskAsync(token, new ManualTimeProvider()))).LeaseId);
    }

    [Fact]
    public async Task AskAsync_NothingComes_EndsWhenTheTimeIsOver()
    {
        var (_, token) = await _server.RegisterAsync();
        var clock = new ManualTimeProvider();
        var ask = AskAsync(token, clock);
        await Eventually.TrueAsync(() => clock.ArmedTimers == 1);
        clock.Advance(TimeSpan.FromMilliseconds(29_999));
        Assert.False(ask.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(1));
        Reply<WorkReply> reply = await ask;
        Assert.Equal((0, 0), (reply.Value!.Granted, reply.Value.Leases.Count));
        Assert.Equal(0, _server.Get<WorkWaiters>().Count);
    }

    /// <summary>A long poll of 30 s by its own clock: on one that stands still only a wake-up can end it.</summary>
    private Task<Reply<WorkReply>> AskAsync(string token, TimeProvider clock)
    {
        _server.Get<WorkerTokens>().TryRead(new Microsoft.AspNetCore.Http.HeaderDictionary { ["Authorization"] = $"Bearer {token}" }, out var caller);
        var poll = new WorkPoll(_server.Get<IGrainFactory>(), _server.Get<WorkWaiters>(), _server.Get<Drain>(), clock);
        return poll.AskAsync(caller!, 20, TimeSpan.FromSeconds(30), CancellationToken.None);
    }

    private static async Task<IReadOnlyList<LeaseView>> TakenAsync(Task<Reply<WorkReply>> ask)
    {
        await Eventually.TrueAsync(() => ask.IsCompleted, "the long poll is woken");
        return (await ask).Value!.Leases.Where(lease => lease.Phase is Core.Tasks.TaskPhase.Leased).ToList();
    }

    private Task WaitsAsync(int polls) =>
        Eventually.TrueAsync(() => _server.Get<WorkWaiters>().Count == polls, $"{polls} long polls wait");
}
