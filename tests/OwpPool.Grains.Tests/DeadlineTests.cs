using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Core.Internal;
using OwpPool.Core.Shared;
using OwpPool.Core.Workers;
using OwpPool.Grains.Directory;
using OwpPool.Grains.Hosting;
using OwpPool.Grains.Repos;

namespace OwpPool.Grains.Tests;

/// <summary>What the clock does, on a clock that the tests move.</summary>
public sealed class DeadlineTests
{
    /// <summary>So little of the pool's time that the patience of a test ends before half a minute of it has passed.</summary>
    private static readonly TimeSpan Little = TimeSpan.FromMilliseconds(1);

    private readonly ManualTimeProvider _clock = new();
    private readonly DateTimeOffset _start;

    public DeadlineTests() => _start = _clock.GetUtcNow();

    [Fact]
    public async Task Lease_AtItsEnd_GoesBackAndAnotherWorkerGetsIt()
    {
        await using var pool = await StartAsync(ttlSeconds: 60);
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var late = await pool.RegisterAsync();
        var first = Assert.Single(await late.ClaimAsync());
        await late.MustReportAsync(taskId, TaskPhase.InProgress);

        _clock.Advance(TimeSpan.FromSeconds(60));
        await PassingTimeAsync(async () => (await pool.TaskAsync(taskId)).Phase is TaskPhase.Ready);

        var second = await NextLeaseAsync(await pool.RegisterAsync());
        Assert.Equal((2L, 2), (second.FencingToken, second.Attempt));
        var refusal = (await late.ReportAsync(taskId, TaskPhase.PrOpened, first.LeaseId, first.FencingToken)).Refusal;
        Assert.Equal((RefusalKind.Conflict, RefusalReason.LeaseLost), (refusal!.Kind, refusal.Reason));
        Assert.Equal(TaskPhase.Leased, (await pool.TaskAsync(taskId)).Phase);
    }

    [Fact]
    public async Task Report_AtTheInstantOfExpiry_IsRefusedAndTheTaskIsReady()
    {
        await using var pool = await StartAsync(ttlSeconds: 60);
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        // The wall clock alone: no timer fires, so the report is the first to look.
        _clock.StepWallClock(TimeSpan.FromSeconds(60));

        var refusal = (await worker.ReportAsync(taskId, TaskPhase.InProgress)).Refusal;

        Assert.Equal((RefusalKind.Conflict, RefusalReason.LeaseExpired), (refusal!.Kind, refusal.Reason));
        Assert.Equal((TaskPhase.Ready, 1), ((await pool.TaskAsync(taskId)).Phase, (await pool.TaskAsync(taskId)).Attempts));
    }

    [Fact]
    public async Task Heartbeat_WithLessThanHalfTheTimeLeft_RenewsUpToTheLifetime()
    {
        await using var pool = await StartAsync(ttlSeconds: 100, lifetimeSeconds: 170);
        await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        var lease = Assert.Single(await worker.ClaimAsync());
        await worker.MustReportAsync(lease.TaskId, TaskPhase.InProgress);

        _clock.Advance(TimeSpan.FromSeconds(50));
        Assert.Equal(lease.ExpiresAt, Assert.Single((await worker.HeartbeatAsync()).Leases).ExpiresAt);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(lease.ExpiresAt.AddSeconds(51), Assert.Single((await worker.HeartbeatAsync()).Leases).ExpiresAt);
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(lease.ExpiresAt.AddSeconds(70), Assert.Single((await worker.HeartbeatAsync()).Leases).ExpiresAt);
        _clock.Advance(TimeSpan.FromSeconds(59));

        var end = await worker.HeartbeatAsync();
        Assert.Empty(end.Leases);
    }

    [Fact]
    public async Task Heartbeat_AfterALeaseWasLost_SaysSoOnce()
    {
        await using var pool = await StartAsync(ttlSeconds: 60);
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        _clock.Advance(TimeSpan.FromSeconds(60));

        Assert.Equal(taskId, Assert.Single((await worker.HeartbeatAsync()).Lost).TaskId);
        Assert.Empty((await worker.HeartbeatAsync()).Lost);
    }

