using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using OwpPool.Server.Tests.Support;
using OwpPool.Server.Webhooks;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Webhooks;

/// <summary>What receivers get.</summary>
public sealed class WebhookDeliveryTests
{
    private const string Admin = TestServer.AdminToken;

    private static readonly (string, string)[] Trying =
    [
        ("OwpPool__Webhooks__AllowHttp", "true"), ("OwpPool__Webhooks__AllowPrivateAddresses", "true"),
        ("OwpPool__Webhooks__RetryDelayMilliseconds", "1"), ("OwpPool__Webhooks__MaxTries", "3"),
    ];

    [Fact]
    public async Task Deliver_EventsOfItsTopics_InOrderSignedAndAsTheLogShowsThem()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await OwnServer.StartAsync(Trying);
        await AddRepoAsync(server, "before/it");
        var (id, secret) = await AddHookAsync(server, receiver, """["task.created","repo"]""");
        await AddRepoAsync(server, "acme/site");
        for (var i = 0; i < 10; i++) await AddTaskAsync(server, $"Task {i}");
        await server.PostAsync("/v1/workers/register", """{"name":"ada"}""");

        await Eventually.TrueAsync(() => receiver.Deliveries.Count == 11, "all are delivered");

        Assert.Equal(["repo.created", .. Enumerable.Repeat("task.created", 10)], receiver.Types);
        var seqs = receiver.Deliveries.Select(delivery => (long)delivery.Json["seq"]!).ToList();
        Assert.Equal(seqs.Order().Distinct(), seqs);
        Assert.All(receiver.Deliveries, delivery =>
        {
            Assert.True(delivery.IsSignedBy(secret));
            Assert.False(delivery.IsSignedBy(secret + "x"));
            Assert.Equal(("POST", "/hook", (string?)delivery.Json["event_type"]), (delivery.Method, delivery.Path, delivery.Type));
            Assert.Matches($"^{id}.{delivery.Json["seq"]}-[0-9a-f]{{10}}$", delivery.Id);
        });
        var stored = (await server.Storage.Events.ReadAfterAsync(seqs[1] - 1, 1))[0];
        var first = receiver.Deliveries.ElementAt(1).Json;
        Assert.Equal((stored.Target, stored.Actor, stored.Repo),
            ((string?)first["target"], (string?)first["actor"], (string?)first["repo"]));
        Assert.Equal("Task 0", (string?)first["details"]!["title"]);
    }

    [Fact]
    public async Task Deliver_NotTaken_IsRepeatedInOrderUnderOneId()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (http, number) =>
        {
            http.Response.StatusCode = number is 2 or 3 ? 500 : 200;
            return Task.CompletedTask;
        };
        await using var server = await OwnServer.StartAsync(Trying);
        await AddHookAsync(server, receiver, """["task.created"]""");
        await AddRepoAsync(server, "acme/site");
        for (var i = 0; i < 3; i++) await AddTaskAsync(server, $"Task {i}");
        await Eventually.TrueAsync(() => receiver.Deliveries.Count == 3, "all are delivered");
        Assert.Equal(["Task 0", "Task 1", "Task 2"], receiver.Deliveries.Select(delivery => (string)delivery.Json["details"]!["title"]!));
        await Eventually.TrueAsync(async () => (await HookAsync(server))["failing_since"] is null, "it stands well again");
    }

    [Theory]
    [InlineData(500)]
    [InlineData(302)]
    [InlineData(404)]
    public async Task Deliver_NeverTaken_IsPutAsideAndSentAgainWhenAsked(int status)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var elsewhere = await Receiver.StartAsync();
        var failing = true;
        receiver.Answer = (http, _) =>
        {
            if (failing && http.Request.Headers["X-Owp-Event"] == "task.created") http.Response.StatusCode = status;
            http.Response.Headers.Location = elsewhere.Url;
            return Task.CompletedTask;
        };
        await using var server = await OwnServer.StartAsync(Trying);
        var (id, _) = await AddHookAsync(server, receiver, """["task.created","worker.registered"]""");
        await AddRepoAsync(server, "acme/site");
        await AddTaskAsync(server, "Task 0");
        await server.PostAsync("/v1/workers/register", """{"name":"ada"}""");
        // The next one is not held up for ever.
        await Eventually.TrueAsync(() => receiver.Types is ["worker.registered"], "the next event is delivered");

        var letters = await server.SendAsync(HttpMethod.Get, $"/v1/admin/webhooks/{id}/dead-letters", admin: Admin);
        var letter = Assert.Single(letters.Json!["items"]!.AsArray())!;
        Assert.Equal(("task.created", 3, $"The receiver answered {status}."),
            ((string?)letter["event_type"], (int)letter["tries"]!, (string?)letter["reason"]));
        var path = $"/v1/admin/webhooks/{id}/dead-letters/{letter["seq"]}/redeliver";
        var refused = (await server.PostAsync(path, "", admin: Admin)).MustBeProblem(409, "conflict");
        Assert.Equal("delivery_failed", (string?)refused.Json!["details"]!["reason"]);
        failing = false;
        Assert.Equal(200, (await server.PostAsync(path, "", admin: Admin)).Status);
        Assert.Equal(["worker.registered", "task.created"], receiver.Types);
        (await server.PostAsync(path, "", admin: Admin)).MustBeProblem(404, "not_found");
        Assert.Empty(elsewhere.Deliveries);
    }

    [Fact]
    public async Task DeadLetters_Many_ArePaged()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = static (http, _) =>
        {
            http.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await using var server = await OwnServer.StartAsync([.. Trying, ("OwpPool__Webhooks__MaxTries", "1")]);
        var (id, _) = await AddHookAsync(server, receiver, """["task.created"]""");
        await AddRepoAsync(server, "acme/site");
        for (var i = 0; i < 3; i++) await AddTaskAsync(server, $"Task {i}");
        var path = $"/v1/admin/webhooks/{id}/dead-letters";
        await Eventually.TrueAsync(async () => (await PageAsync(path)).Json!["items"]!.AsArray().Count == 3, "all are put aside");
        var first = await PageAsync(path + "?limit=2");
        Assert.Equal(2, first.Json!["items"]!.AsArray().Count);
        Assert.Contains($"cursor={first.Json["next_cursor"]}", first.Headers["Link"], StringComparison.Ordinal);
        var last = await PageAsync($"{path}?limit=2&cursor={first.Json["next_cursor"]}");
        Assert.Single(last.Json!["items"]!.AsArray());
        Assert.Null(last.Json["next_cursor"]);
        (await PageAsync(path + "?limit=0")).MustReject("limit");
        (await PageAsync(path + "?limit=201")).MustReject("limit");
        (await PageAsync(path + "?cursor=x")).MustReject("cursor");

        Task<Answer> PageAsync(string page) => server.SendAsync(HttpMethod.Get, page, admin: Admin);
    }

    [Fact]
    public async Task Deliver_NothingTakenForTooLong_IsDisabledWithAnEventAndGoesOnWhenEnabled()
    {
        await using var receiver = await Receiver.StartAsync();
        var failing = true;
        receiver.Answer = (http, _) =>
        {
            http.Response.StatusCode = failing ? 503 : 200;
            return Task.CompletedTask;
        };
        await using var server = await OwnServer.StartAsync([.. Trying, ("OwpPool__Webhooks__RetryDelayMilliseconds", "400"),
            ("OwpPool__Webhooks__DisableAfterSeconds", "1")]);
        var (id, _) = await AddHookAsync(server, receiver, """["task.created"]""");
        await AddRepoAsync(server, "acme/site");
        await AddTaskAsync(server, "Task 0");
        await Eventually.TrueAsync(async () => (string?)(await HookAsync(server))["state"] == "disabled", "it is disabled");
        var disabled = Assert.Single((await server.Storage.Events.ReadAfterAsync(0, 1000)), item => item.Type == "webhook.disabled");
        Assert.Equal(("system", id), (disabled.Actor, disabled.Target));
        Assert.Contains("answered 503", disabled.Details, StringComparison.Ordinal);
        // It keeps no old event from being removed.
        Assert.Null(await server.Storage.Cursors.GetAsync($"webhook.{id}"));
        await AddTaskAsync(server, "Task 1");

        failing = false;
        Assert.Equal("active", (await server.PostAsync($"/v1/admin/webhooks/{id}/enable", "", admin: Admin)).Text("state"));

        await Eventually.TrueAsync(() => receiver.Deliveries.Count == 2, "it goes on where it stopped");
        Assert.Equal(["Task 0", "Task 1"], receiver.Deliveries.Select(delivery => (string)delivery.Json["details"]!["title"]!));
        Assert.Equal(200, (await server.PostAsync($"/v1/admin/webhooks/{id}/enable", "", admin: Admin)).Status);
    }

    [Fact]
    public async Task Rotate_BothSecretsSign_UntilTheOldOneEnds()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await OwnServer.StartAsync(Trying);
        var (id, old) = await AddHookAsync(server, receiver, """["repo.created"]""");
        var secret = (await server.PostAsync($"/v1/admin/webhooks/{id}/rotate", "", admin: Admin)).Text("secret");
        await AddRepoAsync(server, "acme/one");
        await Eventually.TrueAsync(() => receiver.Deliveries.Count == 1, "it is delivered");
        var delivery = receiver.Deliveries.Single();
        Assert.True(delivery.IsSignedBy(secret) && delivery.IsSignedBy(old));
        await UpdateHooksAsync(server, "old_secret_until = '2026-01-01T00:00:00.000Z'");
        await AddRepoAsync(server, "acme/two");
        await Eventually.TrueAsync(() => receiver.Deliveries.Count == 2, "it is delivered");
        delivery = receiver.Deliveries.Last();
        Assert.True(delivery.IsSignedBy(secret) && !delivery.IsSignedBy(old));
    }

    [Fact]
    public async Task Deliver_ServerWasStopped_GoesOnAfterTheLastThatWasTaken()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await OwnServer.StartAsync(Trying);
        var (_, secret) = await AddHookAsync(server, receiver, """["repo.created"]""");
        await AddRepoAsync(server, "acme/one");
        await Eventually.TrueAsync(() => receiver.Deliveries.Count == 1, "the first is delivered");
        receiver.Answer = static (http, _) =>
        {
            http.Response.StatusCode = 503;
            http.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        };
        await AddRepoAsync(server, "acme/two");
        await Eventually.TrueAsync(async () => (await HookAsync(server))["failing_since"] is not null, "the second is not taken");
        await server.StopAsync();
        receiver.Answer = static (_, _) => Task.CompletedTask;
        await server.StartAgainAsync();
        await AddRepoAsync(server, "acme/three");
        await Eventually.TrueAsync(() => receiver.Deliveries.Count == 3, "all are delivered");
        Assert.Equal(["acme/one", "acme/two", "acme/three"], receiver.Deliveries.Select(delivery => (string)delivery.Json["target"]!));
        Assert.All(receiver.Deliveries, delivery => Assert.True(delivery.IsSignedBy(secret)));
    }

    [Fact]
    public async Task Deliver_ServerWasDownForDaysWhileItFailed_IsTriedBeforeItIsDisabled()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = static (http, _) =>
        {
            http.Response.StatusCode = 503;
            http.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        };
        await using var server = await OwnServer.StartAsync(Trying);
        await AddHookAsync(server, receiver, """["repo.created"]""");
        await AddRepoAsync(server, "acme/one");
        await Eventually.TrueAsync(async () => (await HookAsync(server))["failing_since"] is not null, "it is not taken");
        await UpdateHooksAsync(server, "failing_since = '2026-01-01T00:00:00.000Z'");
        await server.StopAsync();
        var tries = 0;
        receiver.Answer = (http, _) =>
        {
            http.Response.StatusCode = Interlocked.Increment(ref tries) == 1 ? 503 : 200;
            return Task.CompletedTask;
        };
        await server.StartAgainAsync();

        await Eventually.TrueAsync(() => tries == 2, "it is tried again");
        await Eventually.TrueAsync(async () => (await HookAsync(server))["failing_since"] is null, "it stands well again");
        Assert.Equal("active", (string?)(await HookAsync(server))["state"]);
    }

    [Fact]
    public async Task Deliver_KeyWasLost_SaysSoAndARotationMendsIt()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var server = await OwnServer.StartAsync([.. Trying, ("OwpPool__Webhooks__MaxTries", "1")]);
        var (id, _) = await AddHookAsync(server, receiver, """["repo.created"]""");
        await server.StopAsync();
        File.Delete(server.Database + WebhookSecrets.Suffix);
        await server.StartAgainAsync();
        await AddRepoAsync(server, "acme/one");
        await Eventually.TrueAsync(async () => (string?)(await HookAsync(server))["last_failure"] is { } failure &&
            failure.Contains("Rotate the secret", StringComparison.Ordinal), "it says what is wrong");
        var secret = (await server.PostAsync($"/v1/admin/webhooks/{id}/rotate", "", admin: Admin)).Text("secret");
        await AddRepoAsync(server, "acme/two");
        // The second, and what was put aside before it.
        await Eventually.TrueAsync(() => receiver.Deliveries.Count == 2, "both are delivered");
        Assert.All(receiver.Deliveries, delivery => Assert.True(delivery.IsSignedBy(secret)));
    }

    [Fact]
    public async Task Deliver_EndlessAnswer_IsTakenAndNotRead()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = static async (http, _) =>
        {
            try
            {
                for (var i = 0; i < 10_000; i++) await http.Response.WriteAsync(new string('x', 10_000), http.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                // Cut off, as it should be.
            }
        };
        await using var server = await OwnServer.StartAsync(Trying);
        await AddHookAsync(server, receiver, """["repo.created"]""");
        await AddRepoAsync(server, "acme/one");
        await Eventually.TrueAsync(async () => (await HookAsync(server))["delivered_at"] is not null, "it is delivered");
    }

    private static async Task<(string Id, string Secret)> AddHookAsync(OwnServer server, Receiver receiver, string topics)
    {
        var answer = await server.PostAsync("/v1/admin/webhooks", $$"""{"url":"{{receiver.Url}}","topics":{{topics}}}""", admin: Admin);
        Assert.Equal(201, answer.Status);
        return (answer.Text("webhook_id"), answer.Text("secret"));
    }

    private static async Task<JsonNode> HookAsync(OwnServer server) =>
        (await server.SendAsync(HttpMethod.Get, "/v1/admin/webhooks", admin: Admin)).Json!["items"]![0]!;

    private static async Task UpdateHooksAsync(OwnServer server, string change)
    {
        await using var connection = await server.Storage.DataSource.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"UPDATE pool_webhooks SET {change}";
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    private static Task<Answer> AddRepoAsync(OwnServer server, string repo) =>
        server.PostAsync("/v1/admin/repos", $$"""{"repo":"{{repo}}"}""", admin: Admin);

    private static Task<Answer> AddTaskAsync(OwnServer server, string title) =>
        server.PostAsync("/v1/admin/tasks", $$"""{"repo":"acme/site","title":"{{title}}"}""", admin: Admin);
}
