using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.GitHub.Outward;

/// <summary>A refusal is a state that heals: what was missed comes then, once, and holds up nothing else meanwhile.</summary>
public sealed class OutwardHealingTests
{
    public static TheoryData<int, bool> Refusals() => new()
    {
        { 401, true }, { 403, true }, { 404, true }, { 403, false }, { 404, false }, { 500, false }, { 502, true },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Comments_RefusedForAWhile_ComeOnceInOrderAndHoldUpNoOtherRepo(int status, bool isWholeRepo)
    {
        await using var pool = await ConnectedServer.StartAsync(("OwpPool__GitHub__Retries", "0"));
        var held = await pool.HoldIssueAsync("""["comments"]""", () => { });
        await CommentsAsync(pool, held.Repo, 1);
        pool.GitHub.Rule = FakeGitHub.Refusing(held.Repo, status,
            http => isWholeRepo || (http.Request.Method == "POST" && http.Request.Path.Value!.EndsWith("/comments", StringComparison.Ordinal)));
        var refused = pool.GitHub.Requests.Count;
        Assert.Equal(200, (await pool.Server.ReportAsync(held)).Status);
        await Eventually.TrueAsync(() => pool.GitHub.Requests.Skip(refused).Count(request => request.Request.Contains(held.Repo,
            StringComparison.Ordinal)) > 3, "it was tried more than once");

        var other = await pool.HoldIssueAsync("""["comments"]""");
        await CommentsAsync(pool, other.Repo, 1);
        Assert.Single(pool.GitHub.Comments, comment => comment.Repo == held.Repo);
        pool.GitHub.Rule = null;
        await CommentsAsync(pool, held.Repo, 3);
        await NothingWaitsAsync(pool);

        Assert.Equal([(1, "`ada` works on this."), (1, "Under review in #7."), (7, $"This pull request serves task `{held.TaskId}` of the pool.")],
            pool.GitHub.Comments.Where(comment => comment.Repo == held.Repo)
                .OrderBy(comment => comment.Number).Select(comment => (comment.Number, comment.Body.Split('\n')[0])));
    }

    [Fact]
    public async Task LabelsAndStatus_RightsGivenLater_AreShownWithoutANewSetting()
    {
        await using var pool = await ConnectedServer.StartAsync();
        pool.GitHub.Permissions = Rights(triage: false, push: false);
        var held = await pool.HoldIssueAsync("""["comments","labels","status"]""");
        pool.GitHub.Pulls[(held.Repo, 7)] = held.Pull;
        await pool.Server.ReportAsync(held);
        await CommentsAsync(pool, held.Repo, 3);
        Assert.Equal("""["comments"]""", await GrantedAsync(pool, held.Repo));
        Assert.Empty(pool.GitHub.Statuses);
        Assert.DoesNotContain("pool:in-review", pool.GitHub.LabelsOf(held.Repo, 1));

        pool.GitHub.Permissions = Rights(triage: true, push: true);

        await Eventually.TrueAsync(() => pool.GitHub.LabelsOf(held.Repo, 1).Contains("pool:in-review") && !pool.GitHub.Statuses.IsEmpty,
            "label and status are shown");
        await NothingWaitsAsync(pool);
        Assert.Equal((held.Pull.HeadSha, "success"), pool.GitHub.Statuses.Select(set => (set.Sha, set.State)).Single());
        Assert.Equal("""["comments","labels","status"]""", await GrantedAsync(pool, held.Repo));
        // And taken away again: the setting says so.
        pool.GitHub.Permissions = Rights(triage: true, push: false);
        Assert.Equal("""["comments","labels"]""", await GrantedAsync(pool, held.Repo));
        pool.GitHub.Rule = FakeGitHub.Refusing(held.Repo, 401);
        Assert.Equal("[]", await GrantedAsync(pool, held.Repo));
    }

    [Fact]
    public async Task Comments_OneIssueIsLocked_HoldsUpNoOtherOfTheRepo()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var locked = await pool.HoldIssueAsync("""["comments","labels"]""", () => pool.GitHub.Rule = Refusing);
        var other = await pool.HoldIssueOfAsync(locked.Repo, 2);
        await Eventually.TrueAsync(() => pool.GitHub.Comments.Any(comment => comment.Number == 2)
            && pool.GitHub.LabelsOf(locked.Repo, 1).Contains("pool:leased"), "the other issue's comment and this one's label are shown");
        Assert.DoesNotContain(pool.GitHub.Comments, comment => comment.Number == 1);
        pool.GitHub.Rule = null;
        await CommentsAsync(pool, other.Repo, 2);

        static Task<bool> Refusing(HttpContext http)
        {
            if (http.Request.Method != "POST" || !http.Request.Path.Value!.EndsWith("/issues/1/comments", StringComparison.Ordinal))
                return Task.FromResult(false);
            http.Response.StatusCode = 403;
            return Task.FromResult(true);
        }
    }

