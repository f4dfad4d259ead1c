using OwpPool.Cli.Run;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Run;

/// <summary>Simulated workers against a real server.</summary>
public sealed class SimulationTests
{
    private static readonly SimulationSettings Quick = new()
    {
        OpenDelay = TimeSpan.FromMilliseconds(5), MergeDelay = TimeSpan.FromMilliseconds(5),
    };

    [Fact]
    public async Task Simulate_Merging_TakesEveryTaskToItsMergeUnderItsOwnPullRequest()
    {
        await using var play = await Play.StartAsync();
        await play.AddTasksAsync(12);

        var summaries = await play.RunAsync(
            Quick with { Merge = true, PullRequestBase = new Uri("https://gitlab.com/acme/shop/-/merge_requests/") }, workers: 3,
            untilMerged: 12);

        Assert.Equal(12, summaries.Sum(summary => summary.Delivered));
        Assert.All(play.Stage.Steps.Where(step => step.Step == Steps.PrOpened), step =>
            Assert.StartsWith("https://gitlab.com/acme/shop/-/merge_requests/", step.Note, StringComparison.Ordinal));
        Assert.Equal(12, play.Stage.Steps.Where(step => step.Step == Steps.PrOpened).Select(step => step.Note).Distinct().Count());
    }

    [Fact]
    public async Task Simulate_SameSeed_GivesTheSameTasksTheSameFates()
    {
        var half = Quick with { FailureRate = 0.5, Seed = 7 };

        var first = await FirstFatesAsync(half);
        var again = await FirstFatesAsync(half);
        var other = await FirstFatesAsync(half with { Seed = 8 });

        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        Assert.Contains(Steps.Failed, first.Values);
        Assert.Contains(Steps.PrOpened, first.Values);
    }

    [Fact]
    public async Task Simulate_WorkersVanish_OthersTakeTheirPlacesAndThePoolTakesTheTasksBack()
    {
        await using var play = await Play.StartAsync(
            ("OwpPool__Worker__HeartbeatTtlSeconds", "3"), ("OwpPool__Worker__HeartbeatIntervalSeconds", "1"),
            ("OwpPool__Worker__OfflineGraceSeconds", "1"));
        await play.AddTasksAsync(3);
        using var stop = new CancellationTokenSource();

        var running = play.Crew(Quick with { AbandonRate = 1 }, play.Taking).RunAsync(
            play.Stage.Admin, play.Stage.Server.Address, 1, Play.Profile, new RunSignals(CancellationToken.None, stop.Token));
        await play.Stage.UntilAsync(Steps.Vanished, 3);
        await Eventually.TrueAsync(async () =>
        {
            var tasks = await Task.WhenAll(play.Tasks.Select(play.Stage.TaskAsync));
            return tasks.All(task => (int)task["attempt_count"]! > 0);
        }, "the pool has taken back what nobody told it of");
        await stop.CancelAsync();
        await running;

        var vanished = play.Stage.Steps.Where(step => step.Step == Steps.Vanished).Select(step => step.Worker);
        Assert.Equal(["sim-1", "sim-1.2", "sim-1.3"], vanished.Take(3));
    }

    [Fact]
    public async Task Simulate_MostTasksForSeveralWorkers_CountsThoseOfAllAndTellsOnceWhyThereIsNoWork()
    {
        await using var play = await Play.StartAsync(("OwpPool__Review__MaxUnconfirmed", "0"));
        var taking = play.Taking with { Allowance = new TaskAllowance(5) };
        var running = play.Crew(new SimulationSettings { OpenDelay = TimeSpan.Zero }, taking)
            .RunAsync(play.Stage.Admin, play.Stage.Server.Address, 3, Play.Profile, Play.NeverEnd);
        await play.Stage.UntilAsync(Steps.Waiting);
        await play.AddTasksAsync(9);

        var summary = RunSummary.Of(await running);

        Assert.Equal(5, summary.Delivered);
        Assert.StartsWith("No ", Assert.Single(play.Stage.Steps, step => step.Step is Steps.Waiting).Note, StringComparison.Ordinal);
        foreach (var ready in play.Tasks.Skip(5)) Assert.Equal("ready", await play.Stage.PhaseAsync(ready));
    }

    /// <summary>What became of each task at its first try.</summary>
    private static async Task<Dictionary<string, string>> FirstFatesAsync(SimulationSettings settings)
    {
        // The fourth review of a new worker would wait for a maintainer.
        await using var play = await Play.StartAsync(("OwpPool__Review__MaxUnconfirmed", "0"));
        // The same repo and titles each time, for fates hang on them.
        await play.Stage.Admin.PutRepoAsync(new RepoRequest("sim/fates") { MaxOpenPrs = 50, AreaLocksEnabled = false, PrRepos = ["acme/shop"] });
        foreach (var number in Enumerable.Range(1, 10))
            await play.Stage.Admin.AddTaskAsync(new TaskRequest("sim/fates", $"Fate {number}"));
        var crew = play.Crew(settings, new RunnerSettings { Repos = ["sim/fates"], Allowance = new TaskAllowance(10), Concurrency = 10 });
        await crew.RunAsync(play.Stage.Admin, play.Stage.Server.Address, 1, Play.Profile, Play.NeverEnd);
        return play.Stage.Steps.Where(step => step.Step is Steps.Failed or Steps.PrOpened).DistinctBy(step => step.Title)
            .ToDictionary(step => step.Title!, step => step.Step);
    }

    /// <summary>A stage of its own server, for simulated workers.</summary>
    private sealed class Play(RunServer server, RunStage stage) : IAsyncDisposable
    {
        public static readonly RegisterRequest Profile = new("sim") { CapacityPoints = 100, MaxConcurrentTasks = 20 };
        public static readonly RunSignals NeverEnd = new(CancellationToken.None, CancellationToken.None);

        public RunStage Stage => stage;

        public List<string> Tasks { get; } = [];

        public static async Task<Play> StartAsync(params (string, string)[] settings)
        {
            var server = await RunServer.StartAsync(settings);
            return new Play(server, await RunStage.OnAsync(server));
        }

        public async Task AddTasksAsync(int count)
        {
            foreach (var number in Enumerable.Range(1, count)) Tasks.Add(await stage.AddTaskAsync($"Task {number}"));
        }

        public RunnerSettings Taking => new()
        {
            Repos = [stage.Repo], PollEvery = TimeSpan.FromSeconds(1), HeartbeatEvery = TimeSpan.FromSeconds(1),
        };

        public SimulatedCrew Crew(SimulationSettings settings, RunnerSettings taking) =>
            new(taking, settings, stage.Take, TimeProvider.System);

        public async Task<RunSummary[]> RunAsync(SimulationSettings settings, int workers, int untilMerged)
        {
            using var drain = new CancellationTokenSource();
            var running = Crew(settings, Taking)
                .RunAsync(stage.Admin, server.Address, workers, Profile, new RunSignals(drain.Token, CancellationToken.None));
            await stage.UntilAsync(Steps.Merged, untilMerged);
            await drain.CancelAsync();
            return await running;
        }

        public async ValueTask DisposeAsync()
        {
            await stage.DisposeAsync();
            await server.DisposeAsync();
        }
    }
}
