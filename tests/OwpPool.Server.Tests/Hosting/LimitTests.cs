using OwpPool.Server.Tests.Support;
using OwpPool.Server.Workers;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>Everything that callers make, at its limit and one past it.</summary>
public sealed class LimitTests
{
    private const string Admin = TestServer.AdminToken;

    [Fact]
    public async Task Workers_OnePastTheLimit_AreRefused()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Limits__Workers", "2"));
        for (var i = 0; i < 2; i++) Assert.Equal(201, (await RegisterAsync(server)).Status);
        MustBeFull(await RegisterAsync(server));
    }

    [Fact]
    public async Task Repos_OnePastTheLimit_AreRefusedAndTheOthersChangeStill()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Limits__Repos", "2"));
        for (var i = 0; i < 2; i++) Assert.Equal(201, (await AddRepoAsync(server, $"acme/r{i}")).Status);
        MustBeFull(await AddRepoAsync(server, "acme/r2"));
        Assert.Equal(201, (await AddRepoAsync(server, "acme/R1", ""","max_open_prs":9""")).Status);
        MustBeFull(await AddRepoAsync(server, "acme/r2"));
    }

    [Fact]
    public async Task ReadyTasks_OnePastTheLimit_AreRefusedUntilThereIsRoom()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Matching__MaxReadyPerRepo", "2"));
        foreach (var repo in new[] { "acme/shop", "acme/blog" }) await AddRepoAsync(server, repo);
        for (var i = 0; i < 2; i++) Assert.Equal(201, (await AddTaskAsync(server, "acme/shop", i)).Status);
        MustBeFull(await AddTaskAsync(server, "acme/shop", 2));
        // What is there already is no new task, and another repo has room of its own.
        Assert.Equal(200, (await AddTaskAsync(server, "acme/shop", 1)).Status);
        Assert.Equal(201, (await AddTaskAsync(server, "acme/blog", 2)).Status);
        var token = (await RegisterAsync(server)).Text("token");
        Assert.Single((await server.PostAsync("/v1/claims", """{"max":1,"repos":["acme/shop"]}""", token)).Json!["leases"]!.AsArray());
        Assert.Equal(201, (await AddTaskAsync(server, "acme/shop", 2)).Status);
    }

    [Fact]
    public async Task Waits_OnePastTheLimit_AreAnsweredAtOnce()
    {
        await using var server = await OwnServer.StartAsync(("OwpPool__Limits__WaitsPerWorker", "2"));
        var (token, other) = ((await RegisterAsync(server)).Text("token"), (await RegisterAsync(server)).Text("token"));
        var waiters = server.Get<WorkWaiters>();
        var waits = new[] { server.GetAsync("/v1/work?wait_seconds=60&max=1", token), server.PostAsync("/v1/claims", """{"wait_seconds":60,"max":1}""", token) };
        await Eventually.TrueAsync(() => waiters.Count == 2, "two wait");
        foreach (var past in new[] { server.GetAsync("/v1/work?wait_seconds=60", token), server.PostAsync("/v1/claims", """{"wait_seconds":60}""", token) })
        {
            var answer = await past;
            Assert.Equal((200, 5), (answer.Status, (int)answer.Json!["retry_after_seconds"]!));
        }
        Assert.All(waits, wait => Assert.False(wait.IsCompleted));
        var others = server.GetAsync("/v1/work?wait_seconds=60", other);
        await Eventually.TrueAsync(() => waiters.Count == 3, "another worker waits beside them");
        await AddRepoAsync(server, "acme/shop", ""","max_open_prs":9""");
        for (var i = 0; i < 5; i++) await AddTaskAsync(server, "acme/shop", i);
        Assert.All(await Task.WhenAll([.. waits, others]), answer => Assert.NotEmpty(answer.Json!["leases"]!.AsArray()));
    }

    private static Task<Answer> RegisterAsync(OwnServer server) => server.PostAsync("/v1/workers/register", """{"name":"x"}""");

    private static Task<Answer> AddRepoAsync(OwnServer server, string repo, string fields = "") =>
        server.PostAsync("/v1/admin/repos", $$"""{"repo":"{{repo}}"{{fields}}}""", admin: Admin);

    private static Task<Answer> AddTaskAsync(OwnServer server, string repo, int number) =>
        server.PostAsync("/v1/admin/tasks", $$"""{"repo":"{{repo}}","title":"x","external_id":"{{number}}"}""", admin: Admin);

    private static void MustBeFull(Answer answer) =>
        Assert.Equal("limit_reached", (string?)answer.MustBeProblem(409, "conflict").Json!["details"]!["reason"]);
}
