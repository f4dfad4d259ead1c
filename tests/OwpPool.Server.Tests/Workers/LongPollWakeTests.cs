using OwpPool.Core.Repos;
using OwpPool.Core.Tasks;
using OwpPool.Core.Workers;
using OwpPool.Grains;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Workers;

/// <summary>Whatever makes work takeable wakes a long poll that can take it. The polls' clock stands still, so nothing else can.</summary>
public sealed class LongPollWakeTests : IClassFixture<LongPollWakeTests.Fixture>
{
    private readonly PollPool _pool;

    public LongPollWakeTests(Fixture fixture) => _pool = fixture.Pool;

    /// <summary>Each cause arranges a worker that can take nothing, and says what it does to change that.</summary>
    private static readonly Dictionary<string, Func<Scene, Task<Func<Task>>>> Causes = new()
    {
        ["a task is created"] = async scene =>
        {
            var repo = await scene.Pool.AddRepoAsync();
            return () => scene.AddAsync(repo);
        },
        ["a task is created behind more kinds of task than the summary tells of"] = async scene =>
        {
            var repo = await scene.Pool.AddRepoAsync();
            foreach (var points in Enumerable.Range(1, 100))
                foreach (var tier in new[] { 2, 3 })
                    await scene.Pool.AddTaskAsync(repo, spec => spec with { Tier = tier, EstimatePoints = points, Priority = 900 });
            return () => scene.AddAsync(repo);
        },
        ["the holder gives the task back"] = async scene =>
        {
            var (holder, task, _) = await scene.HeldAsync();
            return () => holder.GiveBackAsync(task, AttemptOutcome.Released);
        },
        ["the holder fails"] = async scene =>
        {
            var (holder, task, _) = await scene.HeldAsync(TaskPhase.InProgress);
            return () => holder.GiveBackAsync(task, AttemptOutcome.Failed);
        },
        ["the holder says that it goes away"] = async scene =>
        {
            var (holder, _, _) = await scene.HeldAsync();
            return () => holder.HeartbeatAsync(WorkerStatus.Offline);
        },
        ["the holder is shut out"] = async scene =>
        {
            var (holder, _, _) = await scene.HeldAsync(TaskPhase.InProgress);
            return () => holder.Grain.RevokeAsync("admin", null);
        },
        ["the lease expires"] = async scene =>
        {
            await scene.HeldAsync(with: repo => repo with { LeaseTtlSeconds = 1 });
            return Nothing;
        },
        ["a maintainer requeues the task"] = async scene =>
        {
            var (_, task, repo) = await scene.HeldAsync(TaskPhase.InProgress);
            return () => scene.Pool.OverrideAsync(repo, task, TaskOverride.Requeue);
        },
        ["a maintainer revives a dead letter"] = async scene =>
        {
            var (holder, task, repo) = await scene.HeldAsync(TaskPhase.InProgress, repo => repo with { MaxAttempts = 1 });
            await holder.GiveBackAsync(task, AttemptOutcome.Failed);
            return () => scene.Pool.OverrideAsync(repo, task, TaskOverride.Requeue);
        },
        ["a merge frees the budget"] = async scene =>
        {
            var (holder, task, repo) = await scene.HeldAsync(TaskPhase.PrOpened, repo => repo with { MaxOpenPrs = 1 });
            await scene.AddAsync(repo);
            return () => holder.ReportAsync(task, TaskPhase.Merged);
        },
        ["a cancelled task frees the budget"] = async scene =>
        {
            var (_, task, repo) = await scene.HeldAsync(TaskPhase.PrOpened, repo => repo with { MaxOpenPrs = 1 });
            await scene.AddAsync(repo);
            return () => scene.Pool.OverrideAsync(repo, task, TaskOverride.Cancel);
        },
        ["the budget is raised"] = async scene =>
        {
            var repo = await scene.Pool.AddRepoAsync(repo => repo with { MaxOpenPrs = 0 });
            await scene.AddAsync(repo);
            return () => scene.Pool.PatchRepoAsync(repo, patch => patch with { MaxOpenPrs = 1 });
        },
        ["the area is free"] = async scene =>
        {
            var (holder, task, repo) = await scene.HeldAsync(TaskPhase.InProgress, area: "web");
            await scene.AddAsync(repo, spec => spec with { Area = "Web/" });
            return () => holder.ReportAsync(task, TaskPhase.PrOpened);
        },
        ["area locks are turned off"] = async scene =>
        {
            var (_, _, repo) = await scene.HeldAsync(TaskPhase.InProgress, area: "web");
            await scene.AddAsync(repo, spec => spec with { Area = "web" });
            return () => scene.Pool.PatchRepoAsync(repo, patch => patch with { AreaLocksEnabled = false });
        },
        ["the repo is resumed"] = async scene =>
        {
            var repo = await scene.Pool.AddRepoAsync(repo => repo with { Paused = true });
            await scene.AddAsync(repo);
            return () => scene.Pool.PatchRepoAsync(repo, patch => patch with { Paused = false });
        },
        ["the repo trusts more"] = async scene =>
        {
            var repo = await scene.Pool.AddRepoAsync();
            await scene.AddAsync(repo, spec => spec with { Tier = 3 });
            return () => scene.Pool.PatchRepoAsync(repo, patch => patch with { Trust = new TrustPolicy { Basic = 3 } });
        },
        ["a dependency is merged"] = async scene =>
        {
            var (holder, task, repo) = await scene.HeldAsync(TaskPhase.PrOpened);
            await scene.AddAsync(repo, spec => spec with { DependsOn = [task] });
            return () => holder.ReportAsync(task, TaskPhase.Merged);
        },
        ["a dependency in another repo is merged"] = async scene =>
        {
            var (holder, task, _) = await scene.HeldAsync(TaskPhase.PrOpened);
            await scene.AddAsync(await scene.Pool.AddRepoAsync(), spec => spec with { DependsOn = [task] });
            return () => holder.ReportAsync(task, TaskPhase.Merged);
        },
        ["not_before has passed"] = async scene =>
        {
            await scene.AddAsync(await scene.Pool.AddRepoAsync(), spec => spec with { NotBefore = DateTimeOffset.UtcNow.AddSeconds(1) });
            return Nothing;
        },
        ["an admin resumes the worker"] = async scene =>
        {
            await scene.Worker.Grain.SetPausedAsync(true, "admin", null);
            await scene.AddAsync(await scene.Pool.AddRepoAsync());
            return () => scene.Worker.Grain.SetPausedAsync(false, "admin", null);
        },
        ["the worker says that it takes work again"] = async scene =>
        {
            await scene.Worker.HeartbeatAsync(WorkerStatus.Paused);
            await scene.AddAsync(await scene.Pool.AddRepoAsync());
            return () => scene.Worker.HeartbeatAsync(WorkerStatus.Working);
        },
        ["the worker ends its other task"] = async scene =>
        {
            var task = await scene.FullAsync(await scene.Pool.AddRepoAsync());
            return () => scene.Worker.ReportAsync(task, TaskPhase.PrOpened);
        },
        ["the worker's other lease expires"] = async scene =>
        {
            await scene.FullAsync(await scene.Pool.AddRepoAsync(repo => repo with { LeaseTtlSeconds = 1 }));
            return Nothing;
        },
        ["a maintainer cancels the worker's other task"] = async scene =>
        {
            var repo = await scene.Pool.AddRepoAsync();
            var task = await scene.FullAsync(repo);
            return () => scene.Pool.OverrideAsync(repo, task, TaskOverride.Cancel);
        },
    };