    [Fact]
    public async Task Comments_PutOffBecauseOthersWereRefused_AreTriedThemselvesNextTime()
    {
        await using var pool = await ConnectedServer.StartAsync(("OwpPool__GitHub__Retries", "0"));
        var isFourthLocked = true;
        var first = await pool.HoldIssueAsync("""["comments"]""", () => pool.GitHub.Rule = http =>
        {
            var path = http.Request.Path.Value!;
            var isRefused = http.Request.Method == "POST" && path.EndsWith("/comments", StringComparison.Ordinal)
                && (isFourthLocked || !path.Contains("/issues/4/", StringComparison.Ordinal));
            if (isRefused) http.Response.StatusCode = 403;
            return Task.FromResult(isRefused);
        });
        var body = new StringContent("""{"max_open_prs":10}""", Encoding.UTF8, "application/json");
        await pool.Server.SendAsync(HttpMethod.Patch, $"/v1/admin/repos/{first.Repo}", body, admin: TestServer.AdminToken);
        foreach (var number in new[] { 2, 3 }) await pool.HoldIssueOfAsync(first.Repo, number);
        await Eventually.TrueAsync(async () => (await RowsAsync("number <= 3 AND tries > 1")).Count == 3, "three are refused");
        await pool.HoldIssueOfAsync(first.Repo, 4);
        // By minutes, without having been asked for.
        await Eventually.TrueAsync(async () => (await RowsAsync("number = 4 AND julianday(due_at) - julianday(at) > 0.002")).Count == 1,
            "the fourth is put off");
        Assert.DoesNotContain(pool.GitHub.Asked, asked => asked.Contains("/issues/4/comments", StringComparison.Ordinal));
        isFourthLocked = false;

        // As if the time for which it is put off had passed; and something new, at which the outbox is looked at.
        Assert.Single(await pool.Server.RowsAsync("UPDATE github_outbox SET due_at = at WHERE number = 4 RETURNING id"));
        await pool.HoldIssueOfAsync(first.Repo, 5);

        await Eventually.TrueAsync(() => pool.GitHub.Comments.Any(comment => comment.Number == 4), "it is shown");

        Task<IReadOnlyList<string>> RowsAsync(string which) => pool.Server.RowsAsync($"SELECT id FROM github_outbox WHERE {which}");
    }

