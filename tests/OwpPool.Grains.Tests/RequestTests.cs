using Microsoft.Extensions.DependencyInjection;
using OwpPool.Core.Matching;
using OwpPool.Core.Shared;
using OwpPool.Core.Workers;
using OwpPool.Grains.Hosting;

namespace OwpPool.Grains.Tests;

/// <summary>The smaller requests of workers, and what admins do over their heads.</summary>
public sealed class RequestTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task Renew_AtAnyTime_GivesAWholeTtlUpToTheLifetime()
    {
        await using var pool = await StartAsync(ttlSeconds: 100, lifetimeSeconds: 150);
        await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        var lease = Assert.Single(await worker.ClaimAsync());
        await worker.MustReportAsync(lease.TaskId, TaskPhase.InProgress);
        var grain = pool.Grains.GetWorker(worker.Id);

        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(lease.ExpiresAt.AddSeconds(10), (await grain.RenewAsync(worker.Id, lease.LeaseId)).Value!.LeaseExpiresAt);
        _clock.Advance(TimeSpan.FromSeconds(80));
        Assert.Equal(lease.ExpiresAt.AddSeconds(50), (await grain.RenewAsync(worker.Id, lease.LeaseId)).Value!.LeaseExpiresAt);
        Assert.Equal(lease.ExpiresAt.AddSeconds(50), (await grain.RenewAsync(worker.Id, lease.LeaseId)).Value!.LeaseExpiresAt);
        _clock.StepWallClock(TimeSpan.FromSeconds(60));

        Assert.Equal(RefusalKind.Conflict, (await grain.RenewAsync(worker.Id, lease.LeaseId)).Refusal!.Kind);
        Assert.Equal(RefusalReason.LeaseLost, (await grain.RenewAsync(worker.Id, "l_other")).Refusal!.Reason);
    }

    [Fact]
    public async Task Cancel_OfAHeldTask_IsNamedInTheNextHeartbeat()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync();
        var taskId = await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();

        var act = new OverrideTask(taskId, TaskOverride.Cancel, Actors.Admin, "Not wanted any more.");
        Assert.Equal(TaskPhase.Cancelled, (await pool.Grains.GetRepo(repo).OverrideAsync(act)).Value!.Phase);

        var heartbeat = await worker.HeartbeatAsync();
        Assert.Equal(taskId, Assert.Single(heartbeat.Cancel));
        Assert.Empty(heartbeat.Leases);
        Assert.Equal(RefusalReason.LeaseLost, (await worker.ReportAsync(taskId, TaskPhase.InProgress)).Refusal!.Reason);
        Assert.Equal(TaskPhase.Cancelled, (await pool.TaskAsync(taskId)).Phase);
    }

    [Fact]
    public async Task Requeue_OfADeadLetter_GivesItAllItsAttemptsAgain()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync(with => with with { MaxAttempts = 1 });
        var taskId = await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        await worker.GiveBackAsync(taskId, AttemptOutcome.Failed, "It does not build.");
        Assert.Equal(TaskPhase.DeadLetter, (await pool.TaskAsync(taskId)).Phase);
        Assert.Empty(await worker.ClaimAsync());

        await pool.Grains.GetRepo(repo).OverrideAsync(new OverrideTask(taskId, TaskOverride.Requeue, Actors.Admin, "It builds now."));

        var lease = Assert.Single(await worker.ClaimAsync());
        Assert.Equal((2L, 1), (lease.FencingToken, lease.Attempt));
        Assert.Equal("It does not build.", Assert.Single((await pool.TaskAsync(taskId)).History).Reason);
    }

    [Fact]
    public async Task Requeue_OfAMergeThatIsConfirmed_IsRefused()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync();
        var taskId = await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        await worker.MustReportAsync(taskId, TaskPhase.PrOpened);
        await worker.MustReportAsync(taskId, TaskPhase.Merged);
        var confirmation = new ReviewTask(taskId, ReviewMove.Merged, Actors.Admin, null, new Artifact(), null);
        Assert.Null((await pool.Grains.GetRepo(repo).ReviewAsync(confirmation)).Refusal);

        var reply = await pool.Grains.GetRepo(repo).OverrideAsync(new OverrideTask(taskId, TaskOverride.Requeue, Actors.Admin, "Again."));

        Assert.Equal(RefusalReason.WrongPhase, reply.Refusal!.Reason);
    }

    [Fact]
    public async Task Pause_ByAnAdmin_StopsNewWorkAndKeepsLeasesThroughTheWorkersOwnWords()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync();
        await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        await pool.AddTaskAsync(repo);
        var grain = pool.Grains.GetWorker(worker.Id);

        Assert.Null(await grain.SetPausedAsync(true, Actors.Admin, "Too fast."));
        Assert.Equal(WorkPause.ByMaintainer, (await worker.HeartbeatAsync()).Pause?.Reason);
        Assert.Single(await worker.ClaimAsync());
        Assert.Null(await grain.SetPausedAsync(false, Actors.Admin, null));
        Assert.Equal(2, (await worker.ClaimAsync()).Count);
    }

    [Fact]
    public async Task Revoke_OfAWorker_MakesItsTokenWorthlessAndFreesItsTasks()
    {
        await using var pool = await StartAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();

        Assert.Null(await pool.Grains.GetWorker(worker.Id).RevokeAsync(Actors.Admin, "Left the project."));

        Assert.Equal(RefusalKind.Unauthorized, (await worker.TryClaimAsync()).Refusal!.Kind);
        Assert.Equal((TaskPhase.Ready, 0), ((await pool.TaskAsync(taskId)).Phase, (await pool.TaskAsync(taskId)).Attempts));
        Assert.Equal(RefusalKind.NotFound, (await pool.Grains.GetWorker("w_none").RevokeAsync(Actors.Admin, null))!.Kind);
    }

    [Fact]
    public async Task RotateToken_KeepsTheOldOneForAMinute()
    {
        await using var pool = await StartAsync();
        var worker = await pool.RegisterAsync();

        Assert.Null(await pool.Grains.GetWorker(worker.Id).RotateTokenAsync(worker.Id, "new"));
        Assert.Null((await worker.HeartbeatWithAsync("new")).Refusal);
        _clock.Advance(TimeSpan.FromMilliseconds(59_999));
        Assert.Null((await worker.HeartbeatWithAsync(worker.Id)).Refusal);
        _clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(RefusalKind.Unauthorized, (await worker.HeartbeatWithAsync(worker.Id)).Refusal!.Kind);
        Assert.Null((await worker.HeartbeatWithAsync("new")).Refusal);
    }

    [Fact]
    public async Task Explain_NamesEachReasonWithItsCount()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync();
        var skilled = await pool.AddTaskAsync(repo, spec => spec with { RequiredSkills = ["cobol"] });
        await pool.AddTaskAsync(repo, spec => spec with { RequiredSkills = ["cobol"] });
        await pool.AddTaskAsync(repo, spec => spec with { EstimatePoints = 9 });
        var tiered = await pool.AddTaskAsync(repo, spec => spec with { Tier = 3 });
        var later = await pool.AddTaskAsync(repo, spec => spec with { NotBefore = _clock.GetUtcNow().AddHours(1) });
        await pool.AddTaskAsync(repo, spec => spec with { DependsOn = [later] });
        var worker = await pool.RegisterAsync();
        var grain = pool.Grains.GetWorker(worker.Id);

        var explained = Assert.Single((await grain.ExplainAsync(worker.Id, null)).Value!.Repos);
        Assert.Null(explained.Nothing);
        Assert.Equal(
            new Dictionary<Ineligibility, int>
            {
                [Ineligibility.SkillMissing] = 2, [Ineligibility.CapacityExceeded] = 1, [Ineligibility.TrustTooLow] = 1,
                [Ineligibility.NotBefore] = 1, [Ineligibility.DependencyOpen] = 1,
            },
            explained.Reasons);
        Assert.Equal(Ineligibility.SkillMissing, (await grain.ExplainAsync(worker.Id, skilled)).Value!.Task!.Reason);
        Assert.Equal(Ineligibility.TrustTooLow, (await grain.ExplainAsync(worker.Id, tiered)).Value!.Task!.Reason);
        Assert.Equal(RefusalKind.NotFound, (await grain.ExplainAsync(worker.Id, "t_none")).Refusal!.Kind);

        await pool.AddRepoAsync(with => with with { Paused = true }, repo);
        Assert.Equal(Ineligibility.RepoPaused, Assert.Single((await grain.ExplainAsync(worker.Id, null)).Value!.Repos).Nothing);
    }

    [Fact]
    public async Task Describe_NeverShowsAHash()
    {
        await using var pool = await StartAsync();
        var worker = await pool.RegisterAsync(["c#"]);
        await pool.Grains.GetWorker(worker.Id).RotateTokenAsync(worker.Id, "new");

        var described = (await pool.Grains.GetWorker(worker.Id).DescribeAsync("new")).Value!.Worker;

        Assert.Equal((worker.Id, "", null, WorkerStatus.Idle),
            (described.WorkerId, described.TokenHash, described.PreviousTokenHash, described.Status));
    }

    [Fact]
    public async Task Claim_WithTheSameRequestKey_TakesNoMoreEvenAfterARestart()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync();
        for (var i = 0; i < 3; i++) await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        var claim = new ClaimWork(worker.Id, 1, [], [], "key");
        var first = (await pool.Grains.GetWorker(worker.Id).ClaimAsync(claim)).Value!;

        await pool.RestartAsync();

        var again = (await pool.Grains.GetWorker(worker.Id).ClaimAsync(claim)).Value!;
        Assert.Equal((1, 1), (first.Granted, again.Granted));
        Assert.Equal(first.Leases[0].LeaseId, Assert.Single(again.Leases).LeaseId);
        Assert.Equal(2, (await pool.Grains.GetWorker(worker.Id).ClaimAsync(claim with { RequestKey = "other" })).Value!.Leases.Count);
    }

    [Fact]
    public async Task GiveBack_WithTheSameRequestKey_IsOneEffect()
    {
        await using var pool = await StartAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        var giveBack = new GiveBackTask(worker.Id, taskId, AttemptOutcome.Failed, "No luck.", TimeSpan.Zero, null, null, "key");

        Assert.Null((await pool.Grains.GetWorker(worker.Id).GiveBackAsync(giveBack)).Refusal);
        Assert.Null((await pool.Grains.GetWorker(worker.Id).GiveBackAsync(giveBack)).Refusal);
        Assert.Equal(1, (await pool.TaskAsync(taskId)).Attempts);
        Assert.NotNull((await pool.Grains.GetWorker(worker.Id).GiveBackAsync(giveBack with { RequestKey = "other" })).Refusal);
    }

    private Task<PoolHost> StartAsync(int ttlSeconds = 14_400, int lifetimeSeconds = 86_400) => PoolHost.StartAsync(_clock, services =>
        services.Configure<LeaseOptions>(options => (options.TtlSeconds, options.LifetimeSeconds) = (ttlSeconds, lifetimeSeconds)));
}
