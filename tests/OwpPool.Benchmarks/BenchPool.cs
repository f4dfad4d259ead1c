using System.Collections.Concurrent;
using System.Diagnostics;

namespace OwpPool.Benchmarks;

/// <summary>What a phase came to.</summary>
/// <param name="Count">Operations.</param>
/// <param name="PerSecond">Operations a second.</param>
/// <param name="WritesPerSecond">State writes a second, as the server counts them.</param>
/// <param name="CpuMilliseconds">The server's processor time in the phase.</param>
internal sealed record PhaseResult(long Count, double PerSecond, double WritesPerSecond, double CpuMilliseconds);

/// <summary>A server with a repo and a leased task for each of its workers, and the operations that are measured on it.</summary>
internal sealed class BenchPool : IDisposable
{
    private static readonly string[] NobodysSkill = ["nobody's"];

    private readonly BenchServer _server;
    private readonly List<BenchWorker> _workers = [];

    private BenchPool(BenchServer server) => _server = server;

    public static async Task<BenchPool> CreateAsync(BenchServer server, int workers)
    {
        var pool = new BenchPool(server);
        for (var i = 0; i < workers; i++)
        {
            // A few repos, so that the repos' turns are not what is measured.
            var repo = $"bench/r{i % 16}";
            await server.AddRepoAsync(repo);
            var worker = new BenchWorker(await server.RegisterAsync($"bench {i}", [$"s{i}"]), repo, $"s{i}");
            pool._workers.Add(worker);
            worker.TaskId = await pool.LeaseAsync(worker);
            await BenchServer.PostAsync(worker.Client, $"/v1/tasks/{worker.TaskId}/status", new { status = "in_progress" });
        }
        return pool;
    }

    public void Dispose()
    {
        foreach (var worker in _workers) worker.Client.Dispose();
    }

    /// <summary>Runs the operation on so many connections for so long, and prints a row.</summary>
    public async Task<PhaseResult> MeasureAsync(string name, int connections, TimeSpan length, Func<BenchWorker, Task> operation)
    {
        foreach (var worker in _workers.Take(connections)) await operation(worker);
        var before = await _server.CountersAsync();
        var latencies = new ConcurrentBag<List<double>>();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(_workers.Take(connections).Select(worker => Task.Run(async () =>
        {
            var mine = new List<double>();
            // At least once, however short the phase and busy the machine.
            do
            {
                var start = Stopwatch.GetTimestamp();
                await operation(worker);
                mine.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            while (clock.Elapsed < length);
            latencies.Add(mine);
        })));
        var elapsed = clock.Elapsed.TotalSeconds;
        var after = await _server.CountersAsync();
        var sorted = latencies.SelectMany(list => list).Order().ToArray();
        var (writes, batches) = (after.Writes - before.Writes, after.Batches - before.Batches);
        Report.Row(name, sorted.Length / elapsed, Report.At(sorted, 0.5), Report.At(sorted, 0.99), writes / elapsed,
            batches > 0 ? writes / batches : double.NaN);
        return new PhaseResult(sorted.Length, sorted.Length / elapsed, writes / elapsed, after.CpuMilliseconds - before.CpuMilliseconds);
    }

    public async Task PingAsync(BenchWorker worker)
    {
        using var answer = await worker.Client.GetAsync(new Uri("/v1", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }

    public Task HeartbeatAsync(BenchWorker worker) => BenchServer.PostAsync(worker.Client, "/v1/workers/heartbeat", new { status = "working" });

    /// <summary>Adds a task that nobody takes.</summary>
    public Task CreateAsync(BenchWorker worker) =>
        BenchServer.PostAsync(_server.Admin, "/v1/admin/tasks", new { repo = worker.Repo, title = "A task", required_skills = NobodysSkill });

    /// <summary>One state write: the task goes between in_progress and blocked.</summary>
    public Task UpdateAsync(BenchWorker worker)
    {
        worker.Blocked = !worker.Blocked;
        return BenchServer.PostAsync(worker.Client, $"/v1/tasks/{worker.TaskId}/status", new { status = worker.Blocked ? "blocked" : "in_progress" });
    }

    /// <summary>Ends the leases that the updates were made on.</summary>
    public async Task ReturnAllAsync()
    {
        foreach (var worker in _workers) await FinishAsync(worker, worker.TaskId);
    }

    /// <summary>A task from creation to merged.</summary>
    public async Task LiveAsync(BenchWorker worker)
    {
        var taskId = await LeaseAsync(worker);
        await BenchServer.PostAsync(worker.Client, $"/v1/tasks/{taskId}/status", new { status = "in_progress" });
        await FinishAsync(worker, taskId);
    }

    private async Task FinishAsync(BenchWorker worker, string taskId)
    {
        await BenchServer.PostAsync(worker.Client, $"/v1/tasks/{taskId}/status", new { status = "pr_opened" });
        await BenchServer.PostAsync(worker.Client, $"/v1/tasks/{taskId}/status", new { status = "merged" });
    }

    /// <summary>Adds a task that only this worker can take, and takes it.</summary>
    private async Task<string> LeaseAsync(BenchWorker worker)
    {
        var task = new { repo = worker.Repo, title = "A task", required_skills = new[] { worker.Skill } };
        var taskId = (string)(await BenchServer.PostAsync(_server.Admin, "/v1/admin/tasks", task))["task_id"]!;
        var work = await BenchServer.GetAsync(worker.Client, "/v1/work?max=1");
        if (!work["leases"]!.AsArray().Any(lease => (string)lease!["task_id"]! == taskId))
            throw new InvalidOperationException($"{taskId} was not leased: {work}");
        return taskId;
    }
}

/// <summary>One connection: a worker with a skill of its own, so that it takes the tasks that it adds.</summary>
internal sealed class BenchWorker(HttpClient client, string repo, string skill)
{
    public HttpClient Client => client;

    public string Repo => repo;

    public string Skill => skill;

    public string TaskId { get; set; } = "";

    public bool Blocked { get; set; }
}
