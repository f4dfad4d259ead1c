using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Tasks;

[Collection(SharedServer.Name)]
public sealed class OverrideTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Requeue_EndsTheLeaseAndTheHolderLearnsOfIt()
    {
        var (token, lease) = await _server.LeaseAsync();
        var answer = await ActAsync(lease["task_id"]!, "requeue");
        Assert.Equal((200, (string)lease["task_id"]!, "ready"), (answer.Status, answer.Text("task_id"), answer.Text("status")));
        var heartbeat = await _server.PostAsync("/v1/workers/heartbeat", "{}", token);
        Assert.Empty(heartbeat.Json!["leases"]!.AsArray());
        Assert.Equal("lease_lost", (string?)Assert.Single(heartbeat.Json["lost"]!.AsArray())!["reason"]);
        Assert.Equal(200, (await ActAsync(lease["task_id"]!, "requeue")).Status);
    }

    [Fact]
    public async Task Cancel_IsFinalAndTheHolderIsToldToStop()
    {
        var (token, lease) = await _server.LeaseAsync();
        Assert.Equal("cancelled", (await ActAsync(lease["task_id"]!, "cancel")).Text("status"));
        var heartbeat = await _server.PostAsync("/v1/workers/heartbeat", "{}", token);
        Assert.Equal([(string)lease["task_id"]!], heartbeat.Json!["cancel"]!.AsArray().Select(id => (string)id!));
        Assert.Equal(200, (await ActAsync(lease["task_id"]!, "cancel")).Status);
        var refused = (await ActAsync(lease["task_id"]!, "requeue")).MustBeProblem(400, "validation_error");
        Assert.Equal("cancelled", (string?)refused.Json!["details"]!["phase"]);
    }

    [Fact]
    public async Task Requeue_Rest_IsOver()
    {
        var (token, lease) = await _server.LeaseAsync();
        await _server.PostAsync($"/v1/tasks/{lease["task_id"]}/release", """{"retry_after_seconds":3600}""", token);
        Assert.Empty((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        await ActAsync(lease["task_id"]!, "requeue");
        Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
    }

    [Theory]
    [InlineData("requeue")]
    [InlineData("cancel")]
    public async Task Act_Faults(string verb)
    {
        (await ActAsync("t_nobodyknows", verb)).MustBeProblem(404, "not_found");
        (await ActAsync("w_notask", verb)).MustBeProblem(404, "not_found");
        var (token, lease) = await _server.LeaseAsync();
        (await ActAsync(lease["task_id"]!, verb, "{}")).MustReject("reason");
        (await ActAsync(lease["task_id"]!, verb, """{"reason":" "}""")).MustReject("reason");
        (await ActAsync(lease["task_id"]!, verb, $$"""{"reason":"{{new string('x', 501)}}"}""")).MustReject("reason");
        (await _server.PostAsync($"/v1/admin/tasks/{lease["task_id"]}/{verb}", """{"reason":"x"}""", token)).MustBeProblem(403, "forbidden");
        (await _server.PostAsync($"/v1/admin/tasks/{lease["task_id"]}/{verb}", """{"reason":"x"}""")).MustBeProblem(401, "unauthorized");
        Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        Assert.Equal(200, (await ActAsync(lease["task_id"]!, verb, $$"""{"reason":"{{new string('x', 500)}}"}""")).Status);
    }

    private Task<Answer> ActAsync(object taskId, string verb, string body = """{"reason":"The maintainer says so."}""") =>
        _server.PostAsync($"/v1/admin/tasks/{taskId}/{verb}", body, admin: TestServer.AdminToken);
}
