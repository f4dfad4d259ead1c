using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Tasks;

[Collection(SharedServer.Name)]
public sealed class ReleaseTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("leased")]
    [InlineData("in_progress")]
    [InlineData("blocked")]
    public async Task Release_FromEveryLeasedPhase_IsReadyAgainAndCountsNoAttempt(string phase)
    {
        var (token, lease) = await _server.LeaseAsync();
        if (phase != "leased") await _server.PostAsync(Path(lease, "status"), """{"status":"in_progress"}""", token);
        if (phase == "blocked") await _server.PostAsync(Path(lease, "status"), """{"status":"blocked"}""", token);
        var answer = await _server.PostAsync(Path(lease, "release"),
            $$"""{"reason":"I have to leave.","lease_id":"{{lease["lease_id"]}}","fencing_token":{{lease["fencing_token"]}}}""", token);
        Assert.Equal((200, (string)lease["task_id"]!, "ready"), (answer.Status, answer.Text("task_id"), answer.Text("status")));
        var again = Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray())!;
        Assert.Equal((1, 2L), ((int)again["attempt"]!, (long)again["fencing_token"]!));
    }

    [Fact]
    public async Task Release_RetryAfter_LetsItRest()
    {
        var (token, lease) = await _server.LeaseAsync();
        Assert.Equal(200, (await _server.PostAsync(Path(lease, "release"), """{"retry_after_seconds":86400}""", token)).Status);
        Assert.Empty((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        var why = await _server.GetAsync($"/v1/work/explain?task_id={lease["task_id"]}", token);
        Assert.Equal("not_before", (string?)why.Json!["task"]!["reason"]);
    }

    [Fact]
    public async Task Release_FreesTheWorkersOwnLongPoll()
    {
        var skill = System.IO.Path.GetRandomFileName();
        var repo = await _server.AddRepoAsync();
        var first = await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"],"estimate_points":5,"priority":90""");
        var second = await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"],"estimate_points":5""");
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        await _server.GetAsync("/v1/work", token);
        await _server.PostAsync($"/v1/tasks/{first}/status", """{"status":"in_progress"}""", token);
        var poll = _server.GetAsync("/v1/work?wait_seconds=60", token);
        await _server.PostAsync($"/v1/tasks/{first}/release", """{"retry_after_seconds":60}""", token);
        Assert.Equal(second, (string?)Assert.Single((await poll).Json!["leases"]!.AsArray())!["task_id"]);
    }

    [Fact]
    public async Task Release_Twice_IsALostLeaseWithoutAKeyAndOneEffectWithOne()
    {
        var (token, lease) = await _server.LeaseAsync();
        Assert.Equal(200, (await _server.PostAsync(Path(lease, "release"), "{}", token)).Status);
        Assert.Equal("lease_lost", Reason((await _server.PostAsync(Path(lease, "release"), "{}", token)).MustBeProblem(409, "conflict")));
        (token, lease) = await _server.LeaseAsync();
        var key = Keyed.NewKey();
        var first = await _server.PostKeyedAsync(key, Path(lease, "release"), "{}", token);
        Assert.Equal(200, first.Status);
        (await _server.PostKeyedAsync(key, Path(lease, "release"), "{}", token)).MustReplay(first);
    }

    [Fact]
    public async Task Release_ByAnother_IsForbidden()
    {
        var (_, lease) = await _server.LeaseAsync();
        var (_, other) = await _server.RegisterAsync();
        Assert.Equal("not_holder", Reason((await _server.PostAsync(Path(lease, "release"), "{}", other)).MustBeProblem(403, "forbidden")));
    }

    [Theory]
    [InlineData(""" "fencing_token":99 """)]
    [InlineData(""" "fencing_token":0 """)]
    [InlineData(""" "lease_id":"l_earlier" """)]
    public async Task Release_OfAnEarlierLease_IsStale(string field)
    {
        var (token, lease) = await _server.LeaseAsync();
        var answer = await _server.PostAsync(Path(lease, "release"), $"{{{field}}}", token);
        Assert.Equal("stale_token", Reason(answer.MustBeProblem(409, "conflict")));
        Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
    }

    [Fact]
    public async Task Release_Reason_IsCapped()
    {
        var (token, lease) = await _server.LeaseAsync();
        (await _server.PostAsync(Path(lease, "release"), $$"""{"reason":"{{new string('x', 501)}}"}""", token)).MustReject("reason");
        Assert.Equal(200, (await _server.PostAsync(Path(lease, "release"), $$"""{"reason":"{{new string('x', 500)}}"}""", token)).Status);
    }

    [Fact]
    public async Task Release_Faults()
    {
        var (_, token) = await _server.RegisterAsync();
        (await _server.PostAsync("/v1/tasks/t_nobodyknows/release", "{}", token)).MustBeProblem(404, "not_found");
        (await _server.PostAsync("/v1/tasks/w_notask/release", "{}", token)).MustBeProblem(404, "not_found");
        (await _server.PostAsync("/v1/tasks/t_any/release", "{}")).MustBeProblem(401, "unauthorized");
        (await _server.PostAsync("/v1/tasks/t_any/release", """{"retry_after_seconds":86401,"lease_id":"x","fencing_token":-1}""", token))
            .MustReject("retry_after_seconds", "lease_id", "fencing_token");
    }

    private static string Path(JsonNode lease, string verb) => $"/v1/tasks/{lease["task_id"]}/{verb}";

    private static string? Reason(Answer answer) => (string?)answer.Json!["details"]!["reason"];
}
