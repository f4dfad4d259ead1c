using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OwpPool.Storage;
using OwpPool.Testing;
using Xunit.Abstractions;

namespace OwpPool.EndToEnd.Tests;

/// <summary>Workers that freeze or die, and servers that are down meanwhile: the task goes to another, and what comes late changes
/// nothing. Times are printed; waiting is for what must happen.</summary>
public sealed class LostWorkerTests(ITestOutputHelper output) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("owp-lost-").FullName;

    private string Database => Path.Combine(_folder, "pool.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Worker_FrozenPastItsLease_IsRefusedAndTheTaskIsAnothers()
    {
        var server = await StartAsync(("OwpPool__Lease__TtlSeconds", "5"));
        await using var disposeServer = server;
        var (task, lateToken, lateId) = await AddTaskAndWorkerAsync(server);
        await using var late = await ShellWorker.StartAsync(server.Address, lateToken);
        using var next = server.Client((await RegisterAsync(server, "next")).Token);

        await late.StopAsync();
        var stopped = Stopwatch.StartNew();
        var lease = await TakeAsync(next, TimeSpan.FromSeconds(90));
        output.WriteLine($"With another worker {stopped.Elapsed.TotalSeconds:F1} s after SIGSTOP (lease of 5 s).");
        Assert.Equal((task, 2L, 2), ((string)lease["task_id"]!, (long)lease["fencing_token"]!, (int)lease["attempt"]!));
        await PostAsync(next, $"/v1/tasks/{task}/status", new { status = "in_progress" });
        // Two renewals are as long as a lease: the first worker has been away for two of them.
        await RenewedAsync(next, 2);
        late.TellToReport();
        await late.ContinueAsync();
        var answer = await late.ReadAnswerAsync();
        output.WriteLine($"Stopped for {stopped.Elapsed.TotalSeconds:F1} s; the late report was answered {answer["status"]} {answer["details"]!["reason"]}.");

        Assert.Equal(409, (int)answer["status"]!);
        Assert.Contains((string)answer["details"]!["reason"]!, new[] { "lease_lost", "stale_token" });
        var held = Assert.Single((await next.GetFromJsonAsync<JsonNode>("/v1/workers/me"))!["leases"]!.AsArray())!;
        Assert.Equal((task, 2L, "in_progress"), ((string)held["task_id"]!, (long)held["fencing_token"]!, (string)held["status"]!));
        var done = await PostAsync(next, $"/v1/tasks/{task}/status", new { status = "pr_opened", fencing_token = 2, lease_id = (string)held["lease_id"]! });
        Assert.Equal("pr_opened", (string?)done["status"]);

        Assert.Equal(0, await server.TerminateAsync());
        await using var storage = SqliteStorage.Open(new SqliteStorageOptions { Path = Database });
        var events = await storage.Events.ReadAfterAsync(0, 1_000);
        var regranted = events.Last(item => item.Type == "task.leased" && item.Target == task).Seq;
        Assert.DoesNotContain(events, item => item.Target == task && item.Actor == lateId && item.Seq > regranted);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Worker_Killed_ItsTaskIsReadyAgain(bool begun)
    {
        // The grace of a begun task is short here; the lease itself would run for hours.
        await using var server = await StartAsync(
            ("OwpPool__Worker__HeartbeatTtlSeconds", "3"), ("OwpPool__Worker__HeartbeatIntervalSeconds", "1"), ("OwpPool__Worker__OfflineGraceSeconds", "1"));
        var (task, token, _) = await AddTaskAndWorkerAsync(server);
        await using var worker = await ShellWorker.StartAsync(server.Address, token, begun);
        using var next = server.Client((await RegisterAsync(server, "next")).Token);

        await worker.KillAsync();
        var killed = Stopwatch.StartNew();
        // Half of the reminder's minute: a worker that only the reminder found dead would be found too late.
        var lease = await TakeAsync(next, TimeSpan.FromSeconds(30));
        output.WriteLine($"Ready {killed.Elapsed.TotalSeconds:F1} s after SIGKILL (heartbeats count 3 s{(begun ? ", grace 1 s" : "")}).");
        Assert.Equal((task, 2L), ((string)lease["task_id"]!, (long)lease["fencing_token"]!));
    }

    [Theory]
    [InlineData("OwpPool__Worker__HeartbeatTtlSeconds", "3")]
    [InlineData("OwpPool__Lease__TtlSeconds", "3")]
    public async Task Worker_DeadlinePassesWhileTheServerIsDown_ItsTaskIsReadyAfterTheStart(string deadline, string seconds)
    {
        (string, string)[] settings = [(deadline, seconds), ("OwpPool__Worker__HeartbeatIntervalSeconds", "1")];
        string task, next;
        DateTimeOffset down;
        await using (var server = await StartAsync(settings))
        {
            (task, var token, _) = await AddTaskAndWorkerAsync(server);
            next = (await RegisterAsync(server, "next")).Token;
            await using var worker = await ShellWorker.StartAsync(server.Address, token);
            await server.KillAsync();
            down = DateTimeOffset.UtcNow;
            await worker.KillAsync();
        }
        await Eventually.TrueAsync(() => DateTimeOffset.UtcNow > down + TimeSpan.FromSeconds(4), "the deadline has passed");
        var start = Stopwatch.StartNew();
        await using var again = await StartAsync(settings);
        var ready = start.Elapsed;
        using var client = again.Client(next);
        var lease = await TakeAsync(client, TimeSpan.FromSeconds(150));
        output.WriteLine($"Server up after {ready.TotalSeconds:F1} s, task ready {(start.Elapsed - ready).TotalSeconds:F1} s later ({deadline}).");
        Assert.Equal((task, 2L), ((string)lease["task_id"]!, (long)lease["fencing_token"]!));
    }

    private Task<ServerProcess> StartAsync(params (string, string)[] settings) => ServerProcess.StartAsync(
        GetType().Assembly, Database, TestPorts.Take(), [("ASPNETCORE_ENVIRONMENT", "Development"), .. settings]);

    private static async Task<(string Task, string Token, string WorkerId)> AddTaskAndWorkerAsync(ServerProcess server)
    {
        using var admin = server.Admin();
        await PostAsync(admin, "/v1/admin/repos", new { repo = "acme/shop", max_open_prs = 5 });
        var task = await PostAsync(admin, "/v1/admin/tasks", new { repo = "acme/shop", title = "Mend the roof" });
        var (token, id) = await RegisterAsync(server, "first");
        return ((string)task["task_id"]!, token, id);
    }

    private static async Task<(string Token, string WorkerId)> RegisterAsync(ServerProcess server, string name)
    {
        using var client = server.Client();
        var worker = await PostAsync(client, "/v1/workers/register", new { name });
        return ((string)worker["token"]!, (string)worker["worker_id"]!);
    }

    /// <summary>The first lease that the worker gets, by long polls.</summary>
    private static async Task<JsonNode> TakeAsync(HttpClient worker, TimeSpan patience)
    {
        using var timeout = new CancellationTokenSource(patience);
        while (true)
        {
            var work = await worker.GetFromJsonAsync<JsonNode>("/v1/work?wait_seconds=60", timeout.Token);
            if (work!["leases"]!.AsArray() is [{ } lease, ..]) return lease;
        }
    }

    /// <summary>Sends heartbeats until they have renewed the lease so many times.</summary>
    private static async Task RenewedAsync(HttpClient worker, int times)
    {
        var ends = new HashSet<string>();
        await Eventually.TrueAsync(async () =>
        {
            var heartbeat = await PostAsync(worker, "/v1/workers/heartbeat", new { status = "working" });
            ends.Add((string)Assert.Single(heartbeat["leases"]!.AsArray())!["lease_expires_at"]!);
            return ends.Count > times;
        }, "the lease is renewed");
    }

    private static async Task<JsonNode> PostAsync(HttpClient client, string path, object body)
    {
        using var answer = await client.PostAsJsonAsync(path, body);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path} answered {(int)answer.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }
}
