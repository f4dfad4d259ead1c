using System.Text.Json;
using System.Text.Json.Nodes;
using OwpPool.Server.GitHub;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.GitHub;

/// <summary>What the webhook's endpoint takes, and what it refuses without reading.</summary>
[Collection(SignedServer.Name)]
public sealed class DeliveryTests(SignedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Receive_NoSecret_ThereIsNoSuchEndpoint()
    {
        await using var server = await TestServer.StartAsync();
        var answer = (await server.DeliverAsync("ping", "{}")).MustBeProblem(404, "not_found");
        Assert.Contains("GITHUB_WEBHOOK_SECRET", answer.Text("suggestion"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Receive_Ping_IsTakenAndMeansNothing()
    {
        const string body = """{"zen":"Keep it simple.","hook_id":1}""";
        var answer = await _server.DeliverAsync("ping", body, "d-ping");
        Assert.Equal((202, "d-ping", "ignored"), (answer.Status, answer.Text("delivery_id"), answer.Text("result")));
        Assert.Equal("duplicate", (await _server.DeliverAsync("ping", body, "d-ping")).Text("result"));
    }

    [Theory]
    [InlineData("installation")]
    [InlineData("push")]
    [InlineData("no_such_event_yet")]
    public async Task Receive_OtherEvents_AreTakenAndMeanNothing(string name) =>
        Assert.Equal("ignored", (await _server.DeliverAsync(name, """{"action":"created"}""")).Text("result"));

    public static TheoryData<string, string> BadSignatures()
    {
        const string body = """{"zen":"x"}""";
        var right = GitHubDeliveries.Sign(body);
        return new TheoryData<string, string>
        {
            { "missing", "" },
            { "sha1 only", "sha1=" + new string('a', 40) },
            { "upper-case hex", "sha256=" + right[7..].ToUpperInvariant() },
            { "upper-case name", "SHA256=" + right[7..] },
            { "no name", right[7..] },
            { "too short", right[..^1] },
            { "too long", right + "0" },
            { "for another body", GitHubDeliveries.Sign(body + " ") },
            { "of another secret", GitHubDeliveries.Sign(body, GitHubDeliveries.Secret + "x") },
            { "of an empty secret", GitHubDeliveries.Sign(body, "") },
            { "no hex", "sha256=" + new string('z', 64) },
            { "blank before", " " + right + "," + right },
        };
    }

    [Theory]
    [MemberData(nameof(BadSignatures))]
    public async Task Receive_BadSignature_IsRefusedUnread(string what, string signature)
    {
        var answer = await _server.DeliverAsync("ping", """{"zen":"x"}""", $"d-bad-{what.Length}", signature);
        answer.MustBeProblem(401, "unauthorized");
        Assert.True(answer.Headers.ContainsKey("WWW-Authenticate"), what);
        Assert.Empty(await _server.RowsAsync("SELECT delivery_id FROM github_deliveries WHERE delivery_id LIKE 'd-bad-%'"));
    }

    [Fact]
    public async Task Receive_TwoSignatureHeaders_IsRefused()
    {
        const string body = "{}";
        var answer = await _server.SendAsync(HttpMethod.Post, "/webhooks/github", new StringContent(body), with: request =>
        {
            request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", GitHubDeliveries.Sign(body));
            request.Headers.TryAddWithoutValidation("X-Hub-Signature-256", GitHubDeliveries.Sign(body));
        });
        answer.MustBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Receive_BodyThatWasSerialisedAgain_IsRefused()
    {
        var held = await _server.HoldAsync();
        var body = held.Named.Event("opened");
        var again = JsonNode.Parse(body)!.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
        (await _server.DeliverAsync("pull_request", again, signature: GitHubDeliveries.Sign(body))).MustBeProblem(401, "unauthorized");
        Assert.Equal("leased", await _server.PhaseAsync(held.TaskId));
    }

    [Fact]
    public async Task Receive_SignatureRight_OtherFaultsAreNamed()
    {
        (await _server.DeliverAsync("ping", "{}", deliveryId: "")).MustReject("X-GitHub-Delivery");
        (await _server.DeliverAsync("ping", "{}", deliveryId: new string('x', 101))).MustReject("X-GitHub-Delivery");
        (await _server.DeliverAsync("", "{}")).MustReject("X-GitHub-Event");
        foreach (var body in new[] { "", "[]", "null", "{", "{} {}", """{"a":1,}""" })
            (await _server.DeliverAsync("pull_request", body)).MustReject("body");
        foreach (var charset in new[] { "utf-16", "latin1" })
        {
            (await _server.DeliverAsync("ping", "{}", media: $"application/json; charset={charset}")).MustBeProblem(415,
                "unsupported_media_type");
        }
        foreach (var charset in new[] { "utf8", "UTF8", "\"utf-8\"", "us-ascii" })
            Assert.Equal(202, (await _server.DeliverAsync("ping", "{}", media: $"application/json; charset={charset}")).Status);
        (await _server.DeliverAsync("ping", "payload=%7B%7D", media: "application/x-www-form-urlencoded")).MustBeProblem(415,
            "unsupported_media_type");
    }

    [Fact]
    public async Task Receive_PullRequestsThatLackSomething_AreIgnored()
    {
        var whole = JsonNode.Parse(new FakePull("acme/x", 7).Event("opened"))!;
        foreach (var path in new[] { "pull_request", "pull_request.html_url", "pull_request.updated_at", "pull_request.base", "action" })
        {
            var parts = path.Split('.');
            foreach (var odd in new JsonNode?[] { null, 7, new JsonArray(), "\ud83d" })
            {
                var body = whole.DeepClone();
                (parts.Length == 1 ? body : body[parts[0]]!)[parts[^1]] = odd?.DeepClone();
                Assert.Equal("ignored", (await _server.DeliverAsync("pull_request", body.ToJsonString())).Text("result"));
            }
        }
    }

    [Fact]
    public async Task Receive_AtTheLimitAndBeyond()
    {
        await using var server = await TestServer.StartAsync(
            ("GITHUB_WEBHOOK_SECRET", GitHubDeliveries.Secret), ("OwpPool__GitHub__MaxWebhookBytes", "300000"));
        // Beyond what other endpoints take.
        var body = $$"""{"zen":"{{new string('x', 300_000 - 10)}}"}""";
        Assert.Equal(202, (await server.DeliverAsync("ping", body)).Status);
        (await server.DeliverAsync("ping", body + " ")).MustBeProblem(413, "payload_too_large");
    }

    [Theory]
    [InlineData("0123456789abcdef0123456789abcde", "must have at least 32 bytes")]
    [InlineData("0123456789abcdef0123456789ABCDEF", "is a known sample or easily guessed; choose random bytes of your own")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "is a known sample or easily guessed; choose random bytes of your own")]
    [InlineData("8f2b1c07d9e64a53b0c7f1e2d3a4b5c6", null)]
    [InlineData("ähnlich wie ein Satz, aber äöü", "must have at least 32 bytes")]
    [InlineData("ähnlich wie ein Satz, aber äöüß", null)]
    public void WhyNotSecret_Length_CountsBytes(string secret, string? fault)
    {
        if (fault is null || !secret.StartsWith('ä')) Assert.Equal(fault, WebhookSignature.WhyNotSecret(secret));
        else Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(secret) < 32 ? fault : null, WebhookSignature.WhyNotSecret(secret));
    }

    [Fact]
    public async Task Clean_OldDeliveries_AreForgottenAfterTheirTime()
    {
        var clock = new ManualTimeProvider();
        await using var server = await OwnServer.StartAsync(clock, ("GITHUB_WEBHOOK_SECRET", GitHubDeliveries.Secret));
        Assert.True(await server.Storage.GitHubInbox.AddAsync("d-1", "ping", null, clock.GetUtcNow()));
        clock.Advance(TimeSpan.FromDays(7));
        Assert.Equal(0, await server.Get<DeliveryCleaner>().CleanAsync(default));
        Assert.False(await server.Storage.GitHubInbox.AddAsync("d-1", "ping", null, clock.GetUtcNow()));
        clock.StepWallClock(TimeSpan.FromMilliseconds(1));
        // By this call, or by the server's own of the same moment.
        await server.Get<DeliveryCleaner>().CleanAsync(default);
        Assert.True(await server.Storage.GitHubInbox.AddAsync("d-1", "ping", null, clock.GetUtcNow()));
    }
}
