using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace OwpPool.Benchmarks;

/// <summary>What one backlog came to.</summary>
/// <param name="ReadySeconds">From the start of the process until it was ready.</param>
/// <param name="ResidentBytes">Memory of the process at rest.</param>
/// <param name="ClaimP50">Of claims one at a time, in milliseconds.</param>
internal sealed record ScaleResult(double ReadySeconds, long ResidentBytes, double ClaimP50);

/// <summary>A pool with a long backlog: how soon it is ready, what it holds in memory, and what a claim costs.</summary>
internal static class ScaleBench
{
    private const int SkillsAWorker = 3;
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);

    /// <summary>Fills a database, starts a server on it, and claims one at a time.</summary>
    public static async Task<ScaleResult> MeasureAsync(string database, int tasks, int workers, TimeSpan length, Func<BenchServer, List<HttpClient>, Task>? then = null)
    {
        var clients = new List<HttpClient>();
        await using (var setup = await BenchServer.StartAsync(database))
            for (var i = 0; i < BacklogFiller.Repos; i++) await setup.AddRepoAsync($"scale/r{i}");
        await BacklogFiller.FillAsync(database, tasks);

        await using var server = await BenchServer.StartAsync(database);
        await Task.Delay(Rest);
        var resident = (await server.CountersAsync()).ResidentBytes;
        for (var i = 0; i < workers; i++)
        {
            var skills = Enumerable.Range(0, SkillsAWorker).Select(n => $"s{(i + (7 * n)) % BacklogFiller.Skills}").ToArray();
            clients.Add(await server.RegisterAsync($"scale {i}", skills, slots: 20));
        }
        // Once round, so that what is measured is not the first call of each.
        foreach (var client in clients.Take(200)) await CycleAsync(client, server);
        var claims = new List<double>();
        var clock = Stopwatch.StartNew();
        for (var i = 0; clock.Elapsed < length; i = (i + 1) % clients.Count) claims.Add(await CycleAsync(clients[i], server));
        claims.Sort();
        Report.Row($"{tasks:N0} ready tasks", server.ReadyAfter.TotalSeconds, resident / 1e6, Report.At(claims, 0.5),
            Report.At(claims, 0.99));
        if (then is not null) await then(server, clients);
        foreach (var client in clients) client.Dispose();
        return new ScaleResult(server.ReadyAfter.TotalSeconds, resident, Report.At(claims, 0.5));
    }

    /// <summary>All workers at once: as fast as the connections go, then at half of that by the clock, whatever the answers take.</summary>
    public static async Task LoadAsync(BenchServer server, List<HttpClient> workers, int connections, TimeSpan length)
    {
        var idle = new ConcurrentQueue<HttpClient>(workers);
        var claims = new ConcurrentQueue<double>();
        var before = await server.CountersAsync();
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(async () =>
        {
            while (clock.Elapsed < length)
            {
                idle.TryDequeue(out var worker);
                claims.Enqueue(await CycleAsync(worker!));
                idle.Enqueue(worker!);
            }
        })));
        var fastest = claims.Count / clock.Elapsed.TotalSeconds;
        await PrintAsync($"claim, review, merge: {connections} connections");

        claims.Clear();
        before = await server.CountersAsync();
        var running = new List<Task>();
        clock.Restart();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (clock.Elapsed < length)
        {
            await timer.WaitForNextTickAsync();
            // What falls behind is counted from when it should have been sent.
            for (var due = running.Count / (fastest / 2); due <= clock.Elapsed.TotalSeconds; due = running.Count / (fastest / 2))
            {
                var late = clock.Elapsed.TotalMilliseconds - (due * 1000);
                running.Add(Task.Run(async () =>
                {
                    if (!idle.TryDequeue(out var worker)) throw new InvalidOperationException("All workers are busy.");
                    claims.Enqueue(late + await CycleAsync(worker));
                    idle.Enqueue(worker);
                }));
            }
        }
        await Task.WhenAll(running);
        await PrintAsync($"the same at half of that, {workers.Count:N0} workers");

        async Task PrintAsync(string name)
        {
            var elapsed = clock.Elapsed;
            var after = await server.CountersAsync();
            var sorted = claims.Order().ToArray();
            Report.Row(name, sorted.Length / elapsed.TotalSeconds, Report.At(sorted, 0.5), Report.At(sorted, 0.99),
                (after.Writes - before.Writes) / sorted.Length, (after.CpuMilliseconds - before.CpuMilliseconds) / sorted.Length);
        }
    }

    /// <summary>Takes a task and brings it to merged, and adds another like it if there is a server to add it to.</summary>
    /// <returns>What the claim took, in milliseconds.</returns>
    private static async Task<double> CycleAsync(HttpClient worker, BenchServer? refilled = null)
    {
        var began = Stopwatch.GetTimestamp();
        var work = await BenchServer.PostAsync(worker, "/v1/claims", new { max = 1 });
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        if (work["leases"]!.AsArray() is not [JsonNode lease, ..]) throw new InvalidOperationException($"No task was leased: {work}");
        foreach (var status in new[] { "pr_opened", "merged" })
            await BenchServer.PostAsync(worker, $"/v1/tasks/{(string)lease["task_id"]!}/status", new { status });
        if (refilled is null) return took;
        await BenchServer.PostAsync(refilled.Admin, "/v1/admin/tasks", new
        {
            repo = (string)lease["repo"]!, title = "Another", required_skills = lease["required_skills"], area = (string?)lease["area"],
            priority = (int)lease["priority"]!, estimate_points = (int)lease["estimate_points"]!,
        });
        return took;
    }
}
