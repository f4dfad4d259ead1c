using Microsoft.Extensions.DependencyInjection;
using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Grains.Hosting;
using OwpPool.Server.Hosting;
using OwpPool.Storage;

namespace OwpPool.Grains.Tests;

/// <summary>Orleans' clock is not the pool's: whatever the pool's does, no call times out and no shutdown waits.</summary>
public sealed class EngineClockTests
{
    private static readonly TimeSpan PastEveryTimeout = TimeSpan.FromHours(1);
    private readonly ManualTimeProvider _clock = new();

    [Fact]
    public async Task Areas_OfTheEngine_FollowTheSystemsClock()
    {
        await using var pool = await PoolHost.StartAsync(_clock);

        Assert.Same(_clock, pool.Services.GetRequiredService<TimeProvider>());
        Assert.Same(_clock, pool.Services.GetRequiredKeyedService<TimeProvider>(TimeProviderNames.Grains));
        Assert.All(
            [
                TimeProviderNames.Messaging, TimeProviderNames.SystemTimers,
                TimeProviderNames.ActivationManagement, TimeProviderNames.GrainDirectory, "an area of a later version",
            ],
            area => Assert.Same(TimeProvider.System, pool.Services.GetRequiredKeyedService<TimeProvider>(area)));
        Assert.IsType<ClockFromZero>(pool.Services.GetRequiredKeyedService<TimeProvider>(TimeProviderNames.Membership));
    }

    [Fact]
    public async Task Call_UnderWayWhileTheClockLeaps_IsAnswered()
    {
        var reader = new HeldReader();
        await using var pool = await PoolHost.StartAsync(_clock, reader.Wrap);
        var (_, underWay) = await BeginHeldAsync(pool, reader);

        // The second leap, too, meets a call that waits: the engine looks for old calls now and then only.
        for (var leap = 0; leap < 2; leap++) _clock.Advance(PastEveryTimeout);
        reader.LetGo();

        Assert.Equal(TaskPhase.Ready, (await pool.TaskAsync(await underWay)).Phase);
    }

    [Fact]
    public async Task Calls_ToGrainsThatAreNotYetThereWhileTheClockLeaps_AreAnswered()
    {
        await using var pool = await PoolHost.StartAsync(_clock);

        var calls = Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(() => pool.Grains.GetTask($"t_none_{i}").GetAsync())));
        await Eventually.TrueInTimeAsync(() => _clock.Advance(PastEveryTimeout), () => Task.FromResult(calls.IsCompleted));

        Assert.All(await calls, Assert.Null);
    }

    [Fact]
    public async Task Restart_OnAClockThatStandsStill_NeedsNoTimeOfThePool()
    {
        await using var pool = await PoolHost.StartAsync(_clock);
        var taskId = await pool.AddTaskAsync(await pool.AddRepoAsync());
        var worker = await pool.RegisterAsync();
        await worker.ClaimAsync();
        var before = _clock.GetUtcNow();

        await pool.RestartAsync();

        Assert.Equal(taskId, Assert.Single(await worker.ClaimAsync()).TaskId);
        Assert.Equal(before, _clock.GetUtcNow());
    }

    [Fact]
    public async Task Restart_WhileAGrainCallsAnother_IsNotHeldUpByPlacement()
    {
        var reader = new HeldReader();
        await using var pool = await PoolHost.StartAsync(_clock, reader.Wrap);
        var (first, underWay) = await BeginHeldAsync(pool, reader);
        var silo = pool.Services.GetRequiredService<ISiloStatusOracle>();

        var restart = pool.RestartAsync();
        await Eventually.TrueAsync(() => silo.CurrentStatus is not SiloStatus.Active, "the silo stops");
        // Now the repo calls a task that is nowhere yet, and nowhere can it be placed.
        reader.LetGo();

        // At once, not for want of an answer.
        await Assert.ThrowsAnyAsync<OrleansException>(() => underWay);
        await restart;
        Assert.Equal(TaskPhase.Ready, (await pool.TaskAsync(first)).Phase);
    }

    /// <summary>Begins to add a task; the repo's grain is held up in the middle of it, while it looks at the task that must come first.</summary>
    private static async Task<(string First, Task<string> UnderWay)> BeginHeldAsync(PoolHost pool, HeldReader reader)
    {
        var repo = await pool.AddRepoAsync();
        var first = await pool.AddTaskAsync(repo);
        var underWay = pool.AddTaskAsync(repo, spec => spec with { DependsOn = [first] });
        await reader.Held;
        return (first, underWay);
    }

    /// <summary>Lets a test hold up a grain in the middle of a call.</summary>
    private sealed class HeldReader : IPoolReader
    {
        private readonly Holdup _holdup = new();
        private IPoolReader _inner = null!;

        public Task Held => _holdup.Held;

        public void LetGo() => _holdup.LetGo();

        public void Wrap(IServiceCollection services) => services.AddSingleton<IPoolReader>(provider =>
        {
            _inner = ActivatorUtilities.CreateInstance<GrainReadModel>(provider);
            return this;
        });

        public async Task<IReadOnlyDictionary<string, TaskPhase>> ReadPhasesAsync(
            IReadOnlyCollection<string> taskIds, CancellationToken cancellationToken)
        {
            await _holdup.PassAsync();
            return await _inner.ReadPhasesAsync(taskIds, cancellationToken);
        }

        public IAsyncEnumerable<ReadyTask> ReadBacklogAsync(string repo, CancellationToken cancellationToken) =>
            _inner.ReadBacklogAsync(repo, cancellationToken);

        public Task<IReadOnlyList<LedgerEntry>> ReadHeldAsync(string repo, CancellationToken cancellationToken) =>
            _inner.ReadHeldAsync(repo, cancellationToken);

        public Task<IReadOnlyList<TaskState>> ReadHeldByWorkerAsync(string workerId, CancellationToken cancellationToken) =>
            _inner.ReadHeldByWorkerAsync(workerId, cancellationToken);

        public Task<IReadOnlyList<TaskState>> ReadUnconfirmedAsync(string workerId, int limit, CancellationToken cancellationToken) =>
            _inner.ReadUnconfirmedAsync(workerId, limit, cancellationToken);

        public Task<IReadOnlyList<string>> ReadWishesAsync(string workerId, CancellationToken cancellationToken) =>
            _inner.ReadWishesAsync(workerId, cancellationToken);

        public Task<IReadOnlyList<OnlineWorker>> ReadOnlineWorkersAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
            _inner.ReadOnlineWorkersAsync(now, cancellationToken);

        public Task<string?> ReadTaskOfPullRequestAsync(string prUrl, CancellationToken cancellationToken) =>
            _inner.ReadTaskOfPullRequestAsync(prUrl, cancellationToken);

        public Task<IReadOnlySet<string>> ReadChangedInBulkAsync(
            IReadOnlyCollection<string> taskIds, string bulkId, CancellationToken cancellationToken) =>
            _inner.ReadChangedInBulkAsync(taskIds, bulkId, cancellationToken);

        public Task<bool> DependsOnAsync(IReadOnlyCollection<string> taskIds, string otherId, CancellationToken cancellationToken) =>
            _inner.DependsOnAsync(taskIds, otherId, cancellationToken);
    }
}
