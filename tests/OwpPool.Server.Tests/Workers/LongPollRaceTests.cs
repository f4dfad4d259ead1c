using System.Collections.Concurrent;
using OwpPool.Core.Tasks;
using OwpPool.Grains;
using OwpPool.Server.Tests.Support;
using OwpPool.Testing;
using Xunit.Abstractions;

namespace OwpPool.Server.Tests.Workers;

/// <summary>No wake-up is lost: polls, creates, reports, overrides and pauses race on the real host, and every task is done in the end,
/// though no poll ever ends by its time. Each task is for one worker or a few, so nobody else makes good what a lost wake-up left.</summary>
public sealed class LongPollRaceTests(ITestOutputHelper output)
{
    private const int Workers = 12;
    private const int Tasks = 200;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Poll_EverythingRaces_EveryTaskIsDone(int seed)
    {
        await using var pool = await PollPool.StartAsync();
        var dice = new Random(seed);
        var repos = new List<string>();
        foreach (var budget in new[] { 1, 2, 8 }) repos.Add(await pool.AddRepoAsync(repo => repo with { MaxOpenPrs = budget }));
        var run = new Run(pool, repos);
        for (var i = 0; i < Workers; i++)
        {
            var worker = await pool.RegisterAsync([$"own{i}", $"few{i % 4}"], capacity: 3, slots: 1 + (i % 2));
            // Two polls of one worker race for its slots.
            for (var poll = 0; poll <= i % 2; poll++) run.Work(worker, new Random(dice.Next()));
        }
        await Task.WhenAll(run.CreateAsync(new Random(dice.Next())), run.CreateAsync(new Random(dice.Next())), run.MeddleAsync(new Random(dice.Next())));
        await Eventually.TrueAsync(() => run.Done == 2 * Tasks, $"all tasks are done (seed {seed})");
        output.WriteLine($"{run.Done} tasks done, {run.Overridden} requeued or cancelled under way; {pool.Claims} claims reached a repo.");
    }

    private sealed class Run(PollPool pool, List<string> repos)
    {
        private readonly List<(string Repo, string Task)> _created = [];
        private readonly ConcurrentDictionary<string, string> _done = new();
        private int _overridden;

        public int Done => _done.Count;

        public int Overridden => Volatile.Read(ref _overridden);

        /// <summary>Polls, does what it gets, and polls again, for as long as the pool is there.</summary>
        public void Work(PollWorker worker, Random dice) => _ = Task.Run(async () =>
        {
            while (true)
            {
                foreach (var lease in await worker.PollAsync(max: 1 + dice.Next(2))) await DoAsync(worker, lease.TaskId, dice);
            }
        });

        public async Task CreateAsync(Random dice)
        {
            for (var i = 0; i < Tasks; i++)
            {
                var repo = repos[dice.Next(repos.Count)];
                var skill = dice.Next(2) == 0 ? $"own{dice.Next(Workers)}" : $"few{dice.Next(4)}";
                var earlier = dice.Next(5) == 0 ? Created(dice) : null;
                var task = await pool.AddTaskAsync(repo, spec => spec with
                {
                    RequiredSkills = [skill],
                    Priority = dice.Next(3),
                    EstimatePoints = 1 + dice.Next(3),
                    Area = dice.Next(3) == 0 ? $"area{dice.Next(2)}" : null,
                    DependsOn = earlier is { } first ? [first.Task] : [],
                });
                lock (_created) _created.Add((repo, task));
                if (dice.Next(8) == 0) await Eventually.TrueAsync(() => pool.Waiting > dice.Next(Workers));
            }
        }

        /// <summary>What maintainers do meanwhile. Nothing is cancelled: a task that depends on it would never be done.</summary>
        public async Task MeddleAsync(Random dice)
        {
            for (var i = 0; i < Tasks / 4; i++)
            {
                var repo = repos[dice.Next(repos.Count)];
                await pool.PatchRepoAsync(repo, patch => patch with { Paused = true });
                if (Created(dice) is { } task)
                {
                    var reply = await pool.Grains.GetRepo(task.Repo).OverrideAsync(new OverrideTask(task.Task, TaskOverride.Requeue, "admin", "race"));
                    if (reply.Refusal is null) Interlocked.Increment(ref _overridden);
                }
                await pool.PatchRepoAsync(repo, patch => patch with { Paused = false });
            }
        }

        private (string Repo, string Task)? Created(Random dice)
        {
            lock (_created) return _created.Count == 0 ? null : _created[dice.Next(_created.Count)];
        }

        private async Task DoAsync(PollWorker worker, string task, Random dice)
        {
            if (dice.Next(6) == 0)
            {
                await worker.Grain.GiveBackAsync(new GiveBackTask(worker.Id, task, AttemptOutcome.Released, null, TimeSpan.Zero, null, null));
                return;
            }
            foreach (var phase in new[] { TaskPhase.InProgress, TaskPhase.PrOpened, TaskPhase.Merged })
            {
                var reply = await worker.Grain.ReportAsync(new ReportTask(worker.Id, task, phase, null, new Artifact(), null, null));
                // A maintainer took it away under way; somebody will do it.
                if (reply.Refusal is not null) return;
                if (phase is TaskPhase.Merged) _done.TryAdd(task, worker.Id);
            }
        }
    }
}
