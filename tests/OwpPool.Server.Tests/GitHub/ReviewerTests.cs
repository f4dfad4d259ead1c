using System.Text.Json.Nodes;
using OwpPool.Server.GitHub;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.GitHub;

/// <summary>Maintainers whose membership is private: GitHub's webhook calls them CONTRIBUTOR or NONE, its API says what they may do.</summary>
public sealed class ReviewerTests
{
    [Theory]
    [InlineData("CONTRIBUTOR", "write", "in_progress")]
    [InlineData("NONE", "admin", "in_progress")]
    [InlineData("FIRST_TIME_CONTRIBUTOR", "maintain", "in_progress")]
    [InlineData("CONTRIBUTOR", "read", "pr_opened")]
    [InlineData("CONTRIBUTOR", "none", "pr_opened")]
    [InlineData("NONE", null, "pr_opened")]
    public async Task Review_PrivateMember_CountsByWhatTheyMayDo(string association, string? permission, string phase)
    {
        await using var pool = await ConnectedServer.StartAsync();
        var held = await OpenedAsync(pool);
        if (permission is not null) pool.GitHub.Collaborators[(held.Repo, "grace")] = permission;
        var outcome = await pool.Server.MustDeliverAsync("pull_request_review", held.Named.Later().Review("changes_requested", association));
        Assert.Equal(phase, await pool.Server.PhaseAsync(held.TaskId));
        Assert.Equal(phase == "in_progress" ? $"{held.TaskId} is in_progress."
            : $"'grace' may not write to {held.Repo}: only maintainers' demands count.", outcome);
        // Asked once; a second review soon after costs GitHub nothing.
        await pool.Server.MustDeliverAsync("pull_request_review", held.Named.Later(2).Review("changes_requested", association));
        Assert.Single(pool.GitHub.Asked, request => request.EndsWith("/permission", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Review_NoToken_TheListSaysThatTheReviewerWasNotKnown()
    {
        await using var server = await TestServer.StartAsync(("GITHUB_WEBHOOK_SECRET", GitHubDeliveries.Secret));
        var held = await server.HoldAsync();
        await server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        var outcome = await server.MustDeliverAsync("pull_request_review",
            held.Named.Later().Review("changes_requested", "CONTRIBUTOR"), "d-1");
        Assert.Equal("Not known as a maintainer: 'grace', whom GitHub calls CONTRIBUTOR. With GITHUB_TOKEN the pool asks GitHub what " +
            "reviewers may do.", outcome);
        Assert.Equal("pr_opened", await server.PhaseAsync(held.TaskId));
        var list = await server.GetAsync("/v1/github/deliveries", admin: TestServer.AdminToken);
        Assert.Equal(("done", outcome, held.Pull.Url), Told(list.Json!["items"]![0]!));

        static (string, string, string) Told(JsonNode item) => ((string)item["state"]!, (string)item["outcome"]!, (string)item["pr_url"]!);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(500)]
    [InlineData(0)]
    public async Task Review_GitHubDoesNotSay_WaitsWhileOthersGoOnAndCountsInTheEnd(int status)
    {
        await using var pool = await ConnectedServer.StartAsync(("OwpPool__GitHub__Retries", "0"), ("OwpPool__GitHub__TimeoutSeconds", "1"));
        var (held, other) = (await OpenedAsync(pool), await OpenedAsync(pool));
        pool.GitHub.Collaborators[(held.Repo, "grace")] = "write";
        pool.GitHub.Rule = status == 0 ? FakeGitHub.Hanging(held.Repo) : FakeGitHub.Refusing(held.Repo, status);
        await pool.Server.DeliverAsync("pull_request_review", held.Named.Later().Review("changes_requested", "CONTRIBUTOR"), "d-waits");
        await Eventually.TrueAsync(() => pool.GitHub.Asked.Any(request => request.EndsWith("/permission", StringComparison.Ordinal)), "it is asked");

        await pool.Server.MustDeliverAsync("pull_request", other.Named.Close(merged: true).Event("closed"));
        // What else is said of the pull request meanwhile does not take the demand back.
        await pool.Server.MustDeliverAsync("pull_request", held.Named.Later(5).Event("edited"));

        Assert.Equal(("merged", "pr_opened"), (await pool.Server.PhaseAsync(other.TaskId), await pool.Server.PhaseAsync(held.TaskId)));
        Assert.Equal(["pending"], await pool.Server.RowsAsync("SELECT state FROM github_deliveries WHERE delivery_id = 'd-waits'"));
        pool.GitHub.Rule = null;
        await Eventually.TrueAsync(async () => await pool.Server.PhaseAsync(held.TaskId) == "in_progress", "the demand counts");
        Assert.Single(await pool.Server.EventsAsync(held.TaskId, "task.changes_requested"));
    }

    [Theory]
    [InlineData("write", "in_progress")]
    [InlineData("read", "pr_opened")]
    public async Task Reconcile_PrivateMembersReview_CountsByWhatTheyMayDo(string permission, string phase)
    {
        await using var pool = await ConnectedServer.StartAsync();
        var held = await OpenedAsync(pool);
        Assert.Equal(200, (await pool.SyncAsync(held.Repo)).Status);
        pool.GitHub.Pulls[(held.Repo, 7)] = held.Named;
        pool.GitHub.Collaborators[(held.Repo, "grace")] = permission;
        pool.GitHub.Reviews[(held.Repo, 7)] =
        [
            new JsonObject
            {
                ["user"] = new JsonObject { ["login"] = "grace" }, ["state"] = "CHANGES_REQUESTED", ["author_association"] = "CONTRIBUTOR",
                ["submitted_at"] = DateTimeOffset.UtcNow.AddSeconds(5).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture),
            },
        ];
        await pool.Server.Get<Reconciler>().ReconcileAsync(default);
        Assert.Equal(phase, await pool.Server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task Reconcile_OneRepoHangs_OthersAreCompared()
    {
        await using var pool = await ConnectedServer.StartAsync(("OwpPool__GitHub__TimeoutSeconds", "120"));
        var (hanging, other) = (await OpenedAsync(pool), await OpenedAsync(pool));
        foreach (var held in new[] { hanging, other })
        {
            Assert.Equal(200, (await pool.SyncAsync(held.Repo)).Status);
            pool.GitHub.Pulls[(held.Repo, 7)] = held.Named.Close(merged: true);
        }
        pool.GitHub.Rule = FakeGitHub.Hanging(hanging.Repo);
        using var stop = new CancellationTokenSource();
        var round = pool.Server.Get<Reconciler>().ReconcileAsync(stop.Token);
        await Eventually.TrueAsync(async () => await pool.Server.PhaseAsync(other.TaskId) == "merged", "the other repo is compared");
        // The round is not over: an import of another repo does not wait for it either.
        Assert.False(round.IsCompleted);
        pool.GitHub.AddIssue(other.Repo, 1, "Task", null, "pool:ready");
        Assert.Equal(1, (int)(await pool.ImportAsync(other.Repo)).Json!["created"]!);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => round);
    }

    private static async Task<Held> OpenedAsync(ConnectedServer pool)
    {
        var held = await pool.Server.HoldAsync();
        await pool.Server.MustDeliverAsync("pull_request", held.Named.Event("opened"));
        Assert.Equal("pr_opened", await pool.Server.PhaseAsync(held.TaskId));
        return held;
    }
}
