using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OwpPool.Testing;

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
    private readonly ServerProcess _server;
    private readonly HttpClient _admin;
    private readonly List<BenchWorker> _workers = [];

    private BenchPool(ServerProcess server) => (_server, _admin) = (server, server.Admin());

    public static async Task<BenchPool> CreateAsync(ServerProcess server, int workers)
    {
        var pool = new BenchPool(server);
        for (var i = 0; i < workers; i++)
        {
            // A few repos, so that the repos' turns are not what is measured.
            var repo = $"bench/r{i % 16}";
            await pool.PostAsync(pool._admin, "/v1/admin/repos", new { repo, max_open_prs = 100 });
            var registered = await pool.PostAsync(pool._admin, "/v1/workers/register", new { name = $"bench {i}", skills = new[] { $"s{i}" } });
            var worker = new BenchWorker(server.Client((string)registered["token"]!), repo, $"s{i}");
            pool._workers.Add(worker);
            worker.TaskId = await pool.LeaseAsync(worker);
            await pool.PostAsync(worker.Client, $"/v1/tasks/{worker.TaskId}/status", new { status = "in_progress" });
        }
        return pool;
    }

    public void Dispose()
    {
        _admin.Dispose();
        foreach (var worker in _workers) worker.Client.Dispose();
    }

    /// <summary>Runs the operation on so many connections for so long, and prints a row.</summary>
    public async Task<PhaseResult> MeasureAsync(string name, int connections, TimeSpan length, Func<BenchWorker, Task> operation)
    {
        foreach (var worker in _workers.Take(connections)) await operation(worker);
        var before = await CountersAsync();
        var latencies = new ConcurrentBag<List<double>>();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(_workers.Take(connections).Select(worker => Task.Run(async () =>
        {
            var mine = new List<double>();
            while (clock.Elapsed < length)
            {
                var start = Stopwatch.GetTimestamp();
                await operation(worker);
                mine.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            latencies.Add(mine);
        })));
        var elapsed = clock.Elapsed.TotalSeconds;
        var after = await CountersAsync();
        var sorted = latencies.SelectMany(list => list).Order().ToArray();
        var (writes, batches) = (after.Writes - before.Writes, after.Batches - before.Batches);
        var batch = batches > 0 ? $"{writes / batches,7:F1}" : $"{"-",7}";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name,-34}{sorted.Length / elapsed,12:F0}{At(sorted, 0.5),9:F1}{At(sorted, 0.99),9:F1}{writes / elapsed,10:F0}{batch}"));
        return new PhaseResult(sorted.Length, sorted.Length / elapsed, writes / elapsed, after.Cpu - before.Cpu);
    }

    public async Task PingAsync(BenchWorker worker)
    {
        using var answer = await worker.Client.GetAsync(new Uri("/v1", UriKind.Relative));
        answer.EnsureSuccessStatusCode();
    }

    public Task HeartbeatAsync(BenchWorker worker) => PostAsync(worker.Client, "/v1/workers/heartbeat", new { status = "working" });

    /// <summary>One state write: the task goes between in_progress and blocked.</summary>
    public Task UpdateAsync(BenchWorker worker)
    {
        worker.Blocked = !worker.Blocked;
        return PostAsync(worker.Client, $"/v1/tasks/{worker.TaskId}/status", new { status = worker.Blocked ? "blocked" : "in_progress" });
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
        await PostAsync(worker.Client, $"/v1/tasks/{taskId}/status", new { status = "in_progress" });
        await FinishAsync(worker, taskId);
    }

    private async Task FinishAsync(BenchWorker worker, string taskId)
    {
        await PostAsync(worker.Client, $"/v1/tasks/{taskId}/status", new { status = "pr_opened" });
        await PostAsync(worker.Client, $"/v1/tasks/{taskId}/status", new { status = "merged" });
    }

    /// <summary>Adds a task that only this worker can take, and takes it.</summary>
    private async Task<string> LeaseAsync(BenchWorker worker)
    {
        var task = new { repo = worker.Repo, title = "A task", required_skills = new[] { worker.Skill } };
        var taskId = (string)(await PostAsync(_admin, "/v1/admin/tasks", task))["task_id"]!;
        using var answer = await worker.Client.GetAsync(new Uri("/v1/work?max=1", UriKind.Relative));
        var work = await answer.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>();
        if (!work!["leases"]!.AsArray().Any(lease => (string)lease!["task_id"]! == taskId))
            throw new InvalidOperationException($"{taskId} was not leased: {work}");
        return taskId;
    }

    private async Task<JsonNode> PostAsync(HttpClient client, string path, object body)
    {
        using var content = JsonContent.Create(body);
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode) throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    private async Task<(double Writes, double Batches, double Cpu)> CountersAsync()
    {
        var text = await _admin.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        using var process = Process.GetProcessById(_server.Id);
        return (Sum(text, "owp_storage_writes_total"), Sum(text, "owp_storage_batches_total"), process.TotalProcessorTime.TotalMilliseconds);
    }

    private static double Sum(string metrics, string name) => metrics.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private static double At(double[] sorted, double share) => sorted.Length == 0 ? 0 : sorted[(int)(share * (sorted.Length - 1))];
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