    [Fact]
    public async Task Worker_SilentForTheHeartbeatTtl_LosesUnstartedAtOnceAndStartedAfterTheGrace()
    {
        await using var pool = await StartAsync(ttlSeconds: 3_600);
        var repo = await pool.AddRepoAsync();
        var started = await pool.AddTaskAsync(repo, spec => spec with { Priority = 20 });
        var unstarted = await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        Assert.Equal(2, (await worker.ClaimAsync()).Count);
        await worker.MustReportAsync(started, TaskPhase.InProgress);

        _clock.Advance(TimeSpan.FromSeconds(90));
        await PassingTimeAsync(async () => (await pool.TaskAsync(unstarted)).Phase is TaskPhase.Ready);
        Assert.Equal(TaskPhase.InProgress, (await pool.TaskAsync(started)).Phase);
        Assert.Equal("offline", (await Sql.QueryAsync(pool.Storage, "SELECT status FROM pool_workers"))[0][0]);

        _clock.Advance(TimeSpan.FromSeconds(200));
        Assert.Equal(TaskPhase.InProgress, (await pool.TaskAsync(started)).Phase);
        await PassingTimeAsync(async () => (await pool.TaskAsync(started)).Phase is TaskPhase.Ready);
        Assert.Equal(1, (await pool.TaskAsync(started)).Attempts);
    }

