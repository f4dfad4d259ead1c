using System.Net;
using System.Text;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Client;

/// <summary>Everything that maintainers ask of a real server.</summary>
public sealed class PoolClientAdminTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private TestPool _pool = null!;

    private PoolClient Admin => _pool.Admin;

    public async Task InitializeAsync()
    {
        _pool = await TestPool.StartAsync(_folder.File("pool.db"));
        await Admin.PutRepoAsync(new RepoRequest("acme/Shop") { MaxOpenPrs = 5 });
    }

    public async Task DisposeAsync()
    {
        await _pool.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task ListTasks_ManyPages_HasEachOnceInOrder()
    {
        var added = await Admin.AddTasksAsync(Tasks(25));

        var all = await Admin.ListTasksAsync(new TaskQuery { Sort = "created", Repo = "acme/shop" }, pageSize: 10).ToListAsync();
        var some = await Admin.ListTasksAsync(new TaskQuery { Text = "task 2", Statuses = ["ready", "leased"] }, pageSize: 2).ToListAsync();

        Assert.Equal((25, 25, 0), (added.TaskIds.Count, added.Created, added.Existing));
        Assert.Equal(added.TaskIds.Order(), all.Select(task => task.TaskId).Order());
        Assert.Equal(25, all.Select(task => task.TaskId).Distinct().Count());
        Assert.Equal(["Task 2", "Task 20", "Task 21", "Task 22", "Task 23", "Task 24"], some.Select(task => task.Title).Order());
    }

    [Fact]
    public async Task ImportTasks_SameFileTwice_AddsOnceAndFaultsHaveTheirLine()
    {
        var file = "- title: A\n  priority: 80\n- title: B\n  depends_on: [A]\n"u8.ToArray();

        var first = await Admin.ImportTasksAsync(file, "acme/shop");
        var again = await Admin.ImportTasksAsync(file, "acme/shop");
        var fault = await Assert.ThrowsAsync<PoolProblemException>(() =>
            Admin.ImportTasksAsync(Encoding.UTF8.GetBytes("- title: C\n- title: D\n  tier: 9\n"), "acme/shop"));

        Assert.Equal((2, 0, 0, 2), (first.Created, first.Existing, again.Created, again.Existing));
        Assert.Equal(first.TaskIds, again.TaskIds);
        Assert.Contains("line 3", fault.Problem.FieldErrors.Keys);
        Assert.Equal(2, await Admin.ListTasksAsync().CountAsync());
    }

    [Fact]
    public async Task EditTask_VersionSeen_ChangesIsRefusedForAnother()
    {
        var tomorrow = DateTimeOffset.UtcNow.AddDays(1);
        var added = await Admin.AddTaskAsync(new TaskRequest("acme/shop", "Fix") { NotBefore = tomorrow, Area = "x" });
        var seen = await Admin.GetTaskAsync(added.TaskId);

        var patch = new TaskPatch { Priority = 99, ClearsNotBefore = true, Area = "" };
        var edited = await Admin.EditTaskAsync(added.TaskId, patch, seen.Version);
        var stale = await Assert.ThrowsAsync<PoolProblemException>(() =>
            Admin.EditTaskAsync(added.TaskId, new TaskPatch { Priority = 1 }, seen.Version));
        var forced = await Admin.EditTaskAsync(added.TaskId, new TaskPatch { Priority = 1 }, version: null);

        Assert.Equal((99, null, null, "Fix"), (edited.Priority, edited.EligibleAt, edited.Area, edited.Title));
        Assert.Equal(HttpStatusCode.PreconditionFailed, stale.Status);
        Assert.Equal(1, forced.Priority);
    }

    [Fact]
    public async Task Maintain_EveryVerb_LeadsWhereItSays()
    {
        using var worker = await WorkerAsync("ada");
        var ids = (await Admin.AddTasksAsync(Tasks(3))).TaskIds;

        Assert.Equal(0, (await Admin.MoveTaskAsync(ids[2], new PositionRequest { Position = "front" })).Ahead);
        Assert.Equal("cancelled", (await Admin.CancelTaskAsync(ids[0], "Not wanted.")).Status);
        var lease = Assert.Single((await worker.ClaimAsync(new ClaimRequest { WaitSeconds = 30, Max = 1 })).Leases);
        Assert.Equal(ids[2], lease.TaskId);
        await worker.ReportAsync(ids[2], new ReportRequest(ReportedStatus.PrOpened)
        {
            LeaseId = lease.LeaseId,
            Artifact = new Artifact { PrUrl = new Uri("https://github.com/acme/shop/pull/1") },
        });
        Assert.Equal("in_progress", (await Admin.RejectTaskAsync(ids[2], "No tests.", "in_progress")).Status);
        Assert.Equal("pr_opened", (await Admin.ForceStatusAsync(ids[2], "pr_opened", "It is.")).Status);
        Assert.Equal("merged", (await Admin.AcceptTaskAsync(ids[2], rating: 5, "Good.")).Status);
        Assert.Equal(ids[1], Assert.Single((await worker.ClaimAsync(new ClaimRequest { WaitSeconds = 30 })).Leases).TaskId);
        Assert.Equal("ready", (await Admin.RequeueTaskAsync(ids[1], "Its worker is ill.")).Status);
    }

    [Fact]
    public async Task Repo_EditedAndPaused_IsAsItSays()
    {
        await Admin.PutRepoAsync(new RepoRequest("alpha"));
        await Admin.EditRepoAsync("acme/shop", new RepoPatch { MaxOpenPrs = 1, LeaseTtlSeconds = 90 });
        await Admin.EditRepoAsync("ACME/shop", new RepoPatch { Resets = ["lease_ttl_seconds"], MergeAuthority = "maintainer" });
        await Admin.PauseRepoAsync("acme/shop");

        var repo = await Admin.GetRepoAsync("acme/shop");
        Assert.Equal(("acme/Shop", 1, 14_400, "maintainer", true),
            (repo.Repo, repo.Settings.MaxOpenPrs, repo.Settings.LeaseTtlSeconds, repo.Settings.MergeAuthority, repo.Settings.Paused));
        await Admin.ResumeRepoAsync("acme/shop");
        var all = await Admin.ListReposAsync(pageSize: 1).ToListAsync();
        Assert.Equal(["acme/Shop", "alpha"], all.Select(item => item.Repo));
        Assert.False(all[0].Settings.Paused);
    }

    [Fact]
    public async Task Worker_PausedTrustedRevoked_IsAsItSays()
    {
        using var ada = await WorkerAsync("ada");
        using var bob = await WorkerAsync("bob");
        var id = (await ada.GetSelfAsync()).WorkerId;

        await Admin.PauseWorkerAsync(id, "Holiday.");
        await Admin.SetTrustAsync(id, "trusted", "Good work.");
        var paused = await Admin.ListWorkersAsync(new WorkerQuery { Text = "ada" }).SingleAsync();
        Assert.Equal((id, true, "trusted"), (paused.WorkerId, paused.PausedByAdmin, paused.TrustTier));
        await Admin.ResumeWorkerAsync(id);
        Assert.False((await Admin.GetWorkerAsync(id)).PausedByAdmin);
        var reputation = await Admin.GetReputationAsync(id);
        Assert.Equal((50, null), (reputation.ReputationScore, reputation.Metrics.CompletionRate));
        await Admin.RevokeWorkerAsync(id);

        Assert.Equal(HttpStatusCode.Unauthorized, (await Assert.ThrowsAsync<PoolProblemException>(() => ada.GetSelfAsync())).Status);
        Assert.Equal(2, await Admin.ListWorkersAsync(pageSize: 1).CountAsync());
    }

    [Fact]
    public async Task Offers_AcceptedRejectedAndRenewed_AreAsTheySay()
    {
        using var worker = await WorkerAsync("ada");
        await Admin.AddTasksAsync([new TaskRequest("acme/shop", "A"), new TaskRequest("acme/shop", "B")]);

        IReadOnlyList<Offer> offers = [];
        await Eventually.TrueAsync(async () => (offers = await worker.RequestOffersAsync()).Count == 2, "two offers are open");
        var accepted = await worker.AcceptOfferAsync(offers[0].OfferId);
        await worker.RejectOfferAsync(offers[1].OfferId, "skill_mismatch", "Not mine.");
        var renewed = await worker.RenewLeaseAsync(accepted.LeaseId);
        var rotated = await worker.RotateTokenAsync();

        Assert.Equal(offers[0].TaskId, accepted.Lease.TaskId);
        Assert.InRange(renewed.RemainingSeconds, 14_000, 14_400);
        using var same = Admin.AsWorker(rotated.Token);
        var self = await same.GetSelfAsync();
        Assert.Equal((0, accepted.LeaseId), (self.Offers.Count, Assert.Single(self.Leases).LeaseId));
    }

    [Fact]
    public async Task Audit_ListedAndExported_TellTheSame()
    {
        await Admin.AddTasksAsync(Tasks(7));
        var lately = DateTimeOffset.UtcNow.AddHours(-1);
        var query = new AuditQuery { Repo = "acme/shop", EventType = "task.created", Ascending = true, Since = lately };

        var events = await Admin.ListAuditAsync(query, pageSize: 3).ToListAsync();
        await using var export = await Admin.ExportAuditAsync(AuditFormat.Ndjson, query);
        using var lines = new StreamReader(export);
        var text = await lines.ReadToEndAsync();

        Assert.Equal(7, events.Count);
        Assert.All(events, item => Assert.Equal(("task.created", "admin:root"), (item.EventType, item.Actor)));
        Assert.Equal(7, text.TrimEnd().Split('\n').Length);
        Assert.Contains(events[0].Id, text, StringComparison.Ordinal);
        await using var csv = await Admin.ExportAuditAsync(AuditFormat.Csv);
        Assert.StartsWith("id,timestamp", await new StreamReader(csv).ReadToEndAsync(), StringComparison.Ordinal);
        var wrong = await Assert.ThrowsAsync<PoolProblemException>(() =>
            Admin.ExportAuditAsync(AuditFormat.Csv, new AuditQuery { Since = DateTimeOffset.UtcNow, Until = DateTimeOffset.UnixEpoch }));
        Assert.Equal("validation_error", wrong.Code);
    }

    [Fact]
    public async Task GitHubSync_ReadOnly_TellsTheWebhook()
    {
        var set = await Admin.SetGitHubSyncAsync("acme/shop", new GitHubSyncRequest("read_only") { Label = "help" });
        var get = await Admin.GetGitHubSyncAsync("acme/shop");

        Assert.Equal(("acme/Shop", "read_only", "help"), (set.Repo, set.SyncType, get.Label));
        Assert.EndsWith("/webhooks/github", get.WebhookUrl, StringComparison.Ordinal);
        var none = await Assert.ThrowsAsync<PoolProblemException>(() => Admin.ImportGitHubIssuesAsync("acme/none", limit: 1));
        Assert.Equal("not_found", none.Code);
    }

    [Fact]
    public async Task Change_AnswerLost_IsMadeOnceAndAnsweredAsTheFirstTime()
    {
        using var losing = new LosesFirstAnswer();
        using var client = PoolClient.Over(losing, _pool.Address, new PoolClientOptions
        {
            AdminToken = ServerProcess.AdminToken,
            RetryDelay = TimeSpan.FromMilliseconds(1),
        });

        var registered = await client.RegisterAsync(new RegisterRequest("ada"));
        var added = await client.AddTaskAsync(new TaskRequest("acme/shop", "Fix it"));

        Assert.Equal(4, losing.Sent);
        Assert.Equal(registered.WorkerId, (await Admin.ListWorkersAsync().SingleAsync()).WorkerId);
        Assert.Equal((added.TaskId, true), ((await Admin.ListTasksAsync().SingleAsync()).TaskId, added.IsNew));
        using var worker = Admin.AsWorker(registered.Token);
        Assert.Equal("ada", (await worker.GetSelfAsync()).Name);
    }

    private static TaskRequest[] Tasks(int count) =>
        [.. Enumerable.Range(0, count).Select(number => new TaskRequest("acme/shop", $"Task {number}"))];

    private async Task<PoolClient> WorkerAsync(string name)
    {
        var registered = await Admin.RegisterAsync(new RegisterRequest(name) { MaxConcurrentTasks = 3 });
        return Admin.AsWorker(registered.Token);
    }

    /// <summary>The server does what it is asked, and every other time nobody hears of it.</summary>
    private sealed class LosesFirstAnswer() : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        public int Sent { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (++Sent % 2 == 0) return response;
            response.Dispose();
            throw new HttpRequestException(HttpRequestError.ResponseEnded, "The answer is lost.");
        }
    }
}
