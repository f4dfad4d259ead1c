using System.Net;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Client;

/// <summary>Client and server mean the same by the same words.</summary>
public sealed class PoolClientServerTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private TestPool _pool = null!;

    public async Task InitializeAsync() => _pool = await TestPool.StartAsync(_folder.File("pool.db"));

    public async Task DisposeAsync()
    {
        await _pool.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task GetVersion_RunningServer_TellsWhatItIs()
    {
        var version = await _pool.Admin.GetVersionAsync();

        Assert.Equal(("owp-pool", "OWP 0.1"), (version.Name, version.Protocol));
        Assert.Matches(@"^\d+\.\d+\.\d+$", version.Orleans);
        Assert.True(await _pool.Admin.IsReadyAsync());
    }

    [Fact]
    public async Task GetAnalytics_RepoAndPool_AreUnderstood()
    {
        await _pool.Admin.PutRepoAsync(new RepoRequest("acme/Flow"));

        var repo = await _pool.Admin.GetAnalyticsAsync("acme/flow", "last_30_days");
        Assert.Equal(("acme/Flow", "last_30_days", 30), (repo.Repo, repo.Period, repo.Series.Count));
        Assert.Equal(DateTimeOffset.UtcNow.Year, repo.To.Year);
        Assert.Null(repo.Metrics.AvgCompletionTime);
        Assert.Null((await _pool.Admin.GetAnalyticsAsync()).Repo);
    }

    [Fact]
    public async Task AddTask_FieldsOutOfBounds_AreNamedOneByOne()
    {
        await _pool.Admin.PutRepoAsync(new RepoRequest("shop"));

        var problem = await Assert.ThrowsAsync<PoolProblemException>(() =>
            _pool.Admin.AddTaskAsync(new TaskRequest("shop", "Fix") { EstimatePoints = 101, Tier = 4 }));

        Assert.Equal((HttpStatusCode.BadRequest, "validation_error"), (problem.Status, problem.Code));
        Assert.Equal(["estimate_points", "tier"], problem.Problem.FieldErrors.Keys.Order());
    }

    [Fact]
    public async Task Report_UnderAnEarlierLease_IsAConflictWithItsReason()
    {
        await _pool.Admin.PutRepoAsync(new RepoRequest("shop"));
        await _pool.Admin.AddTaskAsync(new TaskRequest("shop", "Fix"));
        var registered = await _pool.Admin.RegisterAsync(new RegisterRequest("ada"));
        using var worker = _pool.Admin.AsWorker(registered.Token);
        var lease = Assert.Single((await worker.GetWorkAsync(waitSeconds: 30)).Leases);

        var begun = new ReportRequest(ReportedStatus.InProgress) { LeaseId = lease.LeaseId, FencingToken = lease.FencingToken };
        var stale = await Assert.ThrowsAsync<PoolProblemException>(() =>
            worker.ReportAsync(lease.TaskId, begun with { LeaseId = "l_earlier" }));
        var reply = await worker.ReportAsync(lease.TaskId, begun);
        var beat = await worker.HeartbeatAsync(new HeartbeatRequest(WorkerStatus.Working));

        Assert.Equal(("conflict", "stale_token"), (stale.Code, stale.Reason));
        Assert.Equal("in_progress", reply.Status);
        Assert.Equal((lease.TaskId, lease.LeaseId), (Assert.Single(beat.Leases).TaskId, beat.Leases[0].LeaseId));
        Assert.Equal("run", beat.DesiredState);
    }

    [Fact]
    public async Task Claim_RepeatedUnderItsKey_TakesNoMoreAndReleaseGivesBack()
    {
        await _pool.Admin.PutRepoAsync(new RepoRequest("shop"));
        await _pool.Admin.PutRepoAsync(new RepoRequest("other"));
        foreach (var title in new[] { "One", "Two" }) await _pool.Admin.AddTaskAsync(new TaskRequest("shop", title));
        await _pool.Admin.AddTaskAsync(new TaskRequest("other", "Not wanted") { Priority = 900 });
        using var worker = await RegisterAsync();

        var wanted = new ClaimRequest { WaitSeconds = 30, Max = 1, Repos = ["shop"] };
        var lease = Assert.Single((await worker.ClaimAsync(wanted, "once")).Leases);
        Assert.Equal(lease.LeaseId, Assert.Single((await worker.ClaimAsync(wanted, "once")).Leases).LeaseId);
        var self = await worker.GetSelfAsync();
        var released = await worker.ReleaseAsync(lease.TaskId, new ReleaseRequest
        {
            Reason = "not today", RetryAfterSeconds = 3600, LeaseId = lease.LeaseId, FencingToken = lease.FencingToken,
        });

        Assert.Equal(("shop", "ready"), (lease.Repo, released.Status));
        Assert.Equal((1, lease.LeaseId), (self.Load!.Tasks, Assert.Single(self.Leases).LeaseId));
        var next = Assert.Single((await worker.ClaimAsync(wanted with { Exclude = [lease.TaskId] })).Leases);
        Assert.NotEqual(lease.TaskId, next.TaskId);
    }

    [Fact]
    public async Task AppendLogs_RepeatedUnderItsKey_AddsTheLinesOnceAndFailedCountsTheAttempt()
    {
        await _pool.Admin.PutRepoAsync(new RepoRequest("shop"));
        await _pool.Admin.AddTaskAsync(new TaskRequest("shop", "Fix"));
        using var worker = await RegisterAsync();
        var lease = Assert.Single((await worker.GetWorkAsync(waitSeconds: 30)).Leases);

        var lines = new LogRequest([new NewLogLine("built"), new NewLogLine("tested")]) { LeaseId = lease.LeaseId };
        var first = await worker.AppendLogsAsync(lease.TaskId, lines, "once");
        var again = await worker.AppendLogsAsync(lease.TaskId, lines, "once");
        var failed = await worker.ReportAsync(lease.TaskId, new ReportRequest(ReportedStatus.Failed) { LeaseId = lease.LeaseId });

        Assert.Equal(first.Next, again.Next);
        Assert.Equal(["built", "tested"], (await _pool.Admin.GetLogsAsync(lease.TaskId)).Items.Select(line => line.Message));
        Assert.Equal("ready", failed.Status);
    }

    [Fact]
    public async Task AsWorker_TokenOfNobody_IsUnauthorized()
    {
        using var nobody = _pool.Admin.AsWorker("owpw_nobody");

        var problem = await Assert.ThrowsAsync<PoolProblemException>(() => nobody.GetWorkAsync());

        Assert.Equal((HttpStatusCode.Unauthorized, "unauthorized"), (problem.Status, problem.Code));
        Assert.NotNull(problem.Suggestion);
    }

    private async Task<PoolClient> RegisterAsync() =>
        _pool.Admin.AsWorker((await _pool.Admin.RegisterAsync(new RegisterRequest("ada"))).Token);
}
