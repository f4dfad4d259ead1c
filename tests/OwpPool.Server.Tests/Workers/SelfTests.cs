using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Workers;

[Collection(SharedServer.Name)]
public sealed class SelfTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Me_TellsProfileLoadAndLeasesButNoSecret()
    {
        var (token, lease) = await _server.LeaseAsync(taskFields: ""","estimate_points":3""");
        var me = await _server.GetAsync("/v1/workers/me", token);
        Assert.Equal(200, me.Status);
        Assert.Equal(
            ["worker_id", "name", "github_handle", "skills", "capacity_points", "max_concurrent_tasks", "status", "paused_by_admin",
                "trust_tier", "reputation_score", "registered_at", "load", "leases", "offers"],
            me.Json!.AsObject().Select(member => member.Key));
        Assert.Equal(("Test", "idle", "basic", 5, 2),
            (me.Text("name"), me.Text("status"), me.Text("trust_tier"), (int)me.Json["capacity_points"]!, (int)me.Json["max_concurrent_tasks"]!));
        Assert.Equal((3, 1), ((int)me.Json["load"]!["points"]!, (int)me.Json["load"]!["tasks"]!));
        Assert.Equal(lease.ToJsonString(), Assert.Single(me.Json["leases"]!.AsArray())!.ToJsonString());
        Assert.DoesNotContain("hash", me.Body, StringComparison.OrdinalIgnoreCase);
        (await _server.GetAsync("/v1/workers/me")).MustBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Rotate_NewTokenWorksAndTheOldOneForAWhile()
    {
        var (id, first) = await _server.RegisterAsync();
        var answer = await _server.PostAsync("/v1/workers/token/rotate", "{}", first);
        Assert.Equal((200, id, 60), (answer.Status, answer.Text("worker_id"), (int)answer.Json!["old_token_seconds"]!));
        var second = answer.Text("token");
        Assert.NotEqual(first, second);
        Assert.Equal(200, (await _server.GetAsync("/v1/workers/me", second)).Status);
        Assert.Equal(200, (await _server.GetAsync("/v1/workers/me", first)).Status);
        // Each was told that the old one is good for a minute, whatever is rotated in it; whoever found an old one changes nothing.
        var third = (await _server.SendAsync(HttpMethod.Post, "/v1/workers/token/rotate", null, second)).Text("token");
        foreach (var replaced in new[] { first, second })
            (await _server.PostAsync("/v1/workers/token/rotate", "{}", replaced)).MustBeProblem(401, "unauthorized");
        foreach (var token in new[] { first, second, third })
            Assert.Equal(200, (await _server.GetAsync("/v1/workers/me", token)).Status);
        Assert.Equal(200, (await _server.PostAsync($"/v1/workers/{id}/revoke", """{"reason":"lost"}""", admin: TestServer.AdminToken)).Status);
        foreach (var token in new[] { first, second, third })
            (await _server.GetAsync("/v1/workers/me", token)).MustBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Renew_PutsOffTheEnd()
    {
        var (token, lease) = await _server.LeaseAsync();
        var answer = await _server.SendAsync(HttpMethod.Post, $"/v1/leases/{lease["lease_id"]}/renew", null, token);
        Assert.Equal(200, answer.Status);
        Assert.Equal(["lease_expires_at", "remaining_seconds"], answer.Json!.AsObject().Select(member => member.Key));
        Assert.True(string.CompareOrdinal(answer.Text("lease_expires_at"), (string)lease["lease_expires_at"]!) >= 0);
        Assert.InRange((long)answer.Json["remaining_seconds"]!, 14_300, 14_400);
        var held = Assert.Single((await _server.GetAsync("/v1/workers/me", token)).Json!["leases"]!.AsArray())!;
        Assert.Equal(answer.Text("lease_expires_at"), (string?)held["lease_expires_at"]);
    }

    [Fact]
    public async Task Renew_Faults()
    {
        var (_, lease) = await _server.LeaseAsync();
        var (_, other) = await _server.RegisterAsync();
        Assert.Equal("lease_lost", Reason((await _server.PostAsync($"/v1/leases/{lease["lease_id"]}/renew", "{}", other)).MustBeProblem(409, "conflict")));
        Assert.Equal("lease_lost", Reason((await _server.PostAsync("/v1/leases/l_unknown/renew", "{}", other)).MustBeProblem(409, "conflict")));
        (await _server.PostAsync("/v1/leases/t_nolease/renew", "{}", other)).MustBeProblem(404, "not_found");
        (await _server.PostAsync("/v1/leases/l_a%2Fb/renew", "{}", other)).MustBeProblem(404, "not_found");
        (await _server.PostAsync("/v1/leases/l_any/renew", "[]", other)).MustReject("body");
        (await _server.PostAsync("/v1/leases/l_any/renew", "{}")).MustBeProblem(401, "unauthorized");
    }

    private static string? Reason(Answer answer) => (string?)answer.Json!["details"]!["reason"];
}
