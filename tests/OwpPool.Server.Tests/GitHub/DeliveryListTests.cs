using System.Text.Json.Nodes;
using OwpPool.Core.GitHub;
using OwpPool.Server.GitHub;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.GitHub;

/// <summary>What an operator sees of deliveries, and above all of those that moved nothing.</summary>
public sealed class DeliveryListTests
{
    private const string Path = "/v1/github/deliveries";

    [Fact]
    public async Task List_EveryKind_TellsWhatCameOfItNewestFirst()
    {
        await using var server = await TestServer.StartAsync(("GITHUB_WEBHOOK_SECRET", GitHubDeliveries.Secret));
        var held = await server.HoldAsync("ada");
        await server.MustDeliverAsync("ping", "{}", "d-ping");
        await server.MustDeliverAsync("pull_request", new FakePull(held.Repo, 8).Event("opened"), "d-nobody");
        await server.MustDeliverAsync("pull_request", (held.Named with { Author = "eve" }).Event("opened"), "d-foreign");
        await server.MustDeliverAsync("pull_request", held.Named.Event("opened"), "d-opened");
        await GiveUpAsync(server, "d-failed");
        await AddPendingAsync(server, "d-waits");

        var items = (await ListAsync(server)).Json!["items"]!.AsArray();

        Assert.Equal(["d-waits", "d-failed", "d-opened", "d-foreign", "d-nobody", "d-ping"], Ids(items));
        Assert.Equal(["pending", "failed", "done", "done", "done", "done"], items.Select(item => (string)item!["state"]!));
        Assert.Equal([null, "Failed 10 times; the server's log says why.", $"{held.TaskId} is pr_opened.",
            "The pull request is by 'eve' and the task is held by 'ada'.", "No task has this pull request.", "It says nothing to the pool."],
            items.Select(item => (string?)item!["outcome"]));
        Assert.Equal((held.Repo, held.Pull.Url, "pull_request", 0),
            ((string)items[2]!["repo"]!, (string)items[2]!["pr_url"]!, (string)items[2]!["event"]!, (int)items[2]!["tries"]!));
        Assert.Equal((null, null, "ping"), ((string?)items[5]!["repo"], (string?)items[5]!["pr_url"], (string)items[5]!["event"]!));
        Assert.Equal((1, null), ((int)items[1]!["tries"]!, (string?)items[1]!["next_try_at"]));
        Assert.Equal("2100-01-01T00:00:00.000Z", (string?)items[0]!["next_try_at"]);
    }

    [Fact]
    public async Task List_OfAState_GoesPageByPage()
    {
        await using var server = await TestServer.StartAsync(("GITHUB_WEBHOOK_SECRET", GitHubDeliveries.Secret));
        for (var i = 1; i <= 3; i++)
        {
            await GiveUpAsync(server, $"d-failed-{i}");
            await server.MustDeliverAsync("ping", "{}", $"d-ping-{i}");
        }

        var first = await ListAsync(server, "?state=failed&limit=2");
        Assert.Equal(["d-failed-3", "d-failed-2"], Ids(first.Json!["items"]!.AsArray()));
        var cursor = (string)first.Json!["next_cursor"]!;
        Assert.Equal($"<{Path}?state=failed&limit=2&cursor={cursor}>; rel=\"next\"", first.Headers["Link"]);
        var second = await ListAsync(server, $"?state=failed&limit=2&cursor={cursor}");
        Assert.Equal(["d-failed-1"], Ids(second.Json!["items"]!.AsArray()));
        Assert.Null(second.Json!["next_cursor"]);
        Assert.Equal(3, (await ListAsync(server, "?state=done")).Json!["items"]!.AsArray().Count);
        Assert.Empty((await ListAsync(server, "?state=pending")).Json!["items"]!.AsArray());
        // Of another list.
        (await ListAsync(server, $"?cursor={cursor}")).MustReject("cursor");
    }

    [Fact]
    public async Task List_BadRequests_AreRefused()
    {
        await using var server = await TestServer.StartAsync();
        foreach (var (query, field) in new[]
        {
            ("state=lost", "state"), ("state=", "state"), ("state=done,failed", "state"), ("state=done&state=failed", "state"), ("limit=0", "limit"),
            ("limit=201", "limit"), ("limit=x", "limit"), ("cursor=", "cursor"), ("cursor=7", "cursor"),
        })
            (await ListAsync(server, "?" + query)).MustReject(field);
        Assert.Equal(200, (await ListAsync(server, "?limit=200")).Status);
        (await server.GetAsync(Path)).MustBeProblem(401, "unauthorized");
        var (_, token) = await server.RegisterAsync();
        (await server.GetAsync(Path, token)).MustBeProblem(403, "forbidden");
    }

    private static Task<Answer> ListAsync(TestServer server, string query = "") => server.GetAsync(Path + query, admin: TestServer.AdminToken);

    private static IEnumerable<string> Ids(JsonArray items) => items.Select(item => (string)item!["delivery_id"]!);

    private static async Task GiveUpAsync(TestServer server, string deliveryId)
    {
        var added = await AddPendingAsync(server, deliveryId);
        await server.Storage.GitHubInbox.PutOffAsync(added, $"Failed {InboxWorker.MaxTries} times; the server's log says why.", dueAt: null);
    }

    /// <summary>Adds a delivery to be tried in the year 2100.</summary>
    private static async Task<long> AddPendingAsync(TestServer server, string deliveryId)
    {
        var due = new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var signal = new PullRequestSignal { PrUrl = "https://github.com/acme/shop/pull/1", Repo = "acme/shop", UpdatedAt = due };
        await server.Storage.GitHubInbox.AddAsync(deliveryId, "pull_request", signal, due);
        return (await server.Storage.GitHubInbox.ReadDueAsync(due, 10)).Single(delivery => delivery.DeliveryId == deliveryId).Id;
    }
}
