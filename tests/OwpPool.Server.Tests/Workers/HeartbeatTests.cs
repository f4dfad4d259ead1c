using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Workers;

[Collection(SharedServer.Name)]
public sealed class HeartbeatTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Heartbeat_HoldingALease_TellsOfIt()
    {
        var (token, lease) = await _server.LeaseAsync();
        var answer = await _server.PostAsync("/v1/workers/heartbeat", """{"status":"working","note":"two\nlines","current_capacity":3}""", token);
        Assert.Equal(200, answer.Status);
        Assert.Equal(["ok", "server_time", "status", "leases", "lost", "cancel", "desired_state", "paused"],
            answer.Json!.AsObject().Select(member => member.Key));
        Assert.True((bool)answer.Json["ok"]!);
        Assert.Equal(("working", "run"), (answer.Text("status"), answer.Text("desired_state")));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", answer.Text("server_time"));
        var held = Assert.Single(answer.Json["leases"]!.AsArray())!.AsObject();
        Assert.Equal(["lease_id", "task_id", "lease_expires_at", "remaining_seconds"], held.Select(member => member.Key));
        Assert.Equal((string?)lease["task_id"], (string?)held["task_id"]);
        Assert.InRange((long)held["remaining_seconds"]!, 1, 14_400);
        Assert.Empty(answer.Json["lost"]!.AsArray());
        Assert.Empty(answer.Json["cancel"]!.AsArray());
    }

    [Theory]
    [InlineData("{}", "idle")]
    [InlineData("""{"status":"idle"}""", "idle")]
    [InlineData("""{"status":"working"}""", "working")]
    [InlineData("""{"status":"paused"}""", "paused")]
    [InlineData("""{"status":"offline"}""", "offline")]
    public async Task Heartbeat_Status_IsTaken(string body, string status)
    {
        var (_, token) = await _server.RegisterAsync();
        Assert.Equal(status, (await _server.PostAsync("/v1/workers/heartbeat", body, token)).Text("status"));
    }

    [Fact]
    public async Task Heartbeat_GoingAwayWithAnUnstartedLease_LosesIt()
    {
        var (token, lease) = await _server.LeaseAsync();
        var answer = await _server.PostAsync("/v1/workers/heartbeat", """{"status":"offline"}""", token);
        Assert.Empty(answer.Json!["leases"]!.AsArray());
        var lost = Assert.Single(answer.Json["lost"]!.AsArray())!.AsObject();
        Assert.Equal(["task_id", "reason"], lost.Select(member => member.Key));
        Assert.Equal((string?)lease["task_id"], (string?)lost["task_id"]);
    }

    [Theory]
    [InlineData("""{"status":"busy"}""", "status")]
    [InlineData("""{"status":"Idle"}""", "status")]
    [InlineData("""{"status":1}""", "status")]
    [InlineData("""{"status":""}""", "status")]
    [InlineData("""{"note":1}""", "note")]
    [InlineData("""{"note":"\u0007"}""", "note")]
    [InlineData("""{"status":[],"note":{}}""", "note", "status")]
    public async Task Heartbeat_BadField_IsNamed(string body, params string[] fields)
    {
        var (_, token) = await _server.RegisterAsync();
        (await _server.PostAsync("/v1/workers/heartbeat", body, token)).MustReject(fields);
    }

    [Theory]
    [InlineData(500, 200)]
    [InlineData(501, 400)]
    public async Task Heartbeat_NoteOfLength_IsJudged(int length, int status)
    {
        var (_, token) = await _server.RegisterAsync();
        var answer = await _server.PostAsync("/v1/workers/heartbeat", $$"""{"note":"{{new string('n', length)}}"}""", token);
        Assert.Equal(status, answer.Status);
    }
}
