using System.Text.Json.Nodes;
using OwpPool.Server.GitHub;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.GitHub;

public sealed class SyncTests
{
    [Fact]
    public async Task Sync_ReadOnly_IsKeptWithAnAuditEvent()
    {
        await using var pool = await ConnectedServer.StartAsync(("OwpPool__Server__PublicUrl", "https://pool.example.com/"));
        var repo = await pool.Server.AddRepoAsync();
        Assert.Equal(404, (await pool.Server.GetAsync($"/v1/github/repos/{repo}/sync", admin: TestServer.AdminToken)).Status);

        var answer = await pool.SyncAsync(repo, """{"sync_type":"read_only","label":"for the pool"}""");

        Assert.Equal((200, "read_only", "for the pool", "https://pool.example.com/webhooks/github", "[]"),
            (answer.Status, answer.Text("sync_type"), answer.Text("label"), answer.Text("webhook_url"),
                answer.Json!["permissions_granted"]!.ToJsonString()));
        var again = await pool.Server.GetAsync($"/v1/github/repos/{repo.ToUpperInvariant()}/sync", admin: TestServer.AdminToken);
        Assert.Equal(answer.Body, again.Body);
        Assert.Empty(pool.GitHub.Asked);
        var details = Assert.Single(await pool.Server.EventsAsync(repo.ToLowerInvariant(), "repo.updated"));
        Assert.Equal("read_only; label for the pool; writes nothing", (string?)details["github_sync"]);
        // Other settings leave it as it is.
        await pool.Server.PostAsync("/v1/admin/repos", $$"""{"repo":"{{repo}}","max_open_prs":9}""", admin: TestServer.AdminToken);
        Assert.Equal(answer.Body, (await pool.Server.GetAsync($"/v1/github/repos/{repo}/sync", admin: TestServer.AdminToken)).Body);
    }

