using Microsoft.Extensions.DependencyInjection;
using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains.Directory;
using OwpPool.Grains.Hosting;
using OwpPool.Grains.Repos;

namespace OwpPool.Grains.Tests;

/// <summary>Storage that fails between the steps of a grant: nothing is served that was not stored, and nothing is stuck.</summary>
public sealed class FaultTests
{
    private const string TaskWritesFail =
        "CREATE TRIGGER fail_tasks BEFORE UPDATE ON OrleansStorage WHEN NEW.GrainTypeString = 'task' BEGIN SELECT RAISE(ABORT, 'no'); END";

    private const string RepoWritesFail =
        "CREATE TRIGGER fail_repos BEFORE UPDATE ON OrleansStorage WHEN NEW.GrainTypeString = 'repo' BEGIN SELECT RAISE(ABORT, 'no'); END";

    private static string WorkerWritesFail(string verb) =>
        $"CREATE TRIGGER fail_workers BEFORE {verb} ON OrleansStorage WHEN NEW.GrainTypeString = 'worker' BEGIN SELECT RAISE(ABORT, 'no'); END";

    [Fact]
    public async Task Claim_TaskWriteFailsAfterTheReservation_IsUndoneAndGrantedLater()
    {
        var clock = new ManualTimeProvider();
        await using var pool = await PoolHost.StartAsync(clock);
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 1 });
        var taskId = await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        await pool.ExecuteSqlAsync(TaskWritesFail);

        await Assert.ThrowsAnyAsync<Exception>(() => worker.TryClaimAsync());
        Assert.Equal(TaskPhase.Ready, (await pool.TaskAsync(taskId)).Phase);
        await pool.ExecuteSqlAsync("DROP TRIGGER fail_tasks");

        await Eventually.TrueInTimeAsync(clock, async () => (await worker.ClaimAsync()).Count == 1, step: TimeSpan.FromSeconds(1));
        Assert.True((await pool.TaskAsync(taskId)).Token >= 2);
    }

    [Fact]
    public async Task Claim_RepoWriteFails_GrantsNothingAndServesAgainAfterwards()
    {
        await using var pool = await PoolHost.StartAsync();
        var repo = await pool.AddRepoAsync();
        var taskId = await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        // The sweep reminder and the ledger are there; only the next ledger write fails.
        await pool.ExecuteSqlAsync(RepoWritesFail);

        await Assert.ThrowsAnyAsync<Exception>(() => worker.TryClaimAsync());
        Assert.Equal((TaskPhase.Ready, 0L), ((await pool.TaskAsync(taskId)).Phase, (await pool.TaskAsync(taskId)).Token));
        await pool.ExecuteSqlAsync("DROP TRIGGER fail_repos");
        await pool.Grains.GetRepo(repo).WakeAsync();

        Assert.Single(await worker.ClaimAsync());
    }

    [Fact]
    public async Task Heartbeat_ReturnOfAWorkerIsNotStored_IsWatchedAllTheSame()
    {
        await using var pool = await PoolHost.StartAsync();
        var worker = await pool.RegisterAsync();
        await worker.HeartbeatAsync(WorkerStatus.Offline);
        await pool.ExecuteSqlAsync("DELETE FROM OrleansRemindersTable");
        await pool.ExecuteSqlAsync(WorkerWritesFail("UPDATE"));

        await Assert.ThrowsAnyAsync<Exception>(() => worker.HeartbeatAsync());

        Assert.Equal(1, await pool.LivenessRemindersAsync());
    }

    [Fact]
    public async Task Register_RowIsNotStored_LeavesNoReminderBehind()
    {
        var clock = new ManualTimeProvider();
        await using var pool = await PoolHost.StartAsync(clock);
        await pool.ExecuteSqlAsync(WorkerWritesFail("INSERT"));

        await Assert.ThrowsAnyAsync<Exception>(() => pool.RegisterAsync());
        Assert.Equal(1, await pool.LivenessRemindersAsync());
        await pool.ExecuteSqlAsync("DROP TRIGGER fail_workers");

        await Eventually.TrueInTimeAsync(
            clock, async () => await pool.LivenessRemindersAsync() == 0, "the reminder of nobody is gone", TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Repo_ThatCannotWake_KeepsNobodyFromTheOthers()
    {
        var clock = new ManualTimeProvider();
        var filter = new BrokenRepo("acme/broken");
        await using var pool = await PoolHost.StartAsync(clock, services => services
            .Configure<LeaseOptions>(options => options.TtlSeconds = 100).AddSingleton<IIncomingGrainCallFilter>(filter));
        var (broken, whole) = (await pool.AddRepoAsync(name: "acme/broken"), await pool.AddRepoAsync(name: "acme/whole"));
        var (stuck, task) = (await pool.AddTaskAsync(broken), await pool.AddTaskAsync(whole));
        var worker = await pool.RegisterAsync(slots: 3);
        Assert.Equal(2, (await worker.ClaimAsync()).Count);
        foreach (var begun in new[] { stuck, task }) await worker.MustReportAsync(begun, TaskPhase.InProgress);
        filter.IsBroken = true;

        clock.Advance(TimeSpan.FromSeconds(51));
        var held = (await worker.HeartbeatAsync()).Leases.ToDictionary(lease => lease.TaskId, lease => lease.ExpiresAt - clock.GetUtcNow());
        Assert.Equal((TimeSpan.FromSeconds(49), TimeSpan.FromSeconds(100)), (held[stuck], held[task]));

        var more = await pool.AddTaskAsync(whole);
        pool.Services.GetRequiredService<SupplyBoard>().MarkStale("acme/broken");
        await Assert.ThrowsAnyAsync<Exception>(() => worker.TryClaimAsync(repos: ["acme/broken"]));
        var why = (await pool.Grains.GetWorker(worker.Id).ExplainAsync(worker.Id, null)).Value!;
        Assert.Equal(["acme/broken"], why.Unanswered);
        Assert.Equal("acme/whole", Assert.Single(why.Repos).Repo);
        Assert.Contains(await worker.ClaimAsync(), lease => lease.TaskId == more);

        clock.Advance(TimeSpan.FromSeconds(50));
        var heartbeat = await worker.HeartbeatAsync();
        Assert.Equal(stuck, Assert.Single(heartbeat.Lost).TaskId);
        Assert.Equal(new[] { more, task }.Order(StringComparer.Ordinal), heartbeat.Leases.Select(lease => lease.TaskId).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Report_TaskWriteFails_TheRowIsTheTruth()
    {
        await using var pool = await PoolHost.StartAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        await pool.ExecuteSqlAsync(TaskWritesFail);

        await Assert.ThrowsAnyAsync<Exception>(() => worker.ReportAsync(taskId, TaskPhase.InProgress));
        Assert.Equal(TaskPhase.Leased, (await pool.TaskAsync(taskId)).Phase);
        await pool.ExecuteSqlAsync("DROP TRIGGER fail_tasks");

        Assert.Equal(TaskPhase.InProgress, (await worker.MustReportAsync(taskId, TaskPhase.InProgress)).Phase);
    }

    [Fact]
    public async Task Write_BehindAGrainsBack_IsAConflictAndTheNextCallReadsTheTruth()
    {
        await using var pool = await PoolHost.StartAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        // What a second activation would do during a failover.
        await pool.ExecuteSqlAsync(
            $"UPDATE OrleansStorage SET Version = Version + 1 WHERE GrainTypeString = 'task' AND GrainIdExtensionString = '{taskId}'");

        await Assert.ThrowsAnyAsync<Exception>(() => worker.ReportAsync(taskId, TaskPhase.InProgress));
        Assert.Equal(TaskPhase.InProgress, (await worker.MustReportAsync(taskId, TaskPhase.InProgress)).Phase);
    }

    [Fact]
    public async Task Decide_MoreWasHeardThanTheActivationKnows_ReadsAgain()
    {
        await using var pool = await PoolHost.StartAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var (grain, harmless) = (pool.Grains.GetTask(taskId), new TaskCommand.Expire("l_none", MaxAttempts: 3));
        var known = (await pool.TaskAsync(taskId)).Version;
        // What another activation stored; this one has not heard of it.
        await pool.ExecuteSqlAsync("UPDATE OrleansStorage SET Version = Version + 1, PayloadBinary = "
            + $"json_set(PayloadBinary, '$.version', {known + 1}, '$.priority', 77) WHERE GrainIdExtensionString = '{taskId}'");

        Assert.Equal(known, (await grain.DecideAsync(harmless, heard: known)).State.Version);
        var told = (await grain.DecideAsync(harmless, heard: known + 1)).State;

        Assert.Equal((known + 1, 77), (told.Version, told.Priority));
    }

    [Fact]
    public async Task Restart_BetweenLedgerAndTask_UndoesTheGrant()
    {
        var clock = new ManualTimeProvider();
        await using var pool = await PoolHost.StartAsync(clock);
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 1 });
        var taskId = await pool.AddTaskAsync(repo);
        var worker = await pool.RegisterAsync();
        await pool.ExecuteSqlAsync(TaskWritesFail);
        await Assert.ThrowsAnyAsync<Exception>(() => worker.TryClaimAsync());
        var row = Assert.Single(await Sql.QueryAsync(pool.Storage, "SELECT json_array_length(ledger) FROM pool_repos"));
        Assert.Equal(1L, row[0]);
        await pool.ExecuteSqlAsync("DROP TRIGGER fail_tasks");

        await pool.RestartAsync();

        await Eventually.TrueInTimeAsync(clock, async () => (await worker.ClaimAsync()).Count == 1, step: TimeSpan.FromSeconds(1));
        Assert.Equal(TaskPhase.Leased, (await pool.TaskAsync(taskId)).Phase);
    }

    [Fact]
    public async Task Events_OfEveryStoredChange_AreInTheLogOnce()
    {
        await using var pool = await PoolHost.StartAsync();
        var repo = await pool.AddRepoAsync();
        await pool.AddRepoAsync(with => with with { MaxOpenPrs = 7, MergeAuthority = MergeAuthority.Worker }, repo);
        for (var i = 0; i < 10; i++)
        {
            var taskId = await pool.AddTaskAsync(repo);
            var worker = await pool.RegisterAsync();
            await worker.ClaimAsync(max: 1);
            await worker.MustReportAsync(taskId, TaskPhase.PrOpened);
            await worker.MustReportAsync(taskId, TaskPhase.Merged);
        }

        var rows = await Sql.QueryAsync(pool.Storage, "SELECT sum(Version), (SELECT count(*) FROM pool_events) FROM OrleansStorage");
        Assert.Equal(rows[0][0], rows[0][1]);
    }

    /// <summary>No call reaches the grain of one repo.</summary>
    private sealed class BrokenRepo(string repo) : IIncomingGrainCallFilter
    {
        public volatile bool IsBroken;

        public Task Invoke(IIncomingGrainCallContext context) =>
            IsBroken && context.Grain is RepoGrain && context.TargetId.Key.ToString()!.Contains(repo, StringComparison.Ordinal)
                ? throw new IOException("This repo is broken.")
                : context.Invoke();
    }
}
