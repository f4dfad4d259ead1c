using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.GitHub;

/// <summary>A pull request was closed, and that was not its end; or what GitHub asks finds no room.</summary>
[Collection(SignedServer.Name)]
public sealed class ReopenedTests(SignedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("accept", false)]
    [InlineData("accept", true)]
    [InlineData("force-status", false)]
    [InlineData("force-status", true)]
    public async Task ClosedByAScript_MaintainerAccepts_IsMergedWithCreditAndAudit(string how, bool paused)
    {
        var held = await _server.HoldAsync();
        if (paused) await _server.PostAsync($"/v1/admin/repos/{held.Repo}/pause", "{}", admin: TestServer.AdminToken);
        await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        await _server.MustDeliverAsync("pull_request", held.Named.Close(merged: false).Event("closed"));
        Assert.Equal("ready", await _server.PhaseAsync(held.TaskId));
        if (paused) Assert.Empty((await _server.GetAsync("/v1/work", held.Token)).Json!["leases"]!.AsArray());

        var body = how == "accept" ? """{"reason":"Merged by a script."}""" : """{"reason":"Merged by a script.","status":"merged"}""";
        var answer = await _server.PostAsync($"/v1/admin/tasks/{held.TaskId}/{how}", body, admin: TestServer.AdminToken);

        Assert.Equal((200, "merged"), (answer.Status, answer.Text("status")));
        var merged = Assert.Single(await _server.EventsAsync(held.TaskId, "task.merged"));
        Assert.Equal((held.WorkerId, "maintainer", "ready"), ((string?)merged["worker_id"], (string?)merged["confirmed_by"], (string?)merged["phase_before"]));
        await Eventually.TrueAsync(async () => await RatingAsync(held) == (1, 1.0), "the rejection does not count any more, the merge does");
        // Said again, it is one effect.
        Assert.Equal(200, (await _server.PostAsync($"/v1/admin/tasks/{held.TaskId}/accept", "{}", admin: TestServer.AdminToken)).Status);
        Assert.Single(await _server.EventsAsync(held.TaskId, "task.merged"));
    }

    [Fact]
    public async Task Accept_NoPullRequestEver_IsRefused()
    {
        var task = await _server.AddTaskAsync(await _server.AddRepoAsync(), $$""","required_skills":["{{Path.GetRandomFileName()}}"]""");
        var answer = await _server.PostAsync($"/v1/admin/tasks/{task}/accept", "{}", admin: TestServer.AdminToken);
        Assert.Equal(400, answer.Status);
    }

    [Fact]
    public async Task Reopened_TaskIsFree_GoesBackToItsHolderAndIsMerged()
    {
        var held = await ClosedAsync();
        await _server.MustDeliverAsync("pull_request", held.Named.Later(2).Event("reopened"));
        Assert.Equal(["pr_opened " + held.WorkerId], await StandsAsync(held));
        await _server.MustDeliverAsync("pull_request", held.Named.Later(2).Close(merged: true).Event("closed"));
        Assert.Equal(["merged " + held.WorkerId], await StandsAsync(held));
        await Eventually.TrueAsync(async () => await RatingAsync(held) == (1, 1.0), "one finished task, which is merged");
    }

    [Fact]
    public async Task MergedAfterClosed_IsMergedWithCredit()
    {
        var held = await ClosedAsync();
        await _server.MustDeliverAsync("pull_request", held.Named.Later(2).Close(merged: true).Event("closed"));
        Assert.Equal(["merged " + held.WorkerId], await StandsAsync(held));
    }

    [Fact]
    public async Task MergedAfterClosed_SomebodyElsesPullRequestThatNamesTheTask_MovesNothing()
    {
        var held = await ClosedAsync();
        var strangers = held.Named with { Number = 9, Author = "eve" };
        await _server.MustDeliverAsync("pull_request", strangers.Later(2).Event("opened"));
        await _server.MustDeliverAsync("pull_request", strangers.Later(2).Close(merged: true).Event("closed"));
        Assert.Equal("ready", await _server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task Reopened_HolderHasNoRoom_WaitsUntilItHas()
    {
        var held = await ClosedAsync(""","max_concurrent_tasks":1""");
        var other = await TakeAnotherAsync(held);

        Assert.Contains("when there is room", await _server.MustDeliverAsync("pull_request", held.Named.Later(2).Event("reopened")), StringComparison.Ordinal);
        Assert.Equal("ready", await _server.PhaseAsync(held.TaskId));
        await _server.PostAsync("/v1/workers/heartbeat", "{}", held.Token);
        Assert.Equal("ready", await _server.PhaseAsync(held.TaskId));

        Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{other}/release", """{"reason":"No time."}""", held.Token)).Status);
        // Before anything new is taken.
        await _server.GetAsync("/v1/work", held.Token);
        Assert.Equal(["pr_opened " + held.WorkerId], await StandsAsync(held));
    }

    [Theory]
    [InlineData(false, "pr_opened")]
    [InlineData(true, "merged")]
    public async Task AnotherHasTheTask_ReopenedOrMerged_CountsWhenItIsFree(bool merged, string phase)
    {
        var held = await ClosedAsync();
        var (_, other) = await _server.RegisterAsync($$""","skills":["{{await SkillAsync(held)}}"]""");
        Assert.Single((await _server.GetAsync("/v1/work", other)).Json!["leases"]!.AsArray());

        var pull = merged ? held.Named.Later(2).Close(merged: true) : held.Named.Later(2);
        await _server.MustDeliverAsync("pull_request", pull.Event(merged ? "closed" : "reopened"));
        Assert.Equal("leased", await _server.PhaseAsync(held.TaskId));
        Assert.Single(await _server.EventsAsync(held.TaskId, "task.review_deferred"));

        await _server.PostAsync($"/v1/tasks/{held.TaskId}/release", """{"reason":"No time."}""", other);
        await _server.PostAsync("/v1/workers/heartbeat", "{}", held.Token);
        Assert.Equal([$"{phase} {held.WorkerId}"], await StandsAsync(held));
    }

    [Fact]
    public async Task ChangesRequested_HolderIsBusy_WaitsForItsRoom()
    {
        var held = await _server.HoldAsync(workerFields: ""","max_concurrent_tasks":1""");
        await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        var other = await TakeAnotherAsync(held);

        await _server.MustDeliverAsync("pull_request_review", held.Named.Later().Review("changes_requested"));
        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
        await _server.MustDeliverAsync("pull_request", held.Named.Later(2).Event("edited"));
        Assert.Single((await _server.PostAsync("/v1/workers/heartbeat", "{}", held.Token)).Json!["leases"]!.AsArray());

        await _server.PostAsync($"/v1/tasks/{other}/release", """{"reason":"No time."}""", held.Token);
        var leases = (await _server.PostAsync("/v1/workers/heartbeat", "{}", held.Token)).Json!["leases"]!.AsArray();
        Assert.Equal(held.TaskId, (string?)Assert.Single(leases)!["task_id"]);
        Assert.Equal("in_progress", await _server.PhaseAsync(held.TaskId));
        Assert.Single(await _server.EventsAsync(held.TaskId, "task.changes_requested"));
    }

    [Fact]
    public async Task ChangesRequested_AreaIsTaken_WaitsUntilItIsFree()
    {
        var held = await _server.HoldAsync(taskFields: ""","area":"src" """);
        await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        var skill = Path.GetRandomFileName();
        var task = await _server.AddTaskAsync(held.Repo, $$""","area":"src","required_skills":["{{skill}}"]""");
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());

        await _server.MustDeliverAsync("pull_request_review", held.Named.Later().Review("changes_requested"));
        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));

        await _server.PostAsync($"/v1/tasks/{task}/release", """{"reason":"No time."}""", token);
        await _server.PostAsync("/v1/workers/heartbeat", "{}", held.Token);
        Assert.Equal("in_progress", await _server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task ChangesRequested_BeforeItsWorkerTold_IsAskedWhenTheReportComes()
    {
        var held = await _server.HoldAsync();
        await _server.MustDeliverAsync("pull_request", held.Pull.Event("opened"));
        Assert.Equal("No task has this pull request.",
            await _server.MustDeliverAsync("pull_request_review", held.Pull.Later().Review("changes_requested")));

        Assert.Equal(200, (await _server.ReportAsync(held)).Status);

        await Eventually.TrueAsync(async () => await _server.PhaseAsync(held.TaskId) == "in_progress", "what was asked is remembered");
    }

    private async Task<Held> ClosedAsync(string workerFields = "")
    {
        var held = await _server.HoldAsync(workerFields: workerFields);
        await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        await _server.MustDeliverAsync("pull_request", held.Named.Close(merged: false).Event("closed"));
        Assert.Equal("ready", await _server.PhaseAsync(held.TaskId));
        return held;
    }

    /// <summary>The holder takes another task, and has room for one.</summary>
    private async Task<string> TakeAnotherAsync(Held held)
    {
        var repo = await _server.AddRepoAsync();
        var task = await _server.AddTaskAsync(repo, $$""","required_skills":["{{await SkillAsync(held)}}"]""");
        var answer = await _server.PostAsync("/v1/claims", $$"""{"repos":["{{repo}}"]}""", held.Token);
        Assert.Single(answer.Json!["leases"]!.AsArray());
        return task;
    }

    private async Task<string> SkillAsync(Held held) => (await _server.RowsAsync(
        $"SELECT json_extract(required_skills, '$[0]') FROM pool_tasks WHERE task_id = '{held.TaskId}'"))[0];

    private Task<IReadOnlyList<string>> StandsAsync(Held held) => _server.RowsAsync(
        $"SELECT phase || ' ' || COALESCE(worker_id, '') FROM pool_tasks WHERE task_id = '{held.TaskId}'");

    private async Task<(int Finished, double? Completion)> RatingAsync(Held held)
    {
        var metrics = (await _server.GetAsync($"/v1/workers/{held.WorkerId}/reputation", admin: TestServer.AdminToken)).Json!["metrics"]!;
        return (metrics["total_tasks"]!.GetValue<int>(), metrics["completion_rate"]?.GetValue<double>());
    }
}
