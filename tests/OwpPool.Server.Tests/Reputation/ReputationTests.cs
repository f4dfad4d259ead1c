using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OwpPool.Server.Reputation;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Reputation;

[Collection(SharedServer.Name)]
public sealed class ReputationTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Reputation_NewWorker_IsFiftyOfNothing()
    {
        var (id, _) = await _server.RegisterAsync();

        var answer = await ReadAsync(id);

        Assert.Equal(
            $$$"""{"worker_id":"{{{id}}}","reputation_score":50,"trust_tier":"basic","metrics":{"completion_rate":null,"avg_pr_quality":null,"on_time_delivery":null,"total_tasks":0}}""",
            answer.ToJsonString());
    }

    [Fact]
    public async Task Reputation_AfterFailures_FallsAndIsTheSameAfterTheFollowerBeganAgain()
    {
        var skill = Path.GetRandomFileName();
        var (id, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        var repo = await _server.AddRepoAsync();
        for (var i = 0; i < 2; i++)
        {
            var taskId = await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
            await _server.PostAsync("/v1/claims", $$"""{"repos":["{{repo}}"]}""", token);
            Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{taskId}/status", """{"status":"failed"}""", token)).Status);
            await _server.PostAsync($"/v1/admin/tasks/{taskId}/cancel", """{"reason":"enough"}""", admin: TestServer.AdminToken);
        }

        var reputation = await ReadAsync(id);
        Assert.Equal((0, 2), ((double)reputation["reputation_score"]!, (int)reputation["metrics"]!["total_tasks"]!));
        Assert.Equal(0, (double)(await _server.GetAsync("/v1/workers/me", token)).Json!["reputation_score"]!);
        using var again = ActivatorUtilities.CreateInstance<OutcomeFollower>(_server.App.Services);
        await again.CatchUpAsync(CancellationToken.None);
        Assert.Equal(reputation.ToJsonString(), (await ReadAsync(id)).ToJsonString());
    }

    [Theory]
    [InlineData("untrusted", 0)]
    [InlineData("trusted", 2)]
    [InlineData("maintainer", 3)]
    public async Task SetTrust_AnyTier_OpensTheTasksOfTheReposPolicy(string tier, int highest)
    {
        var skill = Path.GetRandomFileName();
        var (id, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"],"capacity_points":10,"max_concurrent_tasks":10""");
        var repo = await _server.AddRepoAsync(""","max_open_prs":10""");
        for (var taskTier = 0; taskTier <= 3; taskTier++)
            await _server.AddTaskAsync(repo, $$""","tier":{{taskTier}},"required_skills":["{{skill}}"]""");

        var answer = await _server.PostAsync($"/v1/workers/{id}/trust-tier", $$"""{"tier":"{{tier}}","reason":"as the test says"}""", admin: TestServer.AdminToken);

        Assert.Equal((200, """{"ok":true}"""), (answer.Status, answer.Body));
        Assert.Equal(tier, (string?)(await ReadAsync(id))["trust_tier"]);
        var leases = (await _server.PostAsync("/v1/claims", $$"""{"repos":["{{repo}}"]}""", token)).Json!["leases"]!.AsArray();
        Assert.Equal(Enumerable.Range(0, highest + 1), leases.Select(lease => (int)lease!["tier"]!).Order());
    }

    [Fact]
    public async Task SetTrust_Faults()
    {
        var (id, token) = await _server.RegisterAsync();
        var path = $"/v1/workers/{id}/trust-tier";

        (await _server.PostAsync(path, "{}", admin: TestServer.AdminToken)).MustReject("tier");
        (await _server.PostAsync(path, """{"tier":"Trusted"}""", admin: TestServer.AdminToken)).MustReject("tier");
        (await _server.PostAsync(path, $$"""{"tier":7,"reason":"{{new string('x', 501)}}"}""", admin: TestServer.AdminToken)).MustReject("reason", "tier");
        (await _server.PostAsync(path, """{"tier":"trusted"}""", token)).MustBeProblem(403, "forbidden");
        (await _server.PostAsync(path, """{"tier":"trusted"}""")).MustBeProblem(401, "unauthorized");
        (await _server.PostAsync("/v1/workers/w_nobody/trust-tier", """{"tier":"trusted"}""", admin: TestServer.AdminToken)).MustBeProblem(404, "not_found");
        (await _server.GetAsync("/v1/workers/w_nobody/reputation", admin: TestServer.AdminToken)).MustBeProblem(404, "not_found");
        (await _server.GetAsync($"/v1/workers/{id}/reputation", token)).MustBeProblem(403, "forbidden");
        Assert.Equal("basic", (string?)(await ReadAsync(id))["trust_tier"]);
    }

    private async Task<JsonNode> ReadAsync(string workerId)
    {
        await _server.App.Services.GetServices<IHostedService>().OfType<OutcomeFollower>().Single().CatchUpAsync(CancellationToken.None);
        var answer = await _server.GetAsync($"/v1/workers/{workerId}/reputation", admin: TestServer.AdminToken);
        Assert.Equal(200, answer.Status);
        return answer.Json!;
    }
}
