using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Workers;

[Collection(SharedServer.Name)]
public sealed class OfferTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Offer_ThenAccept_IsALease()
    {
        var (skill, token, repo) = await SetUpAsync();
        var taskId = await AddAsync(repo, skill);

        var answer = await _server.PostAsync("/v1/work/offers", "{}", token);
        var offer = Assert.Single(answer.Json!["offers"]!.AsArray())!;
        Assert.Equal(
            ["offer_id", "task_id", "repo", "title", "description", "estimate_points", "required_skills", "area", "expires_at"],
            offer.AsObject().Select(member => member.Key));
        Assert.Equal((200, taskId, repo), (answer.Status, (string?)offer["task_id"], (string?)offer["repo"]));
        var me = await _server.GetAsync("/v1/workers/me", token);
        Assert.Equal((string?)offer["offer_id"], (string?)Assert.Single(me.Json!["offers"]!.AsArray())!["offer_id"]);
        Assert.Equal((1, 1), ((int)me.Json["load"]!["points"]!, (int)me.Json["load"]!["tasks"]!));

        var accepted = await _server.SendAsync(HttpMethod.Post, $"/v1/work/offers/{offer["offer_id"]}/accept", null, token);
        Assert.Equal(201, accepted.Status);
        Assert.Equal(["lease_id", "lease_expires_at", "lease"], accepted.Json!.AsObject().Select(member => member.Key));
        Assert.Equal((taskId, "leased", accepted.Text("lease_id")),
            ((string?)accepted.Json["lease"]!["task_id"], (string?)accepted.Json["lease"]!["status"], (string?)accepted.Json["lease"]!["lease_id"]));
        Assert.Equal(accepted.Body, (await _server.PostAsync($"/v1/work/offers/{offer["offer_id"]}/accept", "{}", token)).Body);
        Assert.Empty((await _server.PostAsync("/v1/work/offers", "{}", token)).Json!["offers"]!.AsArray());
        (await _server.PostAsync($"/v1/work/offers/{offer["offer_id"]}/reject", "{}", token)).MustBeProblem(404, "not_found");
    }

    [Theory]
    [InlineData("insufficient_time")]
    [InlineData("unclear_requirements")]
    [InlineData("skill_mismatch")]
    [InlineData("other")]
    public async Task Reject_EveryReason_IsKeptInTheAudit(string reason)
    {
        var (skill, token, repo) = await SetUpAsync();
        var taskId = await AddAsync(repo, skill);
        var offers = (await _server.PostAsync("/v1/work/offers", """{"max":1}""", token)).Json!["offers"]!.AsArray();
        var path = $"/v1/work/offers/{offers[0]!["offer_id"]}/reject";

        var answer = await _server.PostAsync(path, $$"""{"reason":"{{reason}}","note":"no\ntime"}""", token);

        Assert.Equal((200, """{"ok":true}"""), (answer.Status, answer.Body));
        Assert.Equal(answer.Body, (await _server.PostAsync(path, "{}", token)).Body);
        Assert.Empty((await _server.PostAsync("/v1/claims", "{}", token)).Json!["leases"]!.AsArray());
        var events = await _server.Storage.Events.ReadAfterAsync(0, 1_000_000);
        var rejected = Assert.Single(events, item => item.Target == taskId && item.Type == "task.offer_rejected");
        Assert.Contains($"\"reason\":\"{reason}\"", rejected.Details, StringComparison.Ordinal);
        Assert.Contains("no\\ntime", rejected.Details, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"max":0}""", "max")]
    [InlineData("""{"max":21}""", "max")]
    [InlineData("""{"max":"1"}""", "max")]
    public async Task Offer_BadField_IsNamed(string body, string field)
    {
        var (_, token) = await _server.RegisterAsync();
        (await _server.PostAsync("/v1/work/offers", body, token)).MustReject(field);
    }

    [Fact]
    public async Task Reject_BadField_IsNamedAndTheOfferStays()
    {
        var (skill, token, repo) = await SetUpAsync();
        await AddAsync(repo, skill);
        var offer = (await _server.PostAsync("/v1/work/offers", "{}", token)).Json!["offers"]![0]!;
        var path = $"/v1/work/offers/{offer["offer_id"]}/reject";

        (await _server.PostAsync(path, """{"reason":"Other"}""", token)).MustReject("reason");
        (await _server.PostAsync(path, """{"reason":7,"note":7}""", token)).MustReject("note", "reason");
        (await _server.PostAsync(path, $$"""{"note":"{{new string('x', 501)}}"}""", token)).MustReject("note");

        Assert.Single((await _server.PostAsync("/v1/work/offers", "{}", token)).Json!["offers"]!.AsArray());
        Assert.Equal(200, (await _server.PostAsync(path, $$"""{"note":"{{new string('x', 500)}}"}""", token)).Status);
    }

    [Theory]
    [InlineData("accept")]
    [InlineData("reject")]
    public async Task AnyAct_WithoutTheOffer_IsNotFound(string verb)
    {
        var (skill, token, repo) = await SetUpAsync();
        await AddAsync(repo, skill);
        var offer = (await _server.PostAsync("/v1/work/offers", "{}", token)).Json!["offers"]![0]!;
        var (_, stranger) = await _server.RegisterAsync();

        (await _server.PostAsync($"/v1/work/offers/{offer["offer_id"]}/{verb}", "{}", stranger)).MustBeProblem(404, "not_found");
        (await _server.PostAsync($"/v1/work/offers/o_nowhere/{verb}", "{}", token)).MustBeProblem(404, "not_found");
        (await _server.PostAsync($"/v1/work/offers/{offer["task_id"]}/{verb}", "{}", token)).MustBeProblem(404, "not_found");
        (await _server.PostAsync($"/v1/work/offers/{offer["offer_id"]}/{verb}", "{}")).MustBeProblem(401, "unauthorized");
        Assert.Single((await _server.PostAsync("/v1/work/offers", "{}", token)).Json!["offers"]!.AsArray());
    }

    [Fact]
    public async Task Accept_Paused_SaysSo()
    {
        var (skill, token, repo) = await SetUpAsync();
        await AddAsync(repo, skill);
        var offer = (await _server.PostAsync("/v1/work/offers", "{}", token)).Json!["offers"]![0]!;
        await _server.PostAsync("/v1/workers/heartbeat", """{"status":"paused"}""", token);

        var answer = (await _server.PostAsync($"/v1/work/offers/{offer["offer_id"]}/accept", "{}", token)).MustBeProblem(409, "conflict");

        Assert.Equal("paused", (string?)answer.Json!["details"]!["reason"]);
    }

    private async Task<(string Skill, string Token, string Repo)> SetUpAsync()
    {
        var skill = "s" + Guid.NewGuid().ToString("N");
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        return (skill, token, await _server.AddRepoAsync());
    }

    private Task<string> AddAsync(string repo, string skill) => _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
}
