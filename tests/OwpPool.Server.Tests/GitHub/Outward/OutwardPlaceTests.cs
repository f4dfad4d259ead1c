using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.GitHub.Outward;

/// <summary>Nothing is written to a repository or an issue that the maintainer did not name, whatever leads there.</summary>
public sealed class OutwardPlaceTests
{
    [Fact]
    public async Task Write_RepositoryRenamed_GoesWhereItIsNow()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var held = await pool.HoldIssueAsync("""["comments","labels"]""", () => { });
        await OutwardHealingTests.CommentsAsync(pool, held.Repo, 1);
        var name = $"{held.Repo}-renamed";
        Rename(pool, held.Repo, name);
        await pool.Server.ReportAsync(held);
        await OutwardHealingTests.CommentsAsync(pool, name, 2);
        await Eventually.TrueAsync(() => pool.GitHub.LabelsOf(name, 1).Contains("pool:in-review"), "the label is shown");
        Assert.Single(pool.GitHub.Comments, comment => comment.Repo == held.Repo);
    }

    [Fact]
    public async Task Write_AnotherRepositoryHasTheName_WaitsUntilTheMaintainerNamesIt()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var held = await pool.HoldIssueAsync("""["comments","labels"]""");
        await OutwardHealingTests.CommentsAsync(pool, held.Repo, 1);
        await OutwardHealingTests.NothingWaitsAsync(pool);
        pool.GitHub.Ids[held.Repo] = 424_242;
        pool.GitHub.AddIssue(held.Repo, 1, "Another issue", null, "pool:ready");
        var asked = pool.GitHub.Requests.Count;
        await pool.Server.ReportAsync(held);
        await Eventually.TrueAsync(() => pool.GitHub.Requests.Count > asked + 2, "it was tried more than once");

        Assert.All(pool.GitHub.Asked.Skip(asked), request => Assert.Equal($"GET /repos/{held.Repo}", request));
        var refused = (await pool.ImportAsync(held.Repo)).MustBeProblem(409, "conflict");
        Assert.Equal("repository_changed", (string?)refused.Json!["details"]!["reason"]);

        // The maintainer names the new one. What was to be said of the old one's issue is not said there.
        await pool.SyncAsync(held.Repo, """{"sync_type":"bidirectional","write_permissions":["comments","labels"]}""");
        await OutwardHealingTests.NothingWaitsAsync(pool);
        Assert.Single(pool.GitHub.Comments);
        Assert.Equal(["pool:ready"], pool.GitHub.LabelsOf(held.Repo, 1));
        // Its issue of the same number is another task.
        var own = await pool.HoldIssueOfAsync(held.Repo, 1);
        Assert.NotEqual(held.TaskId, own.TaskId);
        await OutwardHealingTests.CommentsAsync(pool, held.Repo, 2);
        Assert.Equal([1, 1], pool.GitHub.Comments.Select(comment => comment.Number));
    }

    [Fact]
    public async Task Write_IssueTransferred_IsNotWrittenElsewhere()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var held = await pool.HoldIssueAsync("""["comments","labels"]""");
        await OutwardHealingTests.CommentsAsync(pool, held.Repo, 1);
        await OutwardHealingTests.NothingWaitsAsync(pool);
        pool.GitHub.AddIssue("else/where", 9, "Transferred", null);
        pool.GitHub.Ids["else/where"] = 999;
        pool.GitHub.Rule = http =>
        {
            var path = http.Request.Path.Value!;
            if (!path.StartsWith($"/repos/{held.Repo}/issues/1/", StringComparison.Ordinal)) return Task.FromResult(false);
            http.Response.StatusCode = http.Request.Method == "GET" ? 301 : 307;
            http.Response.Headers.Location = $"{pool.GitHub.Url}/repositories/999/issues/9/{path.Split('/')[^1]}";
            return Task.FromResult(true);
        };
        await pool.Server.ReportAsync(held);
        await OutwardHealingTests.CommentsAsync(pool, held.Repo, 2);
        await OutwardHealingTests.NothingWaitsAsync(pool);

        Assert.Empty(pool.GitHub.LabelsOf("else/where", 9));
        Assert.Equal([(held.Repo, 1), (held.Repo, 7)], pool.GitHub.Comments.Select(comment => (comment.Repo, comment.Number)));
        Assert.DoesNotContain(pool.GitHub.Asked, request => request.Contains("/repositories/999/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(301)]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Write_AnotherHost_NeverGetsTheToken(int status)
    {
        await using var pool = await ConnectedServer.StartAsync();
        await using var elsewhere = await FakeGitHub.StartAsync();
        var held = await pool.HoldIssueAsync("""["comments","labels"]""", () => pool.GitHub.Rule = http =>
        {
            if (http.Request.Path.Value!.Split('/').Length <= 4) return Task.FromResult(false);
            http.Response.StatusCode = status;
            http.Response.Headers.Location = elsewhere.Url + http.Request.Path;
            return Task.FromResult(true);
        });
        await OutwardHealingTests.NothingWaitsAsync(pool);
        await Eventually.TrueAsync(async () => (await pool.Server.RowsAsync(
            $"SELECT seq FROM pool_cursors WHERE name = 'github.outward' AND seq >= (SELECT max(seq) FROM pool_events WHERE target = '{held.TaskId}')"))
            .Count == 1, "the lease was followed");
        await OutwardHealingTests.NothingWaitsAsync(pool);
        Assert.Empty(elsewhere.Requests);
        Assert.Empty(pool.GitHub.Comments);
    }

    [Fact]
    public async Task Label_RemovedByHand_StaysAwayUntilTheTaskMovesOn()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var held = await pool.HoldIssueAsync("""["labels","status"]""");
        await Eventually.TrueAsync(() => pool.GitHub.LabelsOf(held.Repo, 1).Contains("pool:leased"), "the lease is shown");
        await OutwardHealingTests.NothingWaitsAsync(pool);
        var labels = pool.GitHub.Issues[(held.Repo, 1)]["labels"]!.AsArray();
        labels.Remove(labels.Single(label => (string)label!["name"]! == "pool:leased"));

        // A stranger's pull request that names the task moves nothing, and so shows nothing on the issue.
        var strangers = held.Named with { Author = "eve" };
        pool.GitHub.Pulls[(held.Repo, 7)] = strangers;
        await pool.Server.MustDeliverAsync("pull_request", strangers.Event("opened"));
        await Eventually.TrueAsync(() => !pool.GitHub.Statuses.IsEmpty, "the stranger's status is shown");
        await OutwardHealingTests.NothingWaitsAsync(pool);
        Assert.DoesNotContain("pool:leased", pool.GitHub.LabelsOf(held.Repo, 1));

        await pool.Server.PostAsync($"/v1/tasks/{held.TaskId}/status", """{"status":"in_progress"}""", held.Token);
        await Eventually.TrueAsync(() => pool.GitHub.LabelsOf(held.Repo, 1).Contains("pool:in-progress"), "the next state is shown");
    }

    [Fact]
    public async Task Status_HeadMovesOn_IsSetOnTheCurrentCommit()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var held = await pool.HoldIssueAsync("""["status"]""");
        var (first, second, third) = (new string('a', 40), new string('b', 40), new string('c', 40));
        // GitHub's delivery names the first commit; by the time of the status there is a second.
        pool.GitHub.Pulls[(held.Repo, 7)] = held.Pull with { HeadSha = second };
        await pool.Server.MustDeliverAsync("pull_request", (held.Named with { HeadSha = first }).Event("opened"));
        await Eventually.TrueAsync(() => !pool.GitHub.Statuses.IsEmpty, "the status is shown");
        Assert.Equal([second], Shas());

        var moved = held.Named.Later() with { HeadSha = third };
        pool.GitHub.Pulls[(held.Repo, 7)] = moved;
        await pool.Server.MustDeliverAsync("pull_request", moved.Event("synchronize"));
        await Eventually.TrueAsync(() => pool.GitHub.Statuses.Count == 2, "the status is shown on the new commit");
        await pool.Server.MustDeliverAsync("pull_request", moved.Later().Event("edited"));
        await OutwardHealingTests.NothingWaitsAsync(pool);
        Assert.Equal([second, third], Shas());
        return;

        string[] Shas() => [.. pool.GitHub.Statuses.Select(status => status.Sha)];
    }

    private static void Rename(ConnectedServer pool, string from, string to)
    {
        pool.GitHub.Ids[to] = FakePull.IdOf(from);
        pool.GitHub.Issues[(to, 1)] = (JsonObject)pool.GitHub.Issues[(from, 1)].DeepClone();
        pool.GitHub.Renamed[from] = to;
    }
}
