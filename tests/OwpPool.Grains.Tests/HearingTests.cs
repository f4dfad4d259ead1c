using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using OwpPool.Core.Shared;
using OwpPool.Core.Tasks;
using OwpPool.Grains.Hosting;
using OwpPool.Testing;

namespace OwpPool.Grains.Tests;

/// <summary>Time in which this process could not hear anybody, and what is not judged by it.</summary>
public sealed class HearingTests
{
    private static readonly TimeSpan Ttl = TimeSpan.FromSeconds(90);
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public void Look_EverySecond_MissesNothing()
    {
        var (board, start) = (Watched(), _clock.Now());
        for (var second = 0; second < 100; second++)
        {
            _clock.Advance(HearingBoard.Interval + HearingBoard.Tolerance);
            board.Look();
        }

        Assert.Equal(start, board.Current.HearsSince);
        Assert.Equal(start + Ttl, board.Current.SilentAt(start, Ttl));
    }

    [Theory]
    [InlineData("suspended")] // the wall clock runs on, timestamps do not
    [InlineData("stalled")] // both run on
    [InlineData("set back")] // timestamps run on, and the wall clock is set back meanwhile
    public void Current_AfterAGap_WhoeverLooksFirstFindsIt(string how)
    {
        var poolClock = new ManualTimeProvider();
        var board = new HearingBoard(poolClock, NullLogger<HearingBoard>.Instance);
        board.StartWatching(_clock);
        var start = poolClock.Now();
        var gap = TimeSpan.FromMinutes(10);
        poolClock.Advance(gap);
        if (how is "suspended") _clock.StepWallClock(gap);
        else _clock.Advance(gap);
        if (how is "set back") _clock.StepWallClock(-gap);

        Assert.Equal(poolClock.Now(), board.Current.HearsSince);
        Assert.Equal(start + gap + Ttl, board.Current.SilentAt(start, Ttl));
    }

    [Fact]
    public void Current_ClockSetBack_DoesNotWaitForTheOldTime()
    {
        var board = Watched();
        _clock.StepWallClock(TimeSpan.FromHours(1));
        Assert.Equal(_clock.Now(), board.Current.HearsSince);
        _clock.StepWallClock(TimeSpan.FromHours(-2));

        Assert.Equal(_clock.Now() + Ttl, board.Current.SilentAt(_clock.Now(), Ttl));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Worker_TheProcessDidNotRunForAnHour_IsHeardBeforeItIsJudged(bool begun)
    {
        await using var pool = await PoolHost.StartAsync(_clock);
        var hearing = pool.Services.GetRequiredService<HearingBoard>();
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        if (begun) await worker.MustReportAsync(taskId, TaskPhase.InProgress);
        Suspend(hearing, TimeSpan.FromHours(1));

        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(taskId, Assert.Single((await worker.HeartbeatAsync()).Leases).TaskId);

        // A worker that died meanwhile is found: only the gap is no silence.
        await Eventually.TrueInTimeAsync(_clock, async () => (await pool.TaskAsync(taskId)).Phase is TaskPhase.Ready, step: TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Review_EndedWhileNobodyCouldConfirmIt_WaitsForGitHubToBeHeard()
    {
        await using var pool = await PoolHost.StartAsync(
            _clock, services => services.Configure<ReviewOptions>(options => options.UnconfirmedSeconds = 3_600));
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        await worker.MustReportAsync(taskId, TaskPhase.PrOpened);
        _clock.StepWallClock(TimeSpan.FromDays(1));

        await pool.RestartAsync();
        _clock.Advance(TimeSpan.FromSeconds(899));
        Assert.Equal(TaskPhase.PrOpened, (await pool.TaskAsync(taskId)).Phase);

        await Eventually.TrueInTimeAsync(_clock, async () => (await pool.TaskAsync(taskId)).Phase is TaskPhase.Ready);
    }

    /// <summary>All clocks go on at once, and every timer that was due meanwhile fires.</summary>
    private void Suspend(HearingBoard hearing, TimeSpan gap)
    {
        hearing.StartWatching(_clock);
        _clock.StepWallClock(gap);
        _clock.Advance(TimeSpan.FromSeconds(91));
        _ = hearing.Current;
        // From here the test moves the clock by more than a second at a time, which is no gap.
        hearing.StopWatching();
    }

    private HearingBoard Watched()
    {
        var board = new HearingBoard(_clock, NullLogger<HearingBoard>.Instance);
        board.StartWatching(_clock);
        return board;
    }
}
