using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using OwpPool.Testing;

namespace OwpPool.Benchmarks;

/// <summary>Long polls: workers wait for work, all at once, and send heartbeats; how long does a task take from being sent to being read as
/// a lease, and how many claims does it cost?</summary>
internal sealed class PollBench : IAsyncDisposable
{
    private const int Repos = 4;
    private const int Skills = 10;
    private const int HeartbeatsASecond = 50;

    private readonly BenchServer _server;
    private readonly List<HttpClient> _workers;
    private readonly ConcurrentDictionary<string, Sent> _sent = new();
    private readonly ConcurrentQueue<double> _latencies = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _running = [];
    private int _number;

    private PollBench(BenchServer server, List<HttpClient> workers) => (_server, _workers) = (server, workers);

    public static async Task<PollBench> StartAsync(BenchServer server, int workers)
    {
        for (var i = 0; i < Repos; i++) await server.AddRepoAsync($"poll/r{i}");
        var clients = new List<HttpClient>();
        for (var i = 0; i < workers; i++) clients.Add(await server.RegisterAsync($"poll {i}", [$"s{i % Skills}"]));
        var bench = new PollBench(server, clients);
        bench._running.AddRange(clients.Select(bench.WorkAsync));
        bench._running.Add(bench.SendHeartbeatsAsync());
        await Eventually.TrueAsync(async () => (await server.CountersAsync()).Waiters >= workers, "all workers wait");
        return bench;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running);
        foreach (var worker in _workers) worker.Dispose();
        _stopping.Dispose();
    }

    /// <summary>Each task is created when the one before is with somebody.</summary>
    public Task OneAtATimeAsync(TimeSpan length) => MeasureAsync("one task at a time", async clock =>
    {
        while (clock.Elapsed < length) await CreateAsync();
    });

    /// <summary>Tasks are created at a steady rate, whatever becomes of them.</summary>
    public Task AtARateAsync(int rate, TimeSpan length) => MeasureAsync($"{rate} tasks a second", async clock =>
    {
        var created = new List<Task>();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (clock.Elapsed < length)
        {
            await timer.WaitForNextTickAsync();
            while (created.Count < clock.Elapsed.TotalSeconds * rate) created.Add(CreateAsync());
        }
        await Task.WhenAll(created);
    });

    private async Task MeasureAsync(string name, Func<Stopwatch, Task> create)
    {
        _latencies.Clear();
        var before = await _server.CountersAsync();
        var clock = Stopwatch.StartNew();
        await create(clock);
        var elapsed = clock.Elapsed.TotalSeconds;
        var after = await _server.CountersAsync();
        var sorted = _latencies.Order().ToArray();
        Report.Row(name, sorted.Length / elapsed, Report.At(sorted, 0.5), Report.At(sorted, 0.99), sorted[^1],
            (after.Claims - before.Claims) / sorted.Length);
    }

    /// <summary>Creates a task, and returns when some worker has read its lease.</summary>
    private async Task CreateAsync()
    {
        var number = Interlocked.Increment(ref _number);
        var title = number.ToString(CultureInfo.InvariantCulture);
        var sent = _sent[title] = new Sent(Stopwatch.GetTimestamp());
        await BenchServer.PostAsync(_server.Admin, "/v1/admin/tasks",
            new { repo = $"poll/r{number % Repos}", title, required_skills = new[] { $"s{number % Skills}" } });
        await sent.Leased.Task;
    }

    private async Task WorkAsync(HttpClient worker)
    {
        while (!_stopping.IsCancellationRequested)
        {
            var work = await WaitForWorkAsync(worker);
            var read = Stopwatch.GetTimestamp();
            foreach (var lease in work)
            {
                if (!_sent.TryRemove((string)lease["title"]!, out var sent)) continue;
                _latencies.Enqueue(Stopwatch.GetElapsedTime(sent.At, read).TotalMilliseconds);
                sent.Leased.SetResult();
                foreach (var status in new[] { "pr_opened", "merged" })
                    await BenchServer.PostAsync(worker, $"/v1/tasks/{(string)lease["task_id"]!}/status", new { status });
            }
        }
    }

    private async Task<IEnumerable<System.Text.Json.Nodes.JsonNode>> WaitForWorkAsync(HttpClient worker)
    {
        try
        {
            using var answer = await worker.GetAsync(new Uri("/v1/work?wait_seconds=60&max=1", UriKind.Relative), _stopping.Token);
            var text = await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(_stopping.Token);
            return System.Text.Json.Nodes.JsonNode.Parse(text)!["leases"]!.AsArray().OfType<System.Text.Json.Nodes.JsonNode>();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return [];
        }
    }

    private async Task SendHeartbeatsAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / HeartbeatsASecond));
        for (var i = 0; !_stopping.IsCancellationRequested; i = (i + 1) % _workers.Count)
        {
            await BenchServer.PostAsync(_workers[i], "/v1/workers/heartbeat", new { status = "working" });
            await timer.WaitForNextTickAsync();
        }
    }

    private sealed record Sent(long At)
    {
        public TaskCompletionSource Leased { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
