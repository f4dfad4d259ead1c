using OwpPool.Core.Shared;

namespace OwpPool.Grains.Tests;

/// <summary>One task's life through real grains and a real file.</summary>
public sealed class LeaseLifeTests
{
    [Fact]
    public async Task Life_FromReadyToMerged_LeavesEveryStepInRowAndLog()
    {
        await using var pool = await PoolHost.StartAsync();
        var repo = await pool.AddRepoAsync(with => with with { PrRepos = ["acme/shop"] });
        var taskId = await pool.AddTaskAsync(repo, spec => spec with { RequiredSkills = ["C#"], EstimatePoints = 3, Area = "./SRC/" });
        var worker = await pool.RegisterAsync(["c#", "sql"]);

        var lease = Assert.Single(await worker.ClaimAsync());
        Assert.Equal((taskId, repo, 1L, 1, TaskPhase.Leased), (lease.TaskId, lease.Repo, lease.FencingToken, lease.Attempt, lease.Phase));
        await worker.MustReportAsync(taskId, TaskPhase.InProgress);
        await worker.MustReportAsync(taskId, TaskPhase.Blocked);
        await worker.MustReportAsync(taskId, TaskPhase.InProgress);
        await worker.MustReportAsync(taskId, TaskPhase.PrOpened, new Artifact { PrUrl = "https://github.com/acme/shop/pull/7" });
        Assert.Empty(await worker.ClaimAsync());
        await worker.MustReportAsync(taskId, TaskPhase.Merged);

        var row = Assert.Single(await Sql.QueryAsync(pool.Storage, "SELECT phase, worker_id, pr_url, area FROM pool_tasks"));
        Assert.Equal(["merged", worker.Id, "https://github.com/acme/shop/pull/7", "./SRC/"], row);
        var log = await Sql.QueryAsync(pool.Storage, $"SELECT type FROM pool_events WHERE target = '{taskId}' ORDER BY seq");
        Assert.Equal(
            ["task.created", "task.leased", "task.started", "task.blocked", "task.started", "task.pr_opened", "task.merged"],
            log.Select(item => (string)item[0]!));
    }

    [Fact]
    public async Task Claim_AfterRestart_StillHoldsTheLease()
    {
        await using var pool = await PoolHost.StartAsync();
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 1 });
        var taskId = await pool.AddTaskAsync(repo);
        await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        var before = Assert.Single(await worker.ClaimAsync());

        await pool.RestartAsync();

        var after = Assert.Single(await worker.ClaimAsync());
        Assert.Equal(before, after with { RequiredSkills = before.RequiredSkills });
        Assert.Empty(await (await pool.RegisterAsync()).ClaimAsync());
        await worker.MustReportAsync(taskId, TaskPhase.InProgress);
    }

    [Fact]
    public async Task Report_ByAnotherWorker_IsRefused()
    {
        await using var pool = await PoolHost.StartAsync();
        var repo = await pool.AddRepoAsync();
        var taskId = await pool.AddTaskAsync(repo);
        var holder = await pool.RegisterAsync();
        var other = await pool.RegisterAsync();
        await holder.ClaimAsync();

        var refusal = (await other.ReportAsync(taskId, TaskPhase.InProgress)).Refusal;

        Assert.Equal((RefusalKind.Forbidden, RefusalReason.NotHolder), (refusal!.Kind, refusal.Reason));
        Assert.Equal(RefusalKind.NotFound, (await other.ReportAsync("t_unknown", TaskPhase.InProgress)).Refusal!.Kind);
        Assert.Equal(TaskPhase.Leased, (await pool.TaskAsync(taskId)).Phase);
    }

    [Fact]
    public async Task Call_WithWrongToken_IsUnauthorizedAndNoSignOfLife()
    {
        await using var pool = await PoolHost.StartAsync();
        var worker = await pool.RegisterAsync();

        Assert.Equal(RefusalKind.Unauthorized, (await worker.HeartbeatWithAsync("wrong")).Refusal!.Kind);
        Assert.Equal(RefusalKind.Unauthorized, (await worker.HeartbeatWithAsync("")).Refusal!.Kind);
        var stranger = new TestWorker(pool, "w_nobody");
        Assert.Equal(RefusalKind.Unauthorized, (await stranger.TryClaimAsync()).Refusal!.Kind);
        // The default state's empty hash is nobody's token.
        Assert.Equal(RefusalKind.Unauthorized, (await stranger.HeartbeatWithAsync("")).Refusal!.Kind);
    }

    [Fact]
    public async Task Report_AfterReviewWithChangesRequested_ResumesTheLeaseAndHoldsTheAreaAgain()
    {
        await using var pool = await PoolHost.StartAsync();
        var repo = await pool.AddRepoAsync();
        var taskId = await pool.AddTaskAsync(repo, spec => spec with { Area = "src" });
        var worker = await pool.RegisterAsync();
        var lease = Assert.Single(await worker.ClaimAsync());
        await worker.MustReportAsync(taskId, TaskPhase.PrOpened);

        var progress = await worker.MustReportAsync(taskId, TaskPhase.InProgress);

        Assert.NotNull(progress.LeaseExpiresAt);
        var held = Assert.Single(await worker.ClaimAsync());
        Assert.Equal((lease.LeaseId, lease.FencingToken, TaskPhase.InProgress), (held.LeaseId, held.FencingToken, held.Phase));
        await pool.AddTaskAsync(repo, spec => spec with { Area = "SRC/" });
        Assert.Empty(await (await pool.RegisterAsync()).ClaimAsync());
    }

    [Fact]
    public async Task Report_ResumeWhileAnotherHoldsTheArea_IsAConflict()
    {
        await using var pool = await PoolHost.StartAsync();
        var repo = await pool.AddRepoAsync();
        var first = await pool.AddTaskAsync(repo, spec => spec with { Area = "src" });
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        await worker.MustReportAsync(first, TaskPhase.PrOpened);
        await pool.AddTaskAsync(repo, spec => spec with { Area = "src" });
        Assert.Single(await (await pool.RegisterAsync()).ClaimAsync());

        var refusal = (await worker.ReportAsync(first, TaskPhase.InProgress)).Refusal;

        Assert.Equal((RefusalKind.Conflict, RefusalReason.AreaLocked), (refusal!.Kind, refusal.Reason));
        Assert.Equal(TaskPhase.PrOpened, (await pool.TaskAsync(first)).Phase);
    }
}
