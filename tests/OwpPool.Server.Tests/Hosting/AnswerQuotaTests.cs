using System.Globalization;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>What callers can make the server store with keys (threats H4), and what is shown again to whom (L7).</summary>
public sealed class AnswerQuotaTests
{
    private const string Admin = TestServer.AdminToken;
    private static readonly (string, string) SlowRefill = ("OwpPool__RateLimits__StoredAnswers", "1");

    [Fact]
    public async Task Claims_WithFreshKeysWhileHoldingLargeTasks_StoreNothingMore()
    {
        await using var server = await OwnServer.StartAsync();
        var token = await WithLargeTasksAsync(server, tasks: 4);
        var claimed = await server.PostAsync("/v1/claims", "{}", token, key: "first");
        Assert.Equal(4, claimed.Json!["leases"]!.AsArray().Count);
        Assert.True(claimed.Body.Length > 200_000);
        var before = await StoredAsync(server);
        Assert.Equal(1, before.Rows);
        // One row without a body: what the claim did is known by its leases.
        Assert.InRange(before.Bytes, 1, 1_000);
        for (var i = 0; i < 200; i++)
            Assert.Equal(claimed.Json["leases"]!.ToJsonString(), (await server.PostAsync("/v1/claims", "{}", token, key: $"more-{i}")).Json!["leases"]!.ToJsonString());
        Assert.Equal(before, await StoredAsync(server));
    }

    [Fact]
    public async Task Claim_Repeated_IsRebuiltFromItsLeasesAndTakesNoMore()
    {
        await using var server = await OwnServer.StartAsync();
        var token = await WithLargeTasksAsync(server, tasks: 4);
        var first = await server.PostAsync("/v1/claims", """{"max":2}""", token, key: "k");
        var leases = first.Json!["leases"]!.AsArray();
        Assert.Equal(2, leases.Count);
        (await server.PostAsync("/v1/claims", """{"max":2}""", token, key: "k")).MustReplay(first);
        (await server.PostAsync("/v1/claims", """{"max":1}""", token, key: "k")).MustBeProblem(422, "idempotency_mismatch");
        await server.StopAsync();
        await server.StartAgainAsync();
        (await server.PostAsync("/v1/claims", """{"max":2}""", token, key: "k")).MustReplay(first);
        // One of the two is given back: the repeat tells of the other, and takes none in its place.
        Assert.Equal(200, (await server.PostAsync($"/v1/tasks/{leases[0]!["task_id"]}/release", "{}", token)).Status);
        var one = await server.PostAsync("/v1/claims", """{"max":2}""", token, key: "k");
        Assert.Equal((string?)leases[1]!["lease_id"], (string?)Assert.Single(one.Json!["leases"]!.AsArray())!["lease_id"]);
        Assert.Equal(200, (await server.PostAsync($"/v1/tasks/{leases[1]!["task_id"]}/release", "{}", token)).Status);
        var none = await server.PostAsync("/v1/claims", """{"max":2}""", token, key: "k");
        Assert.Empty(none.Json!["leases"]!.AsArray());
        Assert.Equal("true", none.Headers["Idempotency-Replayed"]);
    }

    [Fact]
    public async Task Claim_ThatTookNothing_IsNotKeptAndTheRepeatAsksAnew()
    {
        await using var server = await OwnServer.StartAsync();
        await server.PostAsync("/v1/admin/repos", """{"repo":"shop","max_open_prs":9}""", admin: Admin);
        var token = (await server.PostAsync("/v1/workers/register", """{"name":"x"}""")).Text("token");
        foreach (var path in new[] { "/v1/claims", "/v1/work/offers" })
            Assert.Equal(200, (await server.PostAsync(path, "{}", token, key: "k")).Status);
        Assert.Equal(0, (await StoredAsync(server)).Rows);
        Assert.Equal(201, (await server.PostAsync("/v1/admin/tasks", """{"repo":"shop","title":"x"}""", admin: Admin)).Status);
        await Eventually.TrueAsync(async () =>
            (await server.PostAsync("/v1/claims", "{}", token, key: "k")).Json!["leases"]!.AsArray().Count == 1, "the work is found");
    }

    [Fact]
    public async Task Offers_Repeated_AreRebuiltAndMakeNoMore()
    {
        await using var server = await OwnServer.StartAsync();
        var token = await WithLargeTasksAsync(server, tasks: 4);
        var first = await server.PostAsync("/v1/work/offers", """{"max":2}""", token, key: "k");
        Assert.Equal(2, first.Json!["offers"]!.AsArray().Count);
        Assert.InRange((await StoredAsync(server)).Bytes, 1, 1_000);
        (await server.PostAsync("/v1/work/offers", """{"max":2}""", token, key: "k")).MustReplay(first);
    }

