using System.Text;
using OwpPool.Server.Hosting.Idempotency;
using OwpPool.Server.Tests.Support;
using OwpPool.Server.Workers;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Hosting;

[Collection(SharedServer.Name)]
public sealed class IdempotencyTests(SharedServer.Fixture shared)
{
    private const string Admin = TestServer.AdminToken;

    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Repeat_Registration_IsTheSameWorkerAndToken()
    {
        var key = Keyed.NewKey();
        var first = await _server.PostKeyedAsync(key, "/v1/workers/register", """{"name":"Once"}""");
        Assert.Equal(201, first.Status);
        (await _server.PostKeyedAsync(key, "/v1/workers/register", """{"name":"Once"}""")).MustReplay(first);
        Assert.Equal(200, (await _server.GetAsync("/v1/workers/me", first.Text("token"))).Status);
    }

    [Fact]
    public async Task Repeat_CreatedTask_IsTheSameTask()
    {
        var (repo, key) = (await _server.AddRepoAsync(), Keyed.NewKey());
        var body = $$"""{"repo":"{{repo}}","title":"Once","required_skills":["cobol"]}""";
        var first = await _server.PostKeyedAsync(key, "/v1/admin/tasks", body, admin: Admin);
        Assert.Equal(201, first.Status);
        Assert.StartsWith("t_k", first.Text("task_id"), StringComparison.Ordinal);
        (await _server.PostKeyedAsync(key, "/v1/admin/tasks", body, admin: Admin)).MustReplay(first);
        var other = await _server.PostKeyedAsync(Keyed.NewKey(), "/v1/admin/tasks", body, admin: Admin);
        Assert.NotEqual(first.Text("task_id"), other.Text("task_id"));
    }

    [Fact]
    public async Task Repeat_Refusal_IsTheSameRefusal()
    {
        var (key, body) = (Keyed.NewKey(), """{"repo":"acme/nobodyknows","title":"x"}""");
        var first = await _server.PostKeyedAsync(key, "/v1/admin/tasks", body, admin: Admin);
        first.MustBeProblem(404, "not_found");
        (await _server.PostKeyedAsync(key, "/v1/admin/tasks", body, admin: Admin)).MustReplay(first);
    }

    [Fact]
    public async Task Repeat_AnotherRequest_IsAMismatchAndDoesNothing()
    {
        var (_, token) = await _server.RegisterAsync();
        var key = Keyed.NewKey();
        Assert.Equal(200, (await _server.PostKeyedAsync(key, "/v1/workers/heartbeat", "{}", token)).Status);
        var others = new (string Path, string Body)[]
        {
            ("/v1/workers/heartbeat", """{"status":"paused"}"""), ("/v1/workers/heartbeat", "{ }"),
            ("/v1/workers/heartbeat?x=1", "{}"), ("/v1/workers/token/rotate", "{}"),
        };
        foreach (var (path, body) in others)
            (await _server.PostKeyedAsync(key, path, body, token)).MustBeProblem(422, "idempotency_mismatch");
        Assert.Equal("idle", (await _server.GetAsync("/v1/workers/me", token)).Text("status"));
    }

