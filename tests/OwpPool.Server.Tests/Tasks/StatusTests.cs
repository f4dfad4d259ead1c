using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Tasks;

[Collection(SharedServer.Name)]
public sealed class StatusTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Report_WholeLife_EndsMerged()
    {
        var (token, lease) = await _server.LeaseAsync();
        var started = await ReportAsync(token, lease, """{"status":"in_progress","message":"begun"}""");
        Assert.Equal((200, "in_progress"), (started.Status, started.Text("status")));
        Assert.Equal((string?)lease["task_id"], started.Text("task_id"));
        Assert.Equal((string?)lease["lease_expires_at"], started.Text("lease_expires_at"));
        Assert.Equal("blocked", (await ReportAsync(token, lease, """{"status":"blocked"}""")).Text("status"));
        var opened = await ReportAsync(token, lease,
            """{"status":"pr_opened","artifact":{"pr_url":"https://github.com/acme/web/pull/7","commit_sha":"abcdef0","extra":{"a":[1]}}}""");
        Assert.Equal(["ok", "task_id", "status"], opened.Json!.AsObject().Select(member => member.Key));
        Assert.Equal("pr_opened", opened.Text("status"));
        Assert.Equal("merged", (await ReportAsync(token, lease, """{"status":"merged"}""")).Text("status"));
        // The same again is one effect and one 200.
        Assert.Equal("merged", (await ReportAsync(token, lease, """{"status":"merged"}""")).Text("status"));
    }

    [Fact]
    public async Task Report_WithLeaseIdAndToken_ChecksThem()
    {
        var (token, lease) = await _server.LeaseAsync();
        var body = $$"""{"status":"in_progress","lease_id":"{{lease["lease_id"]}}","fencing_token":{{lease["fencing_token"]}}}""";
        Assert.Equal(200, (await ReportAsync(token, lease, body)).Status);
        foreach (var stale in new[] { """{"status":"blocked","fencing_token":0}""", """{"status":"blocked","lease_id":"l_other"}""" })
            Assert.Equal("stale_token", Reason((await ReportAsync(token, lease, stale)).MustBeProblem(409, "conflict")));
    }

    [Theory]
    [InlineData("{}", "status")]
    [InlineData("""{"status":null}""", "status")]
    [InlineData("""{"status":"done"}""", "status")]
    [InlineData("""{"status":"ready"}""", "status")]
    [InlineData("""{"status":"IN_PROGRESS"}""", "status")]
    [InlineData("""{"status":3}""", "status")]
    [InlineData("""{"status":"blocked","message":3}""", "message")]
    [InlineData("""{"status":"blocked","message":"\u0000"}""", "message")]
    [InlineData("""{"status":"blocked","artifact":"x"}""", "artifact")]
    [InlineData("""{"status":"blocked","artifact":[]}""", "artifact")]
    [InlineData("""{"status":"blocked","artifact":{"pr_url":"http://github.com/a/b/pull/1"}}""", "artifact.pr_url")]
    [InlineData("""{"status":"blocked","artifact":{"pr_url":"javascript:alert(1)"}}""", "artifact.pr_url")]
    [InlineData("""{"status":"blocked","artifact":{"pr_url":7}}""", "artifact.pr_url")]
    [InlineData("""{"status":"blocked","artifact":{"commit_sha":"xyz"}}""", "artifact.commit_sha")]
    [InlineData("""{"status":"blocked","artifact":{"patch_url":"ftp://x/y"}}""", "artifact.patch_url")]
    [InlineData("""{"status":"blocked","artifact":{"extra":"x"}}""", "artifact.extra")]
    [InlineData("""{"status":"blocked","pr_url":"https://evil.com/a/b/pull/1"}""", "pr_url")]
    [InlineData("""{"status":"blocked","lease_id":"t_abc"}""", "lease_id")]
    [InlineData("""{"status":"blocked","lease_id":7}""", "lease_id")]
    [InlineData("""{"status":"blocked","fencing_token":-1}""", "fencing_token")]
    [InlineData("""{"status":"blocked","fencing_token":"1"}""", "fencing_token")]
    [InlineData("""{"status":"blocked","fencing_token":9007199254740993}""", "fencing_token")]
    [InlineData("""{"status":"x","message":1,"artifact":{"pr_url":1,"commit_sha":2},"lease_id":3}""",
        "artifact.commit_sha", "artifact.pr_url", "lease_id", "message", "status")]
    public async Task Report_BadField_IsNamedAndChangesNothing(string body, params string[] fields)
    {
        var (token, lease) = await _server.LeaseAsync();
        (await ReportAsync(token, lease, body)).MustReject(fields);
        var held = (await _server.GetAsync("/v1/work", token)).Json!["leases"]![0]!;
        Assert.Equal("leased", (string?)held["status"]);
    }

    [Theory]
    [InlineData(4000, 200)]
    [InlineData(4001, 400)]
    public async Task Report_MessageOfLength_IsJudged(int length, int status)
    {
        var (token, lease) = await _server.LeaseAsync();
        var body = $$"""{"status":"in_progress","message":"{{new string('m', length)}}"}""";
        Assert.Equal(status, (await ReportAsync(token, lease, body)).Status);
    }

    [Fact]
    public async Task Report_IllegalStep_IsRefusedWithTheLegalOnes()
    {
        var (token, lease) = await _server.LeaseAsync();
        var answer = await ReportAsync(token, lease, """{"status":"merged"}""");
        answer.MustReject("status");
        var details = answer.Json!["details"]!;
        Assert.Equal(("wrong_phase", "leased"), ((string?)details["reason"], (string?)details["phase"]));
        Assert.Equal(["in_progress", "pr_opened"], details["legal_next"]!.AsArray().Select(word => (string?)word));
    }

    [Theory]
    [InlineData("t_unknown")]
    [InlineData("unknown")]
    [InlineData("T_unknown")]
    [InlineData("w_unknown")]
    [InlineData("t_")]
    [InlineData("t_%C3%A9")]
    [InlineData("t_..%2F..%2Fetc")]
    [InlineData("t_%27%3B%20DROP%20TABLE%20OrleansStorage")]
    [InlineData("t_0123456789012345678901234567890123456789012345678901234567890123456789")]
    public async Task Report_UnknownTask_IsNotFound(string id)
    {
        var (_, token) = await _server.RegisterAsync();
        (await _server.PostAsync($"/v1/tasks/{id}/status", """{"status":"in_progress"}""", token)).MustBeProblem(404, "not_found");
    }

    [Fact]
    public async Task Report_AnothersTask_IsForbidden()
    {
        var (_, lease) = await _server.LeaseAsync();
        var (_, other) = await _server.RegisterAsync();
        Assert.Equal("not_holder", Reason((await ReportAsync(other, lease, """{"status":"in_progress"}""")).MustBeProblem(403, "forbidden")));
    }

    [Fact]
    public async Task Report_AfterGivingUp_IsLost()
    {
        var (token, lease) = await _server.LeaseAsync();
        await _server.PostAsync("/v1/workers/heartbeat", """{"status":"offline"}""", token);
        Assert.Equal("lease_lost", Reason((await ReportAsync(token, lease, """{"status":"in_progress"}""")).MustBeProblem(409, "conflict")));
    }

    [Fact]
    public async Task Report_MergedWhereWorkersMayNot_IsAClaimThatAMaintainerConfirms()
    {
        var (token, lease) = await _server.LeaseAsync(""","merge_authority":"maintainer" """);
        await ReportAsync(token, lease, """{"status":"pr_opened","pr_url":"https://github.com/acme/web/pull/8"}""");
        var claim = await ReportAsync(token, lease, """{"status":"merged"}""");
        Assert.Equal((200, "pr_opened"), (claim.Status, claim.Text("status")));
        var task = await _server.GetAsync($"/v1/tasks/{lease["task_id"]}", admin: TestServer.AdminToken);
        Assert.NotNull(task.Json!["merge_reported_at"]);
        Assert.Equal(200, (await _server.PostAsync($"/v1/admin/tasks/{lease["task_id"]}/accept", "{}", admin: TestServer.AdminToken)).Status);
        task = await _server.GetAsync($"/v1/tasks/{lease["task_id"]}", admin: TestServer.AdminToken);
        Assert.Equal(("merged", null), (task.Text("status"), (string?)task.Json!["merge_reported_at"]));
    }

    [Theory]
    [InlineData("""{"status":"completed","pr_url":"https://github.com/acme/web/pull/9"}""", "pr_opened")]
    [InlineData("""{"status":"completed","artifact":{"pr_url":"https://github.com/acme/web/pull/11"}}""", "pr_opened")]
    [InlineData("""{"status":"failed","message":"no idea"}""", "ready")]
    public async Task Report_OlderClient_IsUnderstood(string body, string status)
    {
        var (token, lease) = await _server.LeaseAsync();
        await ReportAsync(token, lease, """{"status":"in_progress"}""");
        Assert.Equal(status, (await ReportAsync(token, lease, body)).Text("status"));
    }

    [Fact]
    public async Task Report_CompletedWithoutPullRequest_IsMergedWhereWorkersMay()
    {
        var (token, lease) = await _server.LeaseAsync();
        await ReportAsync(token, lease, """{"status":"pr_opened","pr_url":"https://github.com/acme/web/pull/10"}""");
        Assert.Equal("merged", (await ReportAsync(token, lease, """{"status":"completed"}""")).Text("status"));
    }

    [Fact]
    public async Task Report_CompletedWithoutPullRequestWhereWorkersMayNotMerge_NamesThePullRequest()
    {
        var (token, lease) = await _server.LeaseAsync(""","merge_authority":"github" """);
        await ReportAsync(token, lease, """{"status":"in_progress"}""");
        (await ReportAsync(token, lease, """{"status":"completed"}""")).MustReject("pr_url");
    }

    private Task<Answer> ReportAsync(string token, JsonNode lease, string body) =>
        _server.PostAsync($"/v1/tasks/{lease["task_id"]}/status", body, token);

    private static string? Reason(Answer answer) => (string?)answer.Json!["details"]!["reason"];
}