    [Fact]
    public async Task Worker_WithItsQuotaSpent_IsToldWhenAndOthersAndKeylessRequestsGoOn()
    {
        await using var server = await OwnServer.StartAsync(SlowRefill, ("OwpPool__RateLimits__StoredAnswersBurst", "3"));
        var (one, two) = (await RegisterAsync(server), await RegisterAsync(server));
        for (var i = 0; i < 3; i++) Assert.Equal(200, (await HeartbeatAsync(one, $"k{i}")).Status);
        var rows = (await StoredAsync(server)).Rows;
        for (var i = 3; i < 9; i++)
        {
            var refused = await HeartbeatAsync(one, $"k{i}");
            refused.MustBeProblem(429, "rate_limited");
            Assert.InRange(int.Parse(refused.Headers["Retry-After"], CultureInfo.InvariantCulture), 1, 86_400);
        }
        Assert.Equal(rows, (await StoredAsync(server)).Rows);
        // What is stored is shown again, without a key everything goes on, and another caller has its own.
        Assert.Equal("true", (await HeartbeatAsync(one, "k1")).Headers["Idempotency-Replayed"]);
        Assert.Equal(200, (await HeartbeatAsync(one, null)).Status);
        Assert.Equal(200, (await HeartbeatAsync(two, "k9")).Status);
        // The admin has a hundred times as much.
        for (var i = 0; i < 9; i++)
            Assert.Equal(201, (await server.PostAsync("/v1/admin/repos", """{"repo":"acme/x"}""", admin: Admin, key: $"a{i}")).Status);

        Task<Answer> HeartbeatAsync(string token, string? key) => server.PostAsync("/v1/workers/heartbeat", "{}", token, key: key);
    }

    [Fact]
    public async Task Worker_WithItsBytesSpent_IsRefusedAndTheAnswerThatSpentThemIsKept()
    {
        await using var server = await OwnServer.StartAsync(
            ("OwpPool__RateLimits__StoredAnswerKilobytes", "1"), ("OwpPool__RateLimits__StoredAnswerKilobytesBurst", "2"));
        var token = await WithLargeTasksAsync(server, tasks: 1);
        var offer = (await server.PostAsync("/v1/work/offers", "{}", token)).Json!["offers"]![0]!["offer_id"];
        // 80 KB: more than there is room for, and yet its effect is remembered.
        var accepted = await server.PostAsync($"/v1/work/offers/{offer}/accept", "{}", token, key: "accept");
        Assert.Equal(201, accepted.Status);
        (await server.PostAsync("/v1/workers/heartbeat", "{}", token, key: "k")).MustBeProblem(429, "rate_limited");
        (await server.PostAsync($"/v1/work/offers/{offer}/accept", "{}", token, key: "accept")).MustReplay(accepted);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("register-my-worker-2026")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    public async Task Registration_WithAGuessableKey_IsOneWorkerAndItsTokenIsNotShownAgain(string key)
    {
        await using var server = await OwnServer.StartAsync();
        var first = await server.PostAsync("/v1/workers/register", """{"name":"mine"}""", key: key);
        Assert.Equal(201, first.Status);
        // Somebody else behind the same address chooses the same key and the same name.
        var second = await server.PostAsync("/v1/workers/register", """{"name":"mine"}""", key: key);
        Assert.Equal("already_exists", (string?)second.MustBeProblem(409, "conflict").Json!["details"]!["reason"]);
        Assert.DoesNotContain(first.Text("token"), second.Body, StringComparison.Ordinal);
        Assert.InRange((await StoredAsync(server)).Bytes, 1, 1_000);
        // Whoever lost the answer registers anew, as the refusal says.
        var anew = await server.PostAsync("/v1/workers/register", """{"name":"mine"}""", key: Keyed.NewKey());
        Assert.Equal(201, anew.Status);
        Assert.Equal(200, (await server.GetAsync("/v1/workers/me", first.Text("token"))).Status);
    }

    [Theory]
    [InlineData("8e03978e-40d5-43dd-bc93-6894a57f9324", true)]
    [InlineData("8E03978E40D543DDBC936894A57F9324", true)]
    [InlineData("8e03978e40d543ddbc936894a57f932", false)]
    [InlineData("Zk9xQ2vB7nLmT4wYpRsD1A", true)]
    [InlineData("Zk9xQ2vB7nLmT4wYpRsD1", false)]
    [InlineData("zk9xq2vb7nlmt4wyprsd1axx", false)]
    [InlineData("11111111111111111111111111111111", false)]
    [InlineData("Aaaaaaaaaaaaaaaaaaaaaaaaaa1", false)]
    [InlineData("", false)]
    public void IsHardToGuess_ByForm(string key, bool hard) => Assert.Equal(hard, KeyedRequest.IsHardToGuess(key));

    /// <summary>A worker that could take four tasks of 60 KB, which are there.</summary>
    private static async Task<string> WithLargeTasksAsync(OwnServer server, int tasks)
    {
        await server.PostAsync("/v1/admin/repos", """{"repo":"shop","max_open_prs":9}""", admin: Admin);
        for (var i = 0; i < tasks; i++)
        {
            var body = $$"""{"repo":"shop","title":"Task {{i}}","description":"{{new string('x', 60_000)}}"}""";
            Assert.Equal(201, (await server.PostAsync("/v1/admin/tasks", body, admin: Admin)).Status);
        }
        var registered = await server.PostAsync("/v1/workers/register", """{"name":"x","max_concurrent_tasks":4,"capacity_points":4}""");
        var token = registered.Text("token");
        await Eventually.TrueAsync(async () =>
        {
            var explained = await server.GetAsync("/v1/work/explain", token);
            return explained.Json!["repos"]!.AsArray().Sum(repo => (int)repo!["ready"]!) == tasks;
        }, "the tasks are to be had");
        return token;
    }

    private static async Task<string> RegisterAsync(OwnServer server) =>
        (await server.PostAsync("/v1/workers/register", """{"name":"x"}""")).Text("token");

    private static async Task<(long Rows, long Bytes)> StoredAsync(OwnServer server)
    {
        await using var connection = await server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*), COALESCE(sum(length(PayloadBinary)), 0) FROM OrleansStorage WHERE GrainTypeString = 'answer'";
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        return (reader.GetInt64(0), reader.GetInt64(1));
    }
}