    [Fact]
    public async Task Comments_IssueIsDeleted_ArePassedOver()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var held = await pool.HoldIssueAsync("""["comments"]""");
        await CommentsAsync(pool, held.Repo, 1);
        pool.GitHub.Rule = FakeGitHub.Refusing(held.Repo, 410, http => http.Request.Path.Value!.Contains("/issues/1/", StringComparison.Ordinal));
        await pool.Server.ReportAsync(held);
        await CommentsAsync(pool, held.Repo, 2);
        await NothingWaitsAsync(pool);
        Assert.Equal([1, 7], pool.GitHub.Comments.Select(comment => comment.Number));
    }

    [Fact]
    public async Task Comments_RepoHangs_OtherReposAreShown()
    {
        await using var pool = await ConnectedServer.StartAsync(("OwpPool__GitHub__TimeoutSeconds", "120"));
        var hanging = await pool.HoldIssueAsync("""["comments"]""");
        await CommentsAsync(pool, hanging.Repo, 1);
        pool.GitHub.Rule = FakeGitHub.Hanging(hanging.Repo);
        await pool.Server.ReportAsync(hanging);
        await Eventually.TrueAsync(() => pool.GitHub.Asked.Last().Contains(hanging.Repo, StringComparison.Ordinal), "it is asked, and hangs");
        var other = await pool.HoldIssueAsync("""["comments","labels"]""");
        await CommentsAsync(pool, other.Repo, 1);
        await Eventually.TrueAsync(() => pool.GitHub.LabelsOf(other.Repo, 1).Contains("pool:leased"), "the label is shown");
    }

    [Fact]
    public async Task Comments_TooManyRequests_ComeOnceAfterTheTimeThatGitHubNamed()
    {
        await using var pool = await ConnectedServer.StartAsync();
        var tries = 0;
        var held = await pool.HoldIssueAsync("""["comments"]""", () => pool.GitHub.Rule = http =>
        {
            if (http.Request.Method != "POST" || ++tries > 1) return Task.FromResult(false);
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "2";
            return Task.FromResult(true);
        });
        await CommentsAsync(pool, held.Repo, 1);
        await NothingWaitsAsync(pool);
        Assert.Single(pool.GitHub.Comments);
        Assert.Equal(2, tries);
    }

    [Fact]
    public async Task Comments_TokenIsMissingForAWhile_ComeOnceWhenItIsBack()
    {
        await using var github = await FakeGitHub.StartAsync();
        (string, string)[] settings = [("OwpPool__GitHub__ApiUrl", github.Url), ("OwpPool__GitHub__WritePauseMilliseconds", "0")];
        await using var server = await OwnServer.StartAsync([.. settings, ("GITHUB_TOKEN", FakeGitHub.Token)]);
        await server.PostAsync("/v1/admin/repos", """{"repo":"acme/site"}""", admin: TestServer.AdminToken);
        await server.PostAsync("/v1/github/repos/acme/site/sync", """{"sync_type":"bidirectional","write_permissions":["comments"]}""",
            admin: TestServer.AdminToken);
        github.AddIssue("acme/site", 1, "Mend the roof", null, "pool:ready");
        await server.PostAsync("/v1/github/repos/acme/site/import", "", admin: TestServer.AdminToken);
        await server.StopAsync();
        await server.StartAgainAsync(("GITHUB_TOKEN", ""));
        var worker = await server.PostAsync("/v1/workers/register", """{"name":"ada"}""");
        Assert.Single((await server.GetAsync("/v1/work", worker.Text("token"))).Json!["leases"]!.AsArray());
        await server.StopAsync();
        await server.StartAgainAsync(("GITHUB_TOKEN", FakeGitHub.Token));
        await Eventually.TrueAsync(() => github.Comments.Count == 1, "the lease is shown");
    }

    internal static Task CommentsAsync(ConnectedServer pool, string repo, int count) => Eventually.TrueAsync(
        () => pool.GitHub.Comments.Count(comment => comment.Repo == repo) >= count, $"{count} comments are made in {repo}");

    internal static Task NothingWaitsAsync(ConnectedServer pool) => Eventually.TrueAsync(
        async () => (await pool.Server.RowsAsync("SELECT id FROM github_outbox")).Count == 0, "nothing waits to be shown");

    private static JsonObject Rights(bool triage, bool push) => new() { ["pull"] = true, ["triage"] = triage, ["push"] = push };

    private static async Task<string> GrantedAsync(ConnectedServer pool, string repo) =>
        (await pool.Server.GetAsync($"/v1/github/repos/{repo}/sync", admin: TestServer.AdminToken)).Json!["permissions_granted"]!.ToJsonString();
}
