using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using OwpPool.Server.Tests.GitHub;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Strangers;

/// <summary>The attacks H1 to H5 on a server with defaults: what one stranger gets done, that another worker works on meanwhile, and that a
/// maintainer's one or two requests put everything back.</summary>
public sealed class StrangerScenarioTests(StrangerScenarioTests.Pool pool) : IClassFixture<StrangerScenarioTests.Pool>
{
    private const string Admin = TestServer.AdminToken;
    private readonly TestServer _server = pool.Server;

    [Fact]
    public async Task H1_BacklogReportedAsMerged_IsUndoneByOneRequest()
    {
        var (repo, tasks) = await AddBacklogAsync(30);
        var stranger = await JoinAsync(repo);
        while (await ClaimAsync(stranger) is { Count: > 0 } leases)
        {
            foreach (var task in leases)
            {
                await ReportAsync(stranger, task, "pr_opened", $"https://github.com/{repo}/pull/{Number(task)}");
                await ReportAsync(stranger, task, "merged");
            }
        }
        Assert.Equal(30, await CountAsync(tasks, "merged"));
        Assert.Equal(30, (await StateAsync())["tasks_merged_unconfirmed"]!.GetValue<int>());

        var undone = await _server.PostAsync($"/v1/workers/{stranger.Id}/revoke", """{"reason":"nothing of it is true","undo":true}""", admin: Admin);

        Assert.Equal((200, 30), (undone.Status, (int)undone.Json!["undone"]!));
        Assert.Equal(30, await CountAsync(tasks, "ready"));
        await OthersWorkOnAsync(repo, tasks);
    }

