using Microsoft.Extensions.DependencyInjection;
using OwpPool.Core.Matching;
using OwpPool.Core.Reputation;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains.Hosting;
using OwpPool.Testing;

namespace OwpPool.Grains.Tests;

/// <summary>What a worker whom nobody knows cannot do to a pool (threats H1, H3, H4 and H5).</summary>
public sealed class StrangerTests
{
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task GiveBack_AnotherIsOnline_GoesToTheOtherForAnHour()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync();
        var (stranger, other) = (await pool.RegisterAsync(), await pool.RegisterAsync());
        var taskId = await pool.AddTaskAsync(repo);
        await stranger.ClaimAsync();
        await stranger.GiveBackAsync(taskId, AttemptOutcome.Released);

        Assert.Empty(await stranger.ClaimAsync());
        Assert.Equal(Ineligibility.HeldLately, (await ExplainAsync(pool, stranger, taskId)).Task!.Reason);
        Assert.Equal(1, Assert.Single((await ExplainAsync(pool, stranger, null)).Repos).Reasons[Ineligibility.HeldLately]);
        Assert.Equal(taskId, Assert.Single(await other.ClaimAsync()).TaskId);
    }

    [Fact]
    public async Task GiveBack_NobodyElseCouldTakeIt_ComesBackAtOnce()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync();
        var worker = await pool.RegisterAsync(["go"]);
        await pool.RegisterAsync(["rust"]);
        var rejecting = await pool.RegisterAsync(["go"]);
        var taskId = await pool.AddTaskAsync(repo, spec => spec with { RequiredSkills = ["go"] });
        await rejecting.RejectAsync(Assert.Single(await rejecting.AskForOffersAsync()).LeaseId);
        await worker.ClaimAsync();
        await worker.GiveBackAsync(taskId, AttemptOutcome.Failed, "The build is red.");

        Assert.Equal(taskId, Assert.Single(await worker.ClaimAsync()).TaskId);
    }

    [Fact]
    public async Task GiveBack_WithRetryAfter_BindsTheAskerForLongerThanOthers()
    {
        await using var pool = await StartAsync();
        var worker = await pool.RegisterAsync();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        await worker.ClaimAsync();
        await pool.Grains.GetWorker(worker.Id).GiveBackAsync(
            new GiveBackTask(worker.Id, taskId, AttemptOutcome.Released, "later", TimeSpan.FromDays(1), null, null));

        Assert.Equal(_clock.GetUtcNow().AddMinutes(10), (await pool.TaskAsync(taskId)).EligibleAt);
        await PassAsync(TimeSpan.FromHours(23), worker);
        Assert.Empty(await worker.ClaimAsync());
        Assert.Equal(taskId, Assert.Single(await (await pool.RegisterAsync()).ClaimAsync()).TaskId);
    }

    [Fact]
    public async Task Report_AsManyUnconfirmedReviewsAsItMay_GetsNoMoreAndKeepsTheTask()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 10 });
        var worker = await pool.RegisterAsync(slots: 4);
        for (var i = 0; i < 5; i++) await pool.AddTaskAsync(repo);
        var leases = await worker.ClaimAsync();
        foreach (var lease in leases.Take(3)) await worker.MustReportAsync(lease.TaskId, TaskPhase.PrOpened);

        var refusal = (await worker.ReportAsync(leases[3].TaskId, TaskPhase.PrOpened)).Refusal;

        Assert.Equal((RefusalKind.Conflict, RefusalReason.LimitReached), (refusal!.Kind, refusal.Reason));
        Assert.Equal(leases[3].TaskId, Assert.Single(await worker.ClaimAsync()).TaskId);
        Assert.Equal(Ineligibility.ReviewsUnconfirmed, Assert.Single((await ExplainAsync(pool, worker, null)).Repos).Nothing);
        // GitHub has seen one of them: there is room again.
        var seen = new ReviewTask(leases[0].TaskId, ReviewMove.Opened, Actors.Github, worker.Id, new Artifact(), null);
        Assert.Null((await pool.Grains.GetRepo(repo).ReviewAsync(seen)).Refusal);
        await worker.MustReportAsync(leases[3].TaskId, TaskPhase.PrOpened);
        await pool.Grains.GetWorker(worker.Id).SetTrustAsync(TrustTier.Trusted, Actors.Admin, null);
        await worker.MustReportAsync(Assert.Single(await worker.ClaimAsync()).TaskId, TaskPhase.PrOpened);
    }

    [Fact]
    public async Task Review_NobodyElseHasSeenItForAWeek_FreesTheBudgetThroughARestart()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 1 });
        var worker = await pool.RegisterAsync();
        var taskId = await pool.AddTaskAsync(repo);
        await worker.ClaimAsync();
        await worker.MustReportAsync(taskId, TaskPhase.PrOpened);

        await pool.RestartAsync(() => _clock.Advance(TimeSpan.FromDays(6)));
        Assert.Equal(TaskPhase.PrOpened, (await pool.TaskAsync(taskId)).Phase);
        _clock.Advance(TimeSpan.FromDays(1));

        await Eventually.TrueInTimeAsync(_clock, async () => (await pool.TaskAsync(taskId)).Phase is TaskPhase.Ready, "the review has ended");
        Assert.Equal(taskId, Assert.Single(await (await pool.RegisterAsync()).ClaimAsync()).TaskId);
    }

    [Fact]
    public async Task Undo_OfARevokedWorker_PutsBackWhatRestsOnItsWordAlone()
    {
        await using var pool = await StartAsync();
        var repo = await pool.AddRepoAsync(with => with with { MaxOpenPrs = 10 });
        var stranger = await pool.RegisterAsync(slots: 10, capacity: 20);
        var tasks = new List<string>();
        for (var i = 0; i < 5; i++) tasks.Add(await pool.AddTaskAsync(repo));
        var waiting = await pool.AddTaskAsync(repo, spec => spec with { DependsOn = [tasks[0]] });
        await stranger.ClaimAsync();
        foreach (var taskId in tasks.Take(3)) await stranger.MustReportAsync(taskId, TaskPhase.PrOpened);
        await stranger.MustReportAsync(tasks[0], TaskPhase.Merged);
        await stranger.MustReportAsync(tasks[1], TaskPhase.Merged);
        var confirmed = new ReviewTask(tasks[1], ReviewMove.Merged, Actors.Github, null, new Artifact(), null);
        Assert.Null((await pool.Grains.GetRepo(repo).ReviewAsync(confirmed)).Refusal);

        var grain = pool.Grains.GetWorker(stranger.Id);
        Assert.Null(await grain.RevokeAsync(Actors.Admin, "Nothing of it is true."));
        Assert.Equal(2, await grain.UndoAsync(Actors.Admin, "Nothing of it is true."));
        Assert.Equal(0, await grain.UndoAsync(Actors.Admin, "Nothing of it is true."));

        var phases = new List<TaskPhase>();
        foreach (var taskId in tasks) phases.Add((await pool.TaskAsync(taskId)).Phase);
        Assert.Equal([TaskPhase.Ready, TaskPhase.Merged, TaskPhase.Ready, TaskPhase.Ready, TaskPhase.Ready], phases);
        // What had waited for the merge that never was waits again.
        var other = await pool.RegisterAsync(slots: 10, capacity: 20);
        var leases = await other.ClaimAsync();
        Assert.Equal(4, leases.Count);
        Assert.DoesNotContain(leases, lease => lease.TaskId == waiting);
    }

    [Fact]
    public async Task Learn_FiveFailuresInARow_PausesTheWorkerAndSaysWhy()
    {
        await using var pool = await StartAsync();
        var worker = await pool.RegisterAsync();
        await pool.AddTaskAsync(await pool.AddRepoAsync());
        var failures = Enumerable.Range(1, 5).Select(seq => new WorkOutcome { Seq = seq, WorkerId = worker.Id, Kind = OutcomeKind.Failed });

        await pool.Grains.GetWorker(worker.Id).LearnAsync([.. failures]);

        var pause = (await worker.HeartbeatAsync()).Pause!;
        Assert.Equal((WorkPause.ByFailures, _clock.GetUtcNow().AddMinutes(10)), (pause.Reason, pause.Until));
        var work = (await worker.TryClaimAsync()).Value!;
        Assert.Equal((0, WorkPause.ByFailures), (work.Granted, work.Pause?.Reason));
        _clock.Advance(TimeSpan.FromMinutes(10));
        Assert.Null((await worker.HeartbeatAsync()).Pause);
        Assert.Single(await worker.ClaimAsync());
    }

    [Fact]
    public async Task Heartbeat_BetweenIdleAndWorkingAllTheTime_StoresNothing()
    {
        await using var pool = await StartAsync();
        var worker = await pool.RegisterAsync();
        var before = await EventsAsync(pool);

        for (var i = 0; i < 200; i++)
            Assert.Equal(i % 2 == 0 ? WorkerStatus.Working : WorkerStatus.Idle, (await worker.HeartbeatAsync(i % 2 == 0 ? WorkerStatus.Working : WorkerStatus.Idle)).Status);

        Assert.Equal(before, await EventsAsync(pool));
    }

    [Fact]
    public async Task Heartbeat_MoreChangesThanAWorkerMayMake_IsRefusedUntilTimePasses()
    {
        await using var pool = await StartAsync(static options => options.EventsPerHour = 60);
        var worker = await pool.RegisterAsync();
        var before = await EventsAsync(pool);
        var grain = pool.Grains.GetWorker(worker.Id);
        Refusal? refusal = null;
        for (var i = 0; refusal is null && i < 100; i++)
            refusal = (await grain.HeartbeatAsync(new Heartbeat(worker.Id, i % 2 == 0 ? WorkerStatus.Paused : WorkerStatus.Idle, new string('x', 500)))).Refusal;

        Assert.Equal(RefusalKind.TooMany, refusal!.Kind);
        Assert.InRange(refusal.RetryAfter!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        Assert.Equal(before + 10, await EventsAsync(pool));
        // It is heard all the same, and not held for lost.
        var said = (await grain.DescribeAsync(worker.Id)).Value!.Worker.Status;
        Assert.Null((await grain.HeartbeatAsync(new Heartbeat(worker.Id, said, null))).Refusal);
        _clock.Advance(refusal.RetryAfter.Value);
        Assert.Null((await grain.HeartbeatAsync(new Heartbeat(worker.Id, WorkerStatus.Paused, null))).Refusal);
    }

    [Fact]
    public async Task RotateToken_ByAReplacedToken_IsRefused()
    {
        await using var pool = await StartAsync();
        var worker = await pool.RegisterAsync();
        var grain = pool.Grains.GetWorker(worker.Id);
        Assert.Null(await grain.RotateTokenAsync(worker.Id, "new"));

        Assert.Equal(RefusalKind.Unauthorized, (await grain.RotateTokenAsync(worker.Id, "thief's"))!.Kind);

        // What was under way with it is still served, and the new one stays good.
        Assert.Null((await worker.HeartbeatAsync()).Pause);
        _clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Null((await worker.HeartbeatWithAsync("new")).Refusal);
        Assert.NotNull((await worker.HeartbeatWithAsync("thief's")).Refusal);
    }

    [Fact]
    public async Task Authenticate_InventedWorkersAndTasks_LeaveNoActivation()
    {
        await using var pool = await StartAsync();
        var worker = await pool.RegisterAsync();
        for (var i = 0; i < 500; i++)
        {
            Assert.NotNull(await pool.Grains.GetWorker($"w_invented{i}").AuthenticateAsync("hash"));
            Assert.Null(await pool.Grains.GetTask($"t_invented{i}").GetAsync());
        }

        await Eventually.TrueAsync(async () => await ActivationsAsync(pool) < 20, "what was invented is gone from memory");
        Assert.Single((await pool.Grains.GetWorker(worker.Id).DescribeAsync(worker.Id)).Value!.Worker.Events);
    }

    /// <summary>Lets time pass in steps in which the workers are heard.</summary>
    private async Task PassAsync(TimeSpan time, params TestWorker[] workers)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMinutes(1))
        {
            _clock.Advance(TimeSpan.FromMinutes(1));
            foreach (var worker in workers) await worker.HeartbeatAsync();
        }
    }

    private static async Task<WorkExplanation> ExplainAsync(PoolHost pool, TestWorker worker, string? taskId)
    {
        var reply = await pool.Grains.GetWorker(worker.Id).ExplainAsync(worker.Id, taskId);
        Assert.Null(reply.Refusal);
        return reply.Value!;
    }

    private static async Task<long> EventsAsync(PoolHost pool) =>
        (long)(await Sql.QueryAsync(pool.Storage, "SELECT count(*) FROM pool_events"))[0][0]!;

    private static async Task<int> ActivationsAsync(PoolHost pool)
    {
        var management = pool.Grains.GetGrain<IManagementGrain>(0);
        return (await management.GetSimpleGrainStatistics()).Where(each => each.GrainType.Contains("OwpPool", StringComparison.Ordinal)).Sum(each => each.ActivationCount);
    }

    private Task<PoolHost> StartAsync(Action<WorkerOptions>? configure = null) =>
        PoolHost.StartAsync(_clock, services => services.Configure<WorkerOptions>(options => configure?.Invoke(options)));
}