    [Fact]
    public async Task Sync_NoPublicUrl_NamesTheAddressOfTheRequest()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        Assert.Equal(new Uri(pool.Server.Address, "/webhooks/github").AbsoluteUri, (await pool.SyncAsync(repo)).Text("webhook_url"));
    }

    [Theory]
    [InlineData(true, true, """["comments","labels","status"]""")]
    [InlineData(true, false, """["comments","labels"]""")]
    [InlineData(false, false, """["comments"]""")]
    public async Task Sync_Bidirectional_GrantsWhatTheTokenMay(bool triage, bool push, string granted)
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        pool.GitHub.Permissions = new JsonObject { ["pull"] = true, ["triage"] = triage, ["push"] = push };
        var answer = await pool.SyncAsync(repo, """{"sync_type":"bidirectional","write_permissions":["labels","status","comments"]}""");
        Assert.Equal((200, granted), (answer.Status, answer.Json!["permissions_granted"]!.ToJsonString()));
        Assert.Equal("[]", (await pool.SyncAsync(repo, """{"sync_type":"bidirectional"}""")).Json!["permissions_granted"]!.ToJsonString());
    }

    [Fact]
    public async Task Sync_BadRequests_AreRefused()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var repo = await pool.Server.AddRepoAsync();
        (await pool.SyncAsync(repo, "{}")).MustReject("sync_type");
        var allWrong = await pool.SyncAsync(repo, """{"sync_type":"both","write_permissions":["secrets"],"label":"a,b"}""");
        allWrong.MustReject("label", "sync_type", "write_permissions");
        (await pool.SyncAsync(repo, """{"sync_type":"read_only","write_permissions":["comments"]}""")).MustReject("write_permissions");
        (await pool.SyncAsync("no/such")).MustBeProblem(404, "not_found");
        (await pool.Server.PostAsync($"/v1/github/repos/{repo}/sync", "{}")).MustBeProblem(401, "unauthorized");
        pool.GitHub.NextStatus(404);
        (await pool.SyncAsync(repo, """{"sync_type":"bidirectional"}""")).MustBeProblem(404, "not_found");
        Assert.Equal(404, (await pool.Server.GetAsync($"/v1/github/repos/{repo}/sync", admin: TestServer.AdminToken)).Status);
    }

    [Fact]
    public async Task Sync_NoToken_CannotWrite()
    {
        await using var server = await TestServer.StartAsync();
        var repo = await server.AddRepoAsync();
        const string body = """{"sync_type":"bidirectional"}""";
        var refused = await server.PostAsync($"/v1/github/repos/{repo}/sync", body, admin: TestServer.AdminToken);
        Assert.Equal("no_github_token", (string?)refused.MustBeProblem(409, "conflict").Json!["details"]!["reason"]);
    }

    [Fact]
    public async Task Reconcile_LostDeliveries_AreMadeUpFor()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var (opened, merged, closed) = (await HoldAsync(pool), await HoldAsync(pool), await HoldAsync(pool));
        pool.GitHub.Pulls[(opened.Repo, 7)] = opened.Named;
        foreach (var (held, isMerged) in new[] { (merged, true), (closed, false) })
        {
            await pool.Server.ReportAsync(held);
            pool.GitHub.Pulls[(held.Repo, 7)] = held.Pull.Close(isMerged);
        }
        var reconciler = pool.Server.Get<Reconciler>();

        await reconciler.ReconcileAsync(default);

        Assert.Equal(("pr_opened", "merged", "ready"),
            (await pool.Server.PhaseAsync(opened.TaskId), await pool.Server.PhaseAsync(merged.TaskId),
                await pool.Server.PhaseAsync(closed.TaskId)));
        Assert.Equal("github", (string?)Assert.Single(await pool.Server.EventsAsync(merged.TaskId, "task.merged"))["confirmed_by"]);

        // A maintainer's demand for changes, and what nobody who may not write can demand.
        var later = DateTimeOffset.UtcNow.AddSeconds(5);
        pool.GitHub.Reviews[(opened.Repo, 7)] = [Review("eve", "CHANGES_REQUESTED", "NONE", later)];
        await reconciler.ReconcileAsync(default);
        Assert.Equal("pr_opened", await pool.Server.PhaseAsync(opened.TaskId));
        pool.GitHub.Reviews[(opened.Repo, 7)].Add(Review("grace", "CHANGES_REQUESTED", "OWNER", later));
        await reconciler.ReconcileAsync(default);
        await reconciler.ReconcileAsync(default);
        Assert.Equal("in_progress", await pool.Server.PhaseAsync(opened.TaskId));
    }

    [Fact]
    public async Task Reconcile_ReviewTakenBackOrOld_DemandsNothing()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var held = await HoldAsync(pool);
        pool.GitHub.Pulls[(held.Repo, 7)] = held.Named;
        var now = DateTimeOffset.UtcNow;
        pool.GitHub.Reviews[(held.Repo, 7)] =
        [
            Review("ann", "CHANGES_REQUESTED", "MEMBER", now.AddDays(-1)),
            Review("grace", "CHANGES_REQUESTED", "MEMBER", now.AddSeconds(5)), Review("grace", "APPROVED", "MEMBER", now.AddSeconds(6)),
        ];
        var reconciler = pool.Server.Get<Reconciler>();
        await reconciler.ReconcileAsync(default);
        await reconciler.ReconcileAsync(default);
        Assert.Equal("pr_opened", await pool.Server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task Reconcile_OneRepoIsGone_OthersAreComparedAndNothingIsDone()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var (first, second) = (await HoldAsync(pool), await HoldAsync(pool));
        foreach (var held in new[] { first, second })
        {
            await pool.Server.ReportAsync(held);
            pool.GitHub.Pulls[(held.Repo, 7)] = held.Pull.Close(merged: true);
        }
        pool.GitHub.NextStatus(404);
        await pool.Server.Get<Reconciler>().ReconcileAsync(default);
        Assert.Equal(["merged", "pr_opened"],
            new[] { await pool.Server.PhaseAsync(first.TaskId), await pool.Server.PhaseAsync(second.TaskId) }.Order());
    }

    [Fact]
    public async Task Outward_LeaseReviewAndMerge_AreShownAsGranted()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var held = await pool.HoldIssueAsync("""["comments","labels","status"]""");
        await Eventually.TrueAsync(() => pool.GitHub.Comments.Count == 1 && Labels().Contains("pool:leased"), "the lease is shown");
        Assert.StartsWith("`ada` works on this.", pool.GitHub.Comments.Single().Body, StringComparison.Ordinal);

        pool.GitHub.Pulls[(held.Repo, 7)] = held.Pull;
        await pool.Server.ReportAsync(held);
        await Eventually.TrueAsync(() => pool.GitHub.Comments.Count == 3, "the review is shown");
        Assert.Equal(["pool:ready", "pool:in-review"], Labels());
        Assert.Equal([(1, "Under review in #7."), (7, $"This pull request serves task `{held.TaskId}` of the pool.")],
            pool.GitHub.Comments.Skip(1).Select(comment => (comment.Number, comment.Body.Split('\n')[0])));
        Assert.Equal((held.Repo, held.Pull.HeadSha, "success", $"Serves task {held.TaskId}."), Assert.Single(pool.GitHub.Statuses));

        await pool.Server.MustDeliverAsync("pull_request", held.Pull.Close(merged: true).Event("closed"));
        await Eventually.TrueAsync(() => Labels().SequenceEqual(["pool:ready", "pool:merged"]), "the merge is shown");
        return;

        string[] Labels() => [.. pool.GitHub.LabelsOf(held.Repo, 1).Where(label => label.StartsWith("pool:", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task Outward_ReadOnlyOrNotGranted_ShowsNothing()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var held = await pool.HoldIssueAsync("""["labels"]""");
        await Eventually.TrueAsync(() => pool.GitHub.LabelsOf(held.Repo, 1).Contains("pool:leased"), "the lease is shown");
        Assert.Empty(pool.GitHub.Comments);
        Assert.Empty(pool.GitHub.Statuses);
        await pool.SyncAsync(held.Repo);
        await pool.Server.PostAsync($"/v1/tasks/{held.TaskId}/status", """{"status":"in_progress"}""", held.Token);
        // Another repo's lease, later in the log, is shown: the first was passed.
        var other = await pool.HoldIssueAsync("""["labels"]""");
        await Eventually.TrueAsync(() => pool.GitHub.LabelsOf(other.Repo, 1).Contains("pool:leased"), "the other lease is shown");
        Assert.Contains("pool:leased", pool.GitHub.LabelsOf(held.Repo, 1));
    }

    [Fact]
    public async Task Outward_GitHubIsDown_PoolGoesOnAndNothingIsLostOrSaidTwice()
    {
        await using var pool = await ConnectedServer.StartAsync(("OwpPool__GitHub__Retries", "0"));
        var tries = 0;
        var held = await pool.HoldIssueAsync("""["comments"]""", () => pool.GitHub.Rule = http =>
        {
            if (http.Request.Method != "POST" || ++tries > 3) return Task.FromResult(false);
            if (tries < 3)
            {
                http.Response.StatusCode = 503;
                return Task.FromResult(true);
            }
            // The comment is made, and the answer lost.
            pool.GitHub.Comments.Enqueue((http.Request.Path.Value!.Split('/')[2] + "/" + http.Request.Path.Value.Split('/')[3], 1,
                $"`ada` works on this.\n\n<!-- owp-pool event {LeaseSeqOf(pool)} -->"));
            http.Abort();
            return Task.FromResult(true);
        });
        await Eventually.TrueAsync(async () =>
            (await pool.Server.RowsAsync("SELECT seq FROM pool_cursors WHERE name = 'github.outward'")) is [var seq] &&
            long.Parse(seq, System.Globalization.CultureInfo.InvariantCulture) >= LeaseSeqOf(pool), "the lease is shown");
        await Eventually.TrueAsync(async () => (await pool.Server.RowsAsync("SELECT id FROM github_outbox")).Count == 0, "nothing waits");
        Assert.Single(pool.GitHub.Comments);
        var report = await pool.Server.PostAsync($"/v1/tasks/{held.TaskId}/status", """{"status":"in_progress"}""", held.Token);
        Assert.Equal(200, report.Status);
    }

    private static long LeaseSeqOf(ConnectedServer pool) => long.Parse(
        pool.Server.RowsAsync("SELECT max(seq) FROM pool_events WHERE type = 'task.leased'").GetAwaiter().GetResult()[0],
        System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<Held> HoldAsync(ConnectedServer pool)
    {
        var held = await pool.Server.HoldAsync();
        Assert.Equal(200, (await pool.SyncAsync(held.Repo)).Status);
        return held;
    }

    private static JsonObject Review(string reviewer, string state, string association, DateTimeOffset at) => new()
    {
        ["user"] = new JsonObject { ["login"] = reviewer }, ["state"] = state, ["author_association"] = association,
        ["submitted_at"] = at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture),
    };
}