    [Fact]
    public async Task Repeat_WhileTheFirstRuns_IsAConflictThatSaysWhenToComeBack()
    {
        var skill = Path.GetRandomFileName();
        var (id, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        var waiters = _server.Get<WorkWaiters>();
        var key = Keyed.NewKey();
        var first = _server.PostKeyedAsync(key, "/v1/claims", """{"wait_seconds":60}""", token);
        await Eventually.TrueAsync(() => waiters.CountOf(id) == 1, "the claim waits");
        var second = await _server.PostKeyedAsync(key, "/v1/claims", """{"wait_seconds":60}""", token);
        second.MustBeProblem(409, "conflict");
        Assert.Equal(("1", "still_running"), (second.Headers["Retry-After"], (string?)second.Json!["details"]!["reason"]));
        (await _server.PostKeyedAsync(key, "/v1/claims", "{}", token)).MustBeProblem(422, "idempotency_mismatch");
        await _server.AddTaskAsync(await _server.AddRepoAsync(), $$""","required_skills":["{{skill}}"]""");
        Assert.Single((await first).Json!["leases"]!.AsArray());
        (await _server.PostKeyedAsync(key, "/v1/claims", """{"wait_seconds":60}""", token)).MustReplay(await first);
    }

    [Fact]
    public async Task Key_OfAnotherCaller_IsAnotherKey()
    {
        var key = Keyed.NewKey();
        var (first, one) = await _server.RegisterAsync();
        var (second, two) = await _server.RegisterAsync();
        Assert.Equal(first, (await _server.PostKeyedAsync(key, "/v1/workers/token/rotate", "{}", one)).Text("worker_id"));
        var answer = await _server.PostKeyedAsync(key, "/v1/workers/token/rotate", "{}", two);
        Assert.Equal((200, second), (answer.Status, answer.Text("worker_id")));
        Assert.False(answer.Headers.ContainsKey("Idempotency-Replayed"));
        Assert.Equal(201, (await _server.PostKeyedAsync(key, "/v1/admin/repos", """{"repo":"acme/keyed"}""", admin: Admin)).Status);
    }

    [Fact]
    public async Task Rotation_RepeatedWithTheOldToken_IsTheSameNewToken()
    {
        var (_, old) = await _server.RegisterAsync();
        var key = Keyed.NewKey();
        var first = await _server.PostKeyedAsync(key, "/v1/workers/token/rotate", "{}", old);
        (await _server.PostKeyedAsync(key, "/v1/workers/token/rotate", "{}", old)).MustReplay(first);
        (await _server.PostKeyedAsync(key, "/v1/workers/token/rotate", "{}", first.Text("token"))).MustReplay(first);
    }

    [Fact]
    public async Task Replay_WithoutTheCallersToken_IsRefusedAndTellsNothing()
    {
        var (id, token) = await _server.RegisterAsync();
        var key = Keyed.NewKey();
        var first = await _server.PostKeyedAsync(key, "/v1/workers/token/rotate", "{}", token);
        var forged = token[..^1] + (token[^1] == 'A' ? 'B' : 'A');
        var refused = await _server.PostKeyedAsync(key, "/v1/workers/token/rotate", "{}", forged);
        refused.MustBeProblem(401, "unauthorized");
        Assert.DoesNotContain(first.Text("token"), refused.Body, StringComparison.Ordinal);
        // What it would be told of a mismatch it is not told either.
        (await _server.PostKeyedAsync(key, "/v1/claims", "{}", forged)).MustBeProblem(401, "unauthorized");
        await _server.PostAsync($"/v1/workers/{id}/revoke", "{}", admin: Admin);
        (await _server.PostKeyedAsync(key, "/v1/workers/token/rotate", "{}", token)).MustBeProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Refusal_WithoutACredential_IsNotKept()
    {
        var (_, token) = await _server.RegisterAsync();
        var forged = token[..^1] + (token[^1] == 'A' ? 'B' : 'A');
        var key = Keyed.NewKey();
        (await _server.PostKeyedAsync(key, "/v1/claims", """{"max":0}""", forged)).MustBeProblem(401, "unauthorized");
        Assert.Equal(200, (await _server.PostKeyedAsync(key, "/v1/claims", "{}", token)).Status);
        var anonymous = Keyed.NewKey();
        (await _server.PostKeyedAsync(anonymous, "/v1/workers/register", "{}")).MustReject("name");
        Assert.Equal(201, (await _server.PostKeyedAsync(anonymous, "/v1/workers/register", """{"name":"x"}""")).Status);
    }

    public static TheoryData<string, bool> Keys => new()
    {
        { "a", true }, { new string('k', 255), true }, { "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", true }, { "!~", true },
        { new string('k', 256), false }, { "two words", false }, { "", false },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Key_IsOneToManyVisibleCharacters(string key, bool good)
    {
        var (_, token) = await _server.RegisterAsync();
        var answer = await _server.PostKeyedAsync(key, "/v1/workers/heartbeat", "{}", token);
        if (good) Assert.Equal(200, answer.Status);
        else answer.MustReject("Idempotency-Key");
    }

    [Theory]
    [InlineData("Idempotency-Key: a\r\nIdempotency-Key: a\r\n")]
    [InlineData("Idempotency-Key: a\tb\r\n")]
    [InlineData("Idempotency-Key:\r\n")]
    public async Task Key_OddHeaders_AreRefused(string headers)
    {
        var (_, token) = await _server.RegisterAsync();
        var (status, text) = await RawHttp.SendAsync(_server.Address,
            $"POST /v1/workers/heartbeat HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{headers}Connection: close\r\nContent-Length: 2\r\n\r\n{{}}");
        Assert.Equal(400, status);
        Assert.Contains("Idempotency-Key", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_OnAGet_MeansNothing()
    {
        var (_, token) = await _server.RegisterAsync();
        var answer = await _server.SendAsync(HttpMethod.Get, "/v1/workers/me", null, token,
            with: request => request.Headers.TryAddWithoutValidation("Idempotency-Key", "two words"));
        Assert.Equal(200, answer.Status);
    }

    [Fact]
    public async Task Body_TooLarge_IsRefusedAsWithoutAKeyAndNotKept()
    {
        var key = Keyed.NewKey();
        var large = $$"""{"repo":"acme/large","title":"{{new string('x', 300_000)}}"}""";
        (await _server.PostKeyedAsync(key, "/v1/admin/repos", large, admin: Admin)).MustBeProblem(413, "payload_too_large");
        Assert.Equal(201, (await _server.PostKeyedAsync(key, "/v1/admin/repos", """{"repo":"acme/large"}""", admin: Admin)).Status);
    }

    [Fact]
    public void SealedBody_OpensWithTheSameRequestOnly()
    {
        var request = new KeyedRequest("w_1", "key", "hash");
        var body = Encoding.UTF8.GetBytes("a token");
        var sealedBody = SealedBody.Seal(request, body);
        Assert.Equal(body, SealedBody.Open(request, sealedBody));
        Assert.NotEqual(sealedBody, SealedBody.Seal(request, body));
        Assert.DoesNotContain(Convert.ToBase64String(body), sealedBody, StringComparison.Ordinal);
        foreach (var other in new[] { request with { Caller = "w_2" }, request with { Key = "other" }, request with { Hash = "other" } })
            Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() => SealedBody.Open(other, sealedBody));
        Assert.Empty(SealedBody.Open(request, SealedBody.Seal(request, [])));
    }

    [Fact]
    public void EffectKey_DependsOnCallerKeyAndRequest()
    {
        var request = new KeyedRequest("w_1", "key", "hash");
        Assert.Equal(request.EffectKey, new KeyedRequest("w_1", "key", "hash").EffectKey);
        Assert.Matches("^[0-9a-f]{32}$", request.EffectKey);
        var others = new[] { new KeyedRequest("w_2", "key", "hash"), new KeyedRequest("w_1", "kex", "hash"), new KeyedRequest("w_1", "key", "hasj") };
        Assert.Equal(3, others.Select(other => other.EffectKey).Where(key => key != request.EffectKey).Distinct().Count());
    }
}
