using System.Text.Json.Nodes;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Webhooks;

/// <summary>Receivers that refuse for a while, or hang.</summary>
public sealed class WebhookHealingTests
{
    private const string Admin = TestServer.AdminToken;

    private static readonly (string, string)[] Trying =
    [
        ("OwpPool__Webhooks__AllowHttp", "true"), ("OwpPool__Webhooks__AllowPrivateAddresses", "true"),
        ("OwpPool__Webhooks__RetryDelayMilliseconds", "1"),
    ];

    [Theory]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task Deliver_RefusedForAWhile_WhatWasPutAsideComesOnceWhenItHeals(int status)
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = (http, _) =>
        {
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        };
        await using var server = await OwnServer.StartAsync([.. Trying, ("OwpPool__Webhooks__MaxTries", "1")]);
        var id = await AddHookAsync(server, receiver);
        await AddRepoAsync(server);
        for (var i = 0; i < 3; i++) await AddTaskAsync(server, $"Task {i}");
        await Eventually.TrueAsync(async () => (await LettersAsync(server, id)).Count == 3, "all are put aside");

        receiver.Answer = static (_, _) => Task.CompletedTask;
        await AddTaskAsync(server, "Task 3");

        await Eventually.TrueAsync(async () => (await LettersAsync(server, id)).Count == 0, "nothing is put aside any more");
        await AddTaskAsync(server, "Task 4");
        await Eventually.TrueAsync(() => receiver.Deliveries.Count == 5, "all are delivered");
        Assert.Equal(["Task 3", "Task 0", "Task 1", "Task 2", "Task 4"],
            receiver.Deliveries.Select(delivery => (string)delivery.Json["details"]!["title"]!));
        Assert.Equal(5, receiver.Deliveries.Select(delivery => delivery.Id).Distinct().Count());
    }

    [Fact]
    public async Task Deliver_OneReceiverHangs_OthersAreServed()
    {
        await using var hanging = await Receiver.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        var asked = new TaskCompletionSource();
        hanging.Answer = async (http, _) =>
        {
            asked.TrySetResult();
            var aborted = new TaskCompletionSource();
            await using var registration = http.RequestAborted.Register(aborted.SetResult);
            await aborted.Task;
        };
        await using var server = await OwnServer.StartAsync([.. Trying, ("OwpPool__Webhooks__TimeoutSeconds", "30")]);
        await AddHookAsync(server, hanging);
        await AddHookAsync(server, receiver);
        await AddRepoAsync(server);
        await AddTaskAsync(server, "Task 0");
        await asked.Task;
        for (var i = 1; i < 5; i++) await AddTaskAsync(server, $"Task {i}");
        await Eventually.TrueAsync(() => receiver.Deliveries.Count == 5, "all are delivered to the other");
        Assert.Empty(hanging.Deliveries);
    }

    private static async Task<string> AddHookAsync(OwnServer server, Receiver receiver)
    {
        var answer = await server.PostAsync(
            "/v1/admin/webhooks", $$"""{"url":"{{receiver.Url}}","topics":["task.created"]}""", admin: Admin);
        Assert.Equal(201, answer.Status);
        return answer.Text("webhook_id");
    }

    private static Task<Answer> AddRepoAsync(OwnServer server) => server.PostAsync("/v1/admin/repos", """{"repo":"acme/site"}""", admin: Admin);

    private static Task<Answer> AddTaskAsync(OwnServer server, string title) =>
        server.PostAsync("/v1/admin/tasks", $$"""{"repo":"acme/site","title":"{{title}}"}""", admin: Admin);

    private static async Task<JsonArray> LettersAsync(OwnServer server, string id) =>
        (await server.SendAsync(HttpMethod.Get, $"/v1/admin/webhooks/{id}/dead-letters", admin: Admin)).Json!["items"]!.AsArray();
}