    [Fact]
    public async Task H5_TasksReleasedForADay_GoToOthersAfterTenMinutes()
    {
        var (repo, tasks) = await AddBacklogAsync(6);
        var stranger = await JoinAsync(repo);
        while (await ClaimAsync(stranger) is { Count: > 0 } leases)
            foreach (var task in leases)
                Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{task}/release", """{"retry_after_seconds":86400}""", stranger.Token)).Status);

        pool.Clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Empty(await ClaimAsync(stranger));
        await OthersWorkOnAsync(repo, tasks);
    }

    [Fact]
    public async Task H5_InventedPullRequests_LeaveRoomAndAreUndoneByOneRequest()
    {
        var (repo, tasks) = await AddBacklogAsync(10, ""","max_open_prs":6""");
        var stranger = await JoinAsync(repo);
        for (var round = 0; round < 10; round++)
            foreach (var task in await ClaimAsync(stranger))
                await ReportAsync(stranger, task, "pr_opened", $"https://github.com/{repo}/pull/{Number(task)}");
        Assert.Equal(3, await CountAsync(tasks, "pr_opened"));

        var undone = await _server.PostAsync($"/v1/workers/{stranger.Id}/revoke", """{"undo":true}""", admin: Admin);

        Assert.Equal((200, 3), (undone.Status, (int)undone.Json!["undone"]!));
        Assert.Equal(10, await CountAsync(tasks, "ready"));
        await OthersWorkOnAsync(repo, tasks);
    }

    [Fact]
    public async Task H5_EverythingFailed_EndsAfterFiveWithoutADeadLetter()
    {
        var (repo, tasks) = await AddBacklogAsync(20);
        var stranger = await JoinAsync(repo);
        var failures = 0;
        await Eventually.TrueInTimeAsync(() => pool.Clock.Advance(TimeSpan.FromMilliseconds(20)), async () =>
        {
            foreach (var task in await ClaimAsync(stranger))
            {
                await ReportAsync(stranger, task, "failed");
                failures++;
            }
            return (await _server.GetAsync("/v1/work", stranger.Token)).Json!["paused"] is JsonObject paused
                && (string?)paused["reason"] == "paused_by_failures";
        }, "the pool has paused the worker");

        // What it had taken before the pool heard of its fifth failure comes on top.
        Assert.InRange(failures, 5, 40);
        Assert.Equal(0, await CountAsync(tasks, "dead_letter"));
        Assert.Equal("untrusted", (await _server.GetAsync("/v1/workers/me", stranger.Token)).Text("trust_tier"));
        pool.Clock.Advance(TimeSpan.FromMinutes(1));
        await OthersWorkOnAsync(repo, tasks);
        Assert.Equal(200, (await _server.PostAsync($"/v1/workers/{stranger.Id}/resume", """{"reason":"it was us"}""", admin: Admin)).Status);
        Assert.Equal(JsonValueKind.Null, ((await _server.GetAsync("/v1/work", stranger.Token)).Json!["paused"]?.GetValueKind() ?? JsonValueKind.Null));
    }

    [Fact]
    public async Task H5_HeldUnstarted_EndsAfterOneTtlWhateverIsHeard()
    {
        var (repo, tasks) = await AddBacklogAsync(2, ""","lease_ttl_seconds":60""");
        var stranger = await JoinAsync(repo);
        Assert.Equal(2, (await ClaimAsync(stranger)).Count);
        var other = await JoinAsync(repo);
        for (var second = 0; second < 60; second += 20)
        {
            pool.Clock.Advance(TimeSpan.FromSeconds(20));
            await _server.PostAsync("/v1/workers/heartbeat", "{}", stranger.Token);
            await _server.PostAsync("/v1/workers/heartbeat", "{}", other.Token);
        }

        await Eventually.TrueInTimeAsync(pool.Clock, async () => await CountAsync(tasks, "leased") == 0, "the leases have ended");
        Assert.Empty(await ClaimAsync(stranger));
        Assert.Equal(2, (await ClaimAsync(other)).Count);
    }

    /// <summary>H4 and the figures of the issue: what a worker at full speed leaves behind is bounded, whatever the speed.</summary>
    [Fact]
    public async Task H4_HeartbeatsAndClaimsAtFullSpeed_GrowTheDatabaseByLittle()
    {
        var (repo, _) = await AddBacklogAsync(4, ""","max_open_prs":10""", new string('x', 60_000));
        var stranger = await JoinAsync(repo);
        await ClaimAsync(stranger);
        var before = await SizeAsync();
        var note = string.Concat(Enumerable.Repeat("\U0001F525", 250));
        var (told, refused) = (0, 0);
        for (var i = 0; i < 3_000; i++)
        {
            var status = i % 3 == 0 ? "working" : i % 3 == 1 ? "paused" : "idle";
            var heartbeat = await _server.PostAsync("/v1/workers/heartbeat", $$"""{"status":"{{status}}","note":"{{note}}"}""", stranger.Token);
            var claim = await _server.SendAsync(HttpMethod.Post, "/v1/claims", null, stranger.Token,
                with: request => request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString()));
            foreach (var answer in new[] { heartbeat, claim })
            {
                if (answer.Status == 429) refused++;
                else told++;
            }
        }

        Assert.True(refused > 0, $"{told} answers, none refused");
        Assert.InRange(await SizeAsync() - before, 0, 5_000_000);
    }

    /// <summary>Bytes of the database with what is still in its log.</summary>
    private async Task<long> SizeAsync() => long.Parse((await _server.RowsAsync("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"))[0],
        System.Globalization.CultureInfo.InvariantCulture);

    private async Task<(string Repo, IReadOnlyList<string> Tasks)> AddBacklogAsync(int count, string repoFields = "", string description = "")
    {
        var repo = await _server.AddRepoAsync(repoFields.Contains("max_open_prs", StringComparison.Ordinal) ? repoFields : $",\"max_open_prs\":20{repoFields}");
        var tasks = new List<string>();
        for (var i = 0; i < count; i++)
            tasks.Add(await _server.AddTaskAsync(repo, $$""","required_skills":["{{repo}}"],"description":"{{description}}" """));
        return (repo, tasks);
    }

    private async Task<(string Id, string Token)> JoinAsync(string repo) =>
        await _server.RegisterAsync($$""","skills":["{{repo}}"],"max_concurrent_tasks":10,"capacity_points":20""");

    private async Task<IReadOnlyList<string>> ClaimAsync((string Id, string Token) worker)
    {
        var answer = await _server.PostAsync("/v1/claims", "{}", worker.Token);
        return answer.Status == 200 ? [.. answer.Json!["leases"]!.AsArray().Select(lease => (string)lease!["task_id"]!)] : [];
    }

    private Task<Answer> ReportAsync((string Id, string Token) worker, string task, string status, string? prUrl = null) => _server.PostAsync(
        $"/v1/tasks/{task}/status", prUrl is null ? $$"""{"status":"{{status}}"}""" : $$"""{"status":"{{status}}","pr_url":"{{prUrl}}"}""", worker.Token);

    /// <summary>Somebody else takes a task and brings it to its end, which a maintainer confirms.</summary>
    private async Task OthersWorkOnAsync(string repo, IReadOnlyList<string> tasks)
    {
        var other = await JoinAsync(repo);
        IReadOnlyList<string> leases = [];
        await Eventually.TrueInTimeAsync(pool.Clock, async () => (leases = await ClaimAsync(other)).Count > 0, "another worker gets a task");
        Assert.Contains(leases[0], tasks);
        foreach (var status in new[] { "in_progress", "pr_opened" }) Assert.Equal(200, (await ReportAsync(other, leases[0], status)).Status);
        Assert.Equal(200, (await _server.PostAsync($"/v1/admin/tasks/{leases[0]}/accept", "{}", admin: Admin)).Status);
        Assert.Equal("merged", (await _server.GetAsync($"/v1/tasks/{leases[0]}", admin: Admin)).Text("status"));
    }

    private async Task<int> CountAsync(IReadOnlyList<string> tasks, string status)
    {
        var ids = string.Join(',', tasks.Select(task => $"'{task}'"));
        return int.Parse((await _server.RowsAsync($"SELECT count(*) FROM pool_tasks WHERE task_id IN ({ids}) AND phase = '{status}'"))[0], System.Globalization.CultureInfo.InvariantCulture);
    }

    private async Task<JsonObject> StateAsync() => (await _server.GetAsync("/v1/admin/state", admin: Admin)).Json!.AsObject();

    private static uint Number(string task) => (uint)StringComparer.Ordinal.GetHashCode(task) % 1_000_000 + 1;

    /// <summary>A server with defaults, on a clock that tests move.</summary>
    public sealed class Pool : IAsyncLifetime
    {
        public ManualTimeProvider Clock { get; } = new();

        public TestServer Server { get; private set; } = null!;

        public async Task InitializeAsync() => Server = await TestServer.StartAsync(services => services.AddSingleton<TimeProvider>(Clock));

        public async Task DisposeAsync() => await Server.DisposeAsync();
    }
}