    [Fact]
    public async Task Worker_BackWithinTheGrace_KeepsWhatItBegan()
    {
        await using var pool = await StartAsync(ttlSeconds: 3_600);
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        await worker.MustReportAsync(taskId, TaskPhase.InProgress);
        _clock.Advance(TimeSpan.FromSeconds(200));
        await PassingTimeAsync(async () => (string?)(await Sql.QueryAsync(pool.Storage, "SELECT status FROM pool_workers"))[0][0] == "offline");

        Assert.Single((await worker.HeartbeatAsync(WorkerStatus.Working)).Leases);
        for (var i = 0; i < 10; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(60));
            await worker.HeartbeatAsync(WorkerStatus.Working);
        }
        Assert.Equal(TaskPhase.InProgress, (await pool.TaskAsync(taskId)).Phase);
    }

    [Fact]
    public async Task Heartbeat_Paused_GetsNoWorkAndKeepsLeases()
    {
        await using var pool = await StartAsync(ttlSeconds: 3_600);
        var repo = await pool.AddRepoAsync();
        await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        await pool.AddTaskAsync(repo);

        await worker.HeartbeatAsync(WorkerStatus.Paused);
        Assert.Single(await worker.ClaimAsync());
        await worker.HeartbeatAsync();
        Assert.Equal(2, (await worker.ClaimAsync()).Count);
    }

    [Fact]
    public async Task Heartbeat_Offline_ReleasesUnstartedWithoutCountingAnAttempt()
    {
        await using var pool = await StartAsync(ttlSeconds: 3_600);
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();

        await worker.HeartbeatAsync(WorkerStatus.Offline);

        var task = await pool.TaskAsync(taskId);
        Assert.Equal((TaskPhase.Ready, 0), (task.Phase, task.Attempts));
    }

    [Fact]
    public async Task Heartbeats_WithinTheWriteInterval_WriteNothing()
    {
        await using var pool = await StartAsync();
        var worker = await pool.RegisterAsync();
        var before = pool.Storage.Writes;

        for (var i = 0; i < 100; i++) await worker.HeartbeatAsync();
        Assert.Equal(before, pool.Storage.Writes);

        _clock.Advance(TimeSpan.FromSeconds(60));
        await worker.HeartbeatAsync();
        Assert.Equal(before + 1, pool.Storage.Writes);
    }

    [Fact]
    public async Task Fail_FiveTimes_IsADeadLetterWithEveryReason()
    {
        await using var pool = await StartAsync(ttlSeconds: 3_600);
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            await NextLeaseAsync(worker);
            Assert.Null((await worker.GiveBackAsync(taskId, AttemptOutcome.Failed, $"reason {attempt}")).Refusal);
            if (attempt is > 1 and < 5) Assert.Empty(await worker.ClaimAsync());
            // A worker that lives sends heartbeats while the task rests.
            for (var minute = 0; minute < 10; minute++)
            {
                _clock.Advance(TimeSpan.FromMinutes(1));
                await worker.HeartbeatAsync();
            }
        }

        var task = await pool.TaskAsync(taskId);
        Assert.Equal((TaskPhase.DeadLetter, 5), (task.Phase, task.Attempts));
        Assert.Equal(["reason 1", "reason 2", "reason 3", "reason 4", "reason 5"], task.History.Select(item => item.Reason));
    }

    [Fact]
    public async Task Task_NotBefore_IsLeasedOnlyThen()
    {
        await using var pool = await StartAsync();
        var at = _clock.GetUtcNow().AddSeconds(30);
        await pool.AddTaskAsync(await pool.AddRepoAsync(), spec => spec with { NotBefore = at });
        var worker = await pool.RegisterAsync();

        Assert.Empty(await worker.ClaimAsync());
        _clock.Advance(TimeSpan.FromSeconds(30));
        await NextLeaseAsync(worker);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Task_ThatOnlyTimeOrAnotherRepoSetsFree_KeepsItsRepoWatched(bool dependsOnAnother)
    {
        await using var pool = await StartAsync();
        var other = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var repo = await pool.AddRepoAsync();

        await pool.AddTaskAsync(repo, spec => dependsOnAnother
            ? spec with { DependsOn = [other] }
            : spec with { NotBefore = _clock.GetUtcNow().AddDays(1) });

        // Without it the repo goes to sleep for want of calls, and nobody finds the task when its time has come.
        var rows = await Sql.QueryAsync(pool.Storage, $"SELECT ReminderName FROM OrleansRemindersTable WHERE GrainId = 'repo/repo/{repo.ToLowerInvariant()}'");
        Assert.Equal("sweep", Assert.Single(rows)[0]);
    }

    [Fact]
    public async Task Task_WithDependencies_WaitsForAllOfThem()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync();
        var other = await pool.AddRepoAsync();
        var first = await pool.AddTaskAsync(repo);
        var second = await pool.AddTaskAsync(other);
        var last = await pool.AddTaskAsync(repo, spec => spec with { DependsOn = [first, second], Priority = 1_000 });
        var worker = await pool.RegisterAsync(slots: 3);

        Assert.Equal(new[] { first, second }.Order(), (await worker.ClaimAsync()).Select(lease => lease.TaskId).Order());
        foreach (var taskId in new[] { first, second })
        {
            await worker.MustReportAsync(taskId, TaskPhase.PrOpened);
            Assert.DoesNotContain(await worker.ClaimAsync(), lease => lease.TaskId == last);
            await worker.MustReportAsync(taskId, TaskPhase.Merged);
        }
        // A dependency in another repo is looked at every few seconds.
        await PassingTimeAsync(async () => (await worker.ClaimAsync()).Any(lease => lease.TaskId == last));
    }

    [Fact]
    public async Task Create_WithUnknownDependency_IsRefused()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync();
        var reply = await pool.Grains.GetRepo(repo)
            .CreateTaskAsync(new CreateTask("t_new", new TaskSpec { Title = "x", DependsOn = ["t_none"] }, Actors.Admin));

        Assert.Equal("depends_on", reply.Refusal!.Field);
    }

    [Fact]
    public async Task Restart_OverTheDeadlines_GivesEverythingBack()
    {
        await using var pool = await StartAsync(ttlSeconds: 60);
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        _clock.StepWallClock(TimeSpan.FromMinutes(10));

        await pool.RestartAsync();

        // The lease at once, because every repo is woken; of the worker nothing could be heard before.
        var up = _clock.GetUtcNow();
        await PassingTimeAsync(async () => (await pool.TaskAsync(taskId)).Phase is TaskPhase.Ready, Little);
        _clock.SetUtcNow(up.AddSeconds(89.9));
        await PassingTimeAsync(async () =>
            (string?)(await Sql.QueryAsync(pool.Storage, "SELECT status FROM pool_workers"))[0][0] == "offline", Little);
        Assert.InRange(_clock.GetUtcNow() - up, TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(119));
    }

    [Fact]
    public async Task Restart_ReminderFellDueWhileDown_IsMadeGood()
    {
        await using var pool = await StartAsync(ttlSeconds: 60);
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        await (await pool.RegisterAsync()).ClaimAsync();
        Assert.Equal(_start.AddSeconds(60).DateTime, await SweepAsync(pool), TimeSpan.FromSeconds(1));

        // Orleans drops the tick that nobody was there for, and the next one is due a minute later.
        await pool.RestartAsync(whileDown: () => _clock.Advance(TimeSpan.FromSeconds(61)));

        await PassingTimeAsync(async () => (await pool.TaskAsync(taskId)).Phase is TaskPhase.Ready, Little);
        Assert.True(_clock.GetUtcNow() < _start.AddSeconds(120));
        await NextLeaseAsync(await pool.RegisterAsync());
    }

    [Fact]
    public async Task Sweep_OfARepoThatFellAsleep_TakesTheLeaseBack()
    {
        await using var pool = await StartAsync(ttlSeconds: 60);
        var repo = await pool.AddRepoAsync();
        var taskId = await pool.AddTaskAsync(repo);
        await (await pool.RegisterAsync()).ClaimAsync();
        // A repo that has told what it has is left alone.
        await PassingTimeAsync(() => Task.FromResult(pool.Services.GetRequiredService<SupplyBoard>().StaleRepos().Count == 0), Little);
        // What Orleans does with a grain that nobody calls; its timers go with it.
        await pool.Grains.GetRepo(repo).AsReference<IGrainManagementExtension>().DeactivateOnIdle();
        var management = pool.Grains.GetGrain<IManagementGrain>(0);
        await Eventually.TrueAsync(async () =>
        {
            var awake = await management.GetSimpleGrainStatistics();
            return !awake.Any(grains => grains.GrainType.StartsWith(typeof(RepoGrain).FullName!, StringComparison.Ordinal));
        }, "the repo sleeps");
        Assert.Equal(TaskPhase.Leased, (await pool.TaskAsync(taskId)).Phase);

        _clock.SetUtcNow(_start.AddSeconds(60));
        await PassingTimeAsync(async () => (await pool.TaskAsync(taskId)).Phase is TaskPhase.Ready, Little);

        // Its worker is not yet missed, so it was the lease that ended.
        Assert.Equal(1, (await pool.TaskAsync(taskId)).Attempts);
    }

    [Fact]
    public async Task Sweep_NothingToWatchUntilAGrantComesBetween_KeepsItsReminder()
    {
        var table = new HeldReminderTable();
        await using var pool = await PoolHost.StartAsync(_clock, table.Wrap);
        var repo = await pool.AddRepoAsync();
        var (worker, first) = (await pool.RegisterAsync(), await pool.AddTaskAsync(repo));
        await worker.ClaimAsync();
        await worker.MustReportAsync(first, TaskPhase.PrOpened);
        await worker.MustReportAsync(first, TaskPhase.Merged);

        table.Hold();
        var tick = pool.Grains.GetRepo(repo).AsReference<IRemindable>().ReceiveReminder("sweep", default);
        await table.Held;
        await pool.AddTaskAsync(repo);
        Assert.Single(await worker.ClaimAsync());
        table.LetGo();
        await tick;

        await SweepAsync(pool);
    }

    [Fact]
    public async Task Restart_OverTheHeartbeatTtl_AWorkerThatIsHeardInTimeKeepsItsLeases()
    {
        await using var pool = await StartAsync(ttlSeconds: 3_600);
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        _clock.StepWallClock(TimeSpan.FromMinutes(10));

        await pool.RestartAsync();

        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(taskId, Assert.Single((await worker.HeartbeatAsync()).Leases).TaskId);
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Single((await worker.HeartbeatAsync()).Leases);
        Assert.Equal(TaskPhase.Leased, (await pool.TaskAsync(taskId)).Phase);
    }

    [Theory]
    [InlineData("online")]
    [InlineData("holds a lease")]
    [InlineData("gone")]
    public async Task Restart_WorkerWithoutItsReminder_GetsItAgainWhereItIsNeeded(string worker)
    {
        await using var pool = await StartAsync(ttlSeconds: 3_600);
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var tested = await pool.RegisterAsync();
        if (worker is "holds a lease")
        {
            await tested.ClaimAsync();
            await tested.MustReportAsync(taskId, TaskPhase.InProgress);
        }
        if (worker is not "online") await tested.HeartbeatAsync(WorkerStatus.Offline);
        await pool.ExecuteSqlAsync("DELETE FROM OrleansRemindersTable");

        await pool.RestartAsync();

        if (worker is not "gone") await Eventually.TrueAsync(async () => await IsWatchedAsync());
        else Assert.False(await IsWatchedAsync());

        async Task<bool> IsWatchedAsync() => await pool.LivenessRemindersAsync() == 1;
    }

    /// <summary>The first tick of the one reminder of a repo that there is.</summary>
    private static async Task<DateTime> SweepAsync(PoolHost pool)
    {
        var rows = await Sql.QueryAsync(pool.Storage, "SELECT StartTime FROM OrleansRemindersTable WHERE ReminderName = 'sweep'");
        return DateTime.Parse((string)Assert.Single(rows)[0]!, CultureInfo.InvariantCulture);
    }

    /// <summary>What a deadline sets free is found when its repo has told of it.</summary>
    private async Task<LeaseView> NextLeaseAsync(TestWorker worker)
    {
        IReadOnlyList<LeaseView> leases = [];
        await PassingTimeAsync(async () => (leases = await worker.ClaimAsync()).Count > 0);
        return Assert.Single(leases);
    }

    private Task PassingTimeAsync(Func<Task<bool>> condition, TimeSpan? step = null) =>
        Eventually.TrueInTimeAsync(_clock, condition, step: step);

    private Task<PoolHost> StartAsync(int ttlSeconds = 14_400, int lifetimeSeconds = 86_400) => PoolHost.StartAsync(_clock, services =>
        services.Configure<LeaseOptions>(options => (options.TtlSeconds, options.LifetimeSeconds) = (ttlSeconds, lifetimeSeconds)));
}
