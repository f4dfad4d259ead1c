using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.GitHub;

/// <summary>What deliveries make of tasks.</summary>
[Collection(SignedServer.Name)]
public sealed class PullRequestTests(SignedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Opened_NamesTheTask_IsUnderReviewAndItsHolderIsFree()
    {
        var held = await _server.HoldAsync();
        Assert.Equal($"{held.TaskId} is pr_opened.", await _server.MustDeliverAsync("pull_request", held.Named.Event("opened")));

        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
        Assert.Equal([held.Pull.Url], await _server.RowsAsync($"SELECT pr_url FROM pool_tasks WHERE task_id = '{held.TaskId}'"));
        var heartbeat = await _server.PostAsync("/v1/workers/heartbeat", "{}", held.Token);
        Assert.Empty(heartbeat.Json!["leases"]!.AsArray());
        Assert.Empty(heartbeat.Json["lost"]!.AsArray());
    }

    [Fact]
    public async Task Opened_ByBranch_IsUnderReview()
    {
        var held = await _server.HoldAsync();
        await _server.MustDeliverAsync("pull_request",
            (held.Pull with { Branch = $"owp/{held.TaskId}/roof", Body = null }).Event("opened"));
        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task Opened_Draft_WaitsUntilItIsReadyForReview()
    {
        var held = await _server.HoldAsync();
        var draft = held.Named with { Draft = true };
        await _server.MustDeliverAsync("pull_request", draft.Event("opened"));
        Assert.Equal("leased", await _server.PhaseAsync(held.TaskId));
        await _server.MustDeliverAsync("pull_request", (draft.Later() with { Draft = false }).Event("ready_for_review"));
        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
        await _server.MustDeliverAsync("pull_request", draft.Later(2).Event("converted_to_draft"));
        Assert.Equal("in_progress", await _server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task Edited_NowNamesTheTask_IsUnderReview()
    {
        var held = await _server.HoldAsync();
        Assert.Equal("No task has this pull request.", await _server.MustDeliverAsync("pull_request", held.Pull.Event("opened")));
        await _server.MustDeliverAsync("pull_request", held.Named.Later().Event("edited"));
        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("maintainer")]
    [InlineData("github")]
    public async Task Merged_WhoeverMayMerge_IsMergedAndConfirmed(string authority)
    {
        var held = await _server.HoldAsync(repoFields: $$""","merge_authority":"{{authority}}" """);
        await _server.ReportAsync(held, held.Pull.Url + "/files");
        if (authority == "github")
        {
            var claim = await _server.PostAsync($"/v1/tasks/{held.TaskId}/status", """{"status":"merged"}""", held.Token);
            Assert.Equal((200, "pr_opened"), (claim.Status, claim.Text("status")));
        }

        await _server.MustDeliverAsync("pull_request", held.Pull.Close(merged: true).Event("closed"));

        Assert.Equal("merged", await _server.PhaseAsync(held.TaskId));
        var details = Assert.Single(await _server.EventsAsync(held.TaskId, "task.merged"));
        Assert.Equal(("github", held.Pull.Url), ((string?)details["confirmed_by"], (string?)details["pr_url"]));
    }

    [Fact]
    public async Task Merged_ByTheWorkersWord_IsConfirmed()
    {
        var held = await _server.HoldAsync();
        foreach (var status in new[] { "pr_opened", "merged" })
        {
            var body = $$"""{"status":"{{status}}","pr_url":"{{held.Pull.Url}}"}""";
            Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{held.TaskId}/status", body, held.Token)).Status);
        }
        await _server.MustDeliverAsync("pull_request", held.Pull.Close(merged: true).Event("closed"));
        Assert.Single(await _server.EventsAsync(held.TaskId, "task.merge_confirmed"));
    }

    [Fact]
    public async Task ClosedUnmerged_TaskIsReadyAgainWithTheReason_AndItsHolderLearnsOfIt()
    {
        var held = await _server.HoldAsync();
        await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        await _server.PostAsync("/v1/workers/heartbeat", """{"status":"paused"}""", held.Token);

        await _server.MustDeliverAsync("pull_request", held.Named.Close(merged: false).Event("closed", sender: "grace"));

        Assert.Equal("ready", await _server.PhaseAsync(held.TaskId));
        var details = Assert.Single(await _server.EventsAsync(held.TaskId, "task.rejected"));
        Assert.Equal("The pull request was closed without being merged by 'grace'.", (string?)details["reason"]);
        var heartbeat = await _server.PostAsync("/v1/workers/heartbeat", """{"status":"paused"}""", held.Token);
        var lost = Assert.Single(heartbeat.Json!["lost"]!.AsArray());
        Assert.Equal(held.TaskId, (string?)lost!["task_id"]);
    }

    [Fact]
    public async Task ChangesRequested_ByAMaintainer_HolderGoesOnAndReviewComesAgainWhenAsked()
    {
        var held = await _server.HoldAsync();
        await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        await _server.MustDeliverAsync("pull_request_review", held.Named.Later().Review("changes_requested"));

        Assert.Equal("in_progress", await _server.PhaseAsync(held.TaskId));
        var heartbeat = await _server.PostAsync("/v1/workers/heartbeat", "{}", held.Token);
        Assert.Equal(held.TaskId, (string?)Assert.Single(heartbeat.Json!["leases"]!.AsArray())!["task_id"]);

        // An edit of its text asks for nothing.
        await _server.MustDeliverAsync("pull_request", held.Named.Later(2).Event("edited"));
        Assert.Equal("in_progress", await _server.PhaseAsync(held.TaskId));
        await _server.MustDeliverAsync("pull_request", held.Named.Later(3).Event("review_requested"));
        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
    }

    [Theory]
    [InlineData("changes_requested", "NONE", "submitted")]
    [InlineData("changes_requested", "CONTRIBUTOR", "submitted")]
    [InlineData("changes_requested", "MEMBER", "edited")]
    [InlineData("approved", "MEMBER", "submitted")]
    [InlineData("commented", "OWNER", "submitted")]
    public async Task Review_NotAMaintainersDemand_MovesNothing(string state, string association, string action)
    {
        var held = await _server.HoldAsync();
        await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        var answer = await _server.DeliverAsync("pull_request_review", held.Named.Later().Review(state, association, action));
        Assert.Equal("ignored", answer.Text("result"));
        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task Opened_BySomebodyElse_MovesNothingAndTheAuditSaysSo()
    {
        var held = await _server.HoldAsync(handle: "@Ada");
        await _server.MustDeliverAsync("pull_request", (held.Named with { Author = "eve" }).Event("opened"));
        Assert.Equal("leased", await _server.PhaseAsync(held.TaskId));
        var details = Assert.Single(await _server.EventsAsync(held.TaskId, "task.pull_request_ignored"));
        Assert.Equal("The pull request is by 'eve' and the task is held by 'ada'.", (string?)details["reason"]);
        await _server.MustDeliverAsync("pull_request", (held.Named with { Author = "ADA", Number = 8 }).Event("opened"));
        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task Opened_HolderSaidNoHandle_NeedsABranchOfTheRepoThatNamesTheTask()
    {
        var held = await _server.HoldAsync(handle: null);
        var forked = held.Named with { Author = "eve", Branch = $"owp/{held.TaskId}" };

        Assert.Contains("no GitHub handle", await _server.MustDeliverAsync("pull_request", forked.Event("opened")), StringComparison.Ordinal);
        Assert.Equal("leased", await _server.PhaseAsync(held.TaskId));

        await _server.MustDeliverAsync("pull_request", (forked.Later() with { HeadRepo = held.Repo }).Event("reopened"));
        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task AnyEvent_OfSomebodyElsesPullRequestThatTheWorkerClaimed_ConfirmsNothing()
    {
        var held = await _server.HoldAsync(handle: null);
        await _server.ReportAsync(held);
        await _server.MustDeliverAsync("pull_request", held.Pull.Event("opened"));
        await _server.MustDeliverAsync("pull_request", held.Pull.Close(merged: true).Event("closed"));

        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
        Assert.Single(await _server.EventsAsync(held.TaskId, "task.pull_request_ignored"));
    }

    [Fact]
    public async Task ClosedUnmerged_StrangersPullRequestThatNamesTheTask_LeavesTheHolderItsLease()
    {
        var held = await _server.HoldAsync();
        var strangers = held.Named with { Author = "eve" };
        await _server.MustDeliverAsync("pull_request", strangers.Event("opened"));
        await _server.MustDeliverAsync("pull_request", strangers.Close(merged: false).Event("closed"));

        Assert.Equal("leased", await _server.PhaseAsync(held.TaskId));
        Assert.Equal(200, (await _server.ReportAsync(held, $"https://github.com/{held.Repo}/pull/8")).Status);
    }

    [Fact]
    public async Task Opened_PullRequestThatAnotherClaimedBeforeIt_GoesToTheTaskThatItNames()
    {
        var (thief, held) = (await _server.HoldAsync(handle: null), await _server.HoldAsync());
        // Both tasks are of one repo.
        var task = await _server.AddTaskAsync(held.Repo, ""","required_skills":["thieving"]""");
        var (_, token) = await _server.RegisterAsync(""","skills":["thieving"]""");
        Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        Assert.Equal(200, (await _server.ReportAsync(thief with { TaskId = task, Token = token }, held.Pull.Url)).Status);
        (await _server.ReportAsync(held)).MustBeProblem(409, "conflict");

        await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));

        Assert.Equal(("pr_opened", "ready"), (await _server.PhaseAsync(held.TaskId), await _server.PhaseAsync(task)));
        Assert.Equal(200, (await _server.ReportAsync(held)).Status);
        var ended = Assert.Single(await _server.EventsAsync(task, "task.rejected"));
        Assert.Contains(held.TaskId, (string?)ended["reason"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnyEvent_OfAnotherRepo_LeavesTheTaskAlone()
    {
        var held = await _server.HoldAsync();
        var foreign = held.Named with { Repo = "eve/own" };
        await _server.MustDeliverAsync("pull_request", foreign.Event("opened"));
        // Nor may the worker itself name it.
        (await _server.ReportAsync(held, foreign.Url)).MustReject("pr_url");
        await _server.MustDeliverAsync("pull_request", foreign.Close(merged: true).Event("closed"));
        Assert.Equal("leased", await _server.PhaseAsync(held.TaskId));
        Assert.Empty(await _server.EventsAsync(held.TaskId, "task.pull_request_ignored"));
    }

    [Fact]
    public async Task Merged_UnknownPullRequest_IsTakenAndChangesNothing()
    {
        var before = await _server.RowsAsync("SELECT max(seq) FROM pool_events WHERE target = 'nobody/knows'");
        Assert.Equal("No task has this pull request.",
            await _server.MustDeliverAsync("pull_request", new FakePull("nobody/knows", 7).Close(merged: true).Event("closed")));
        Assert.Equal(before, await _server.RowsAsync("SELECT max(seq) FROM pool_events WHERE target = 'nobody/knows'"));
    }

    [Theory]
    [InlineData(true, "merged")]
    [InlineData(false, "ready")]
    public async Task EndedBeforeItsWorkerTold_IsSeenWhenTheReportComes(bool merged, string phase)
    {
        var held = await _server.HoldAsync();
        Assert.Equal("No task has this pull request.",
            await _server.MustDeliverAsync("pull_request", held.Pull.Close(merged).Event("closed")));
        var report = $$"""{"status":"pr_opened","pr_url":"{{held.Pull.Url}}"}""";
        Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{held.TaskId}/status", report, held.Token)).Status);
        await Eventually.TrueAsync(async () => await _server.PhaseAsync(held.TaskId) == phase, "what GitHub said is remembered");
    }

    [Fact]
    public async Task MergedBeforeOpened_EndsMerged()
    {
        var held = await _server.HoldAsync();
        await _server.MustDeliverAsync("pull_request", held.Named.Close(merged: true).Event("closed"));
        Assert.Equal("merged", await _server.PhaseAsync(held.TaskId));
        Assert.Single(await _server.EventsAsync(held.TaskId, "task.pr_opened"));
        await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        Assert.Equal("merged", await _server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task ClosedBeforeOpened_StaysWithItsHolder()
    {
        var held = await _server.HoldAsync();
        await _server.MustDeliverAsync("pull_request", held.Named.Close(merged: false).Event("closed"));
        Assert.Equal("Older than what is known of the pull request.",
            await _server.MustDeliverAsync("pull_request", held.Named.Event("opened")));
        Assert.Equal("leased", await _server.PhaseAsync(held.TaskId));
        await _server.MustDeliverAsync("pull_request", held.Named.Later(2).Event("reopened"));
        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task SameDelivery_TwiceUnderOneIdAndUnderTwo_HasOneEffect()
    {
        var held = await _server.HoldAsync();
        await _server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        var body = held.Named.Later().Review("changes_requested");
        await _server.MustDeliverAsync("pull_request_review", body, "d-replay");
        // The holder is through with the changes; what was asked for is not asked again by a replay.
        await _server.PostAsync($"/v1/tasks/{held.TaskId}/status", """{"status":"pr_opened"}""", held.Token);
        Assert.Equal("duplicate", (await _server.DeliverAsync("pull_request_review", body, "d-replay")).Text("result"));
        await _server.MustDeliverAsync("pull_request_review", body, "d-replay-2");
        Assert.Equal("pr_opened", await _server.PhaseAsync(held.TaskId));
        Assert.Single(await _server.EventsAsync(held.TaskId, "task.changes_requested"));
    }

    [Fact]
    public async Task OnePullRequest_TwoTasks_SecondIsRefused()
    {
        var first = await _server.HoldAsync();
        var second = await _server.HoldAsync(repoFields: $$""","pr_repos":["{{first.Repo}}"]""");
        var report = $$"""{"status":"pr_opened","pr_url":"{{first.Pull.Url}}"}""";
        Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{first.TaskId}/status", report, first.Token)).Status);
        Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{first.TaskId}/status", report, first.Token)).Status);
        var other = report.Replace("https://github.com/acme", "https://GITHUB.com/ACME", StringComparison.Ordinal);
        var refused = (await _server.PostAsync($"/v1/tasks/{second.TaskId}/status", other, second.Token)).MustBeProblem(409, "conflict");
        Assert.Equal("already_exists", (string?)refused.Json!["details"]!["reason"]);
        Assert.Equal("leased", await _server.PhaseAsync(second.TaskId));
        // Given up by the first, it is free.
        await _server.PostAsync($"/v1/admin/tasks/{first.TaskId}/requeue", """{"reason":"Another try."}""", admin: TestServer.AdminToken);
        Assert.Single((await _server.GetAsync("/v1/work", first.Token)).Json!["leases"]!.AsArray());
        Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{second.TaskId}/status", other, second.Token)).Status);
    }

    [Fact]
    public async Task OnePullRequest_TwoTasksInOneInstant_OneHasIt()
    {
        for (var round = 0; round < 5; round++)
        {
            var first = await _server.HoldAsync();
            var second = await _server.HoldAsync(repoFields: $$""","pr_repos":["{{first.Repo}}"]""");
            var report = $$"""{"status":"pr_opened","pr_url":"{{first.Pull.Url}}"}""";
            var answers = await Task.WhenAll(new[] { first, second }.Select(held =>
                _server.PostAsync($"/v1/tasks/{held.TaskId}/status", report, held.Token)));
            Assert.Single(answers, answer => answer.Status == 200);
            var loser = answers[0].Status == 200 ? second : first;
            // Whoever was too late by an instant is told to try again, and then why not.
            await Eventually.TrueAsync(async () => (await _server.PostAsync($"/v1/tasks/{loser.TaskId}/status", report,
                loser.Token)).Status == 409);
            Assert.Equal("leased", await _server.PhaseAsync(loser.TaskId));
        }
    }

    [Fact]
    public async Task Delivery_StoredBeforeACrash_HasItsEffectAfterTheRestart()
    {
        await using var server = await OwnServer.StartAsync(("GITHUB_WEBHOOK_SECRET", GitHubDeliveries.Secret));
        await server.PostAsync("/v1/admin/repos", """{"repo":"acme/site"}""", admin: TestServer.AdminToken);
        var token = (await server.PostAsync("/v1/workers/register", """{"name":"ada","github_handle":"ada"}""")).Text("token");
        var created = await server.PostAsync("/v1/admin/tasks", """{"repo":"acme/site","title":"x"}""", admin: TestServer.AdminToken);
        var task = created.Text("task_id");
        Assert.Single((await server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        // As the endpoint leaves it when the process dies after the answer.
        var signal = OwpPool.Server.GitHub.WebhookPayload.Read(
            "pull_request", System.Text.Encoding.UTF8.GetBytes((new FakePull("acme/site", 7) with { Branch =
                $"owp/{task}" }).Event("opened")));
        await server.Storage.GitHubInbox.AddAsync("d-1", "pull_request", signal, DateTimeOffset.UtcNow);
        await server.StopAsync();
        await server.StartAgainAsync();
        await Eventually.TrueAsync(async () => (await server.SendAsync(HttpMethod.Get, "/v1/admin/state", admin: TestServer.AdminToken))
            .Json!["tasks_pr_opened"]!.GetValue<int>() == 1, "the delivery had its effect");
    }
}