    public static TheoryData<string> Names => [.. Causes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Poll_WorkBecomesTakeable_IsWoken(string cause)
    {
        var skill = Path.GetRandomFileName();
        var scene = new Scene(_pool, skill, await _pool.RegisterAsync([skill]));
        var act = await Causes[cause](scene);
        var poll = scene.Worker.PollAsync();
        // A cause that is only the time may come before the poll stands in line.
        if (act != Nothing) await _pool.WaitsAsync(1);
        await act();
        await Eventually.TrueAsync(() => poll.IsCompleted, $"a long poll is woken when {cause}");
        Assert.Single(await poll);
    }

    [Fact]
    public async Task Board_RepoDiedBeforeItCouldTell_IsMadeToTell()
    {
        var repo = await _pool.AddRepoAsync();
        await Eventually.TrueAsync(() => !_pool.Board.IsStale(repo), "the new repo tells what it has");
        _pool.Board.MarkStale(repo);
        await Eventually.TrueAsync(() => !_pool.Board.IsStale(repo), "the repo is woken and tells what it has");
    }

    private static Task Nothing() => Task.CompletedTask;

    public sealed class Fixture : IAsyncLifetime
    {
        public PollPool Pool { get; private set; } = null!;

        public async Task InitializeAsync() => Pool = await PollPool.StartAsync();

        public async Task DisposeAsync() => await Pool.DisposeAsync();
    }

    /// <summary>A worker of a skill that no other scene's has.</summary>
    private sealed record Scene(PollPool Pool, string Skill, PollWorker Worker)
    {
        public Task<string> AddAsync(string repo, Func<TaskSpec, TaskSpec>? with = null) =>
            Pool.AddTaskAsync(repo, spec => (with?.Invoke(spec) ?? spec) with { RequiredSkills = [Skill] });

        /// <summary>A task that the worker could take, but that another holds and has brought to the phase.</summary>
        public async Task<(PollWorker Holder, string Task, string Repo)> HeldAsync(
            TaskPhase phase = TaskPhase.Leased, Func<UpsertRepo, UpsertRepo>? with = null, string? area = null)
        {
            var repo = await Pool.AddRepoAsync(with);
            var holder = await Pool.RegisterAsync([Skill]);
            var task = await AddAsync(repo, spec => spec with { Area = area });
            Assert.Equal(task, (await holder.TakeAsync()).TaskId);
            if (phase is not TaskPhase.Leased) await holder.ReportAsync(task, phase);
            return (holder, task, repo);
        }

        /// <summary>Gives the worker a task that fills it, and leaves another that it could take.</summary>
        public async Task<string> FullAsync(string repo)
        {
            var task = await AddAsync(repo);
            Assert.Equal(task, (await Worker.TakeAsync()).TaskId);
            await Worker.ReportAsync(task, TaskPhase.InProgress);
            await AddAsync(await Pool.AddRepoAsync());
            return task;
        }
    }
}
