using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OwpPool.Testing;
using Xunit.Abstractions;

namespace OwpPool.EndToEnd.Tests;

/// <summary>Workers that freeze or die, and servers that are down meanwhile: the task goes to another, and what comes late changes
/// nothing. Times are printed; waiting is for what must happen. Each test's task needs a skill that only its own workers have.</summary>
public sealed class LostWorkerTests(
    ITestOutputHelper output, LostWorkerTests.ShortLeases shortLeases, LostWorkerTests.ShortHeartbeats shortHeartbeats)
    : IClassFixture<LostWorkerTests.ShortLeases>, IClassFixture<LostWorkerTests.ShortHeartbeats>
{
    private const int Lease = 5;
    private const int Heartbeat = 3;

    [Fact]
    public async Task Worker_FrozenPastItsLease_IsRefusedAndTheTaskIsAnothers()
    {
        var server = await shortLeases.UpAsync();
        var (task, lateToken, lateId) = await AddTaskAndWorkerAsync(server, "frozen");
        await using var late = await ShellWorker.StartAsync(server.Address, lateToken);
        using var next = server.Client((await RegisterAsync(server, "frozen")).Token);

        await late.StopAsync();
        var stopped = Stopwatch.StartNew();
        var lease = await TakeAsync(next, TimeSpan.FromSeconds(90));
        output.WriteLine($"With another worker {stopped.Elapsed.TotalSeconds:F1} s after SIGSTOP (lease of {Lease} s).");
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

        using var admin = server.Admin();
        var log = await admin.GetFromJsonAsync<JsonNode>($"/v1/audit/events?target={task}&limit=1000");
        var afterRegrant = log!["events"]!.AsArray().TakeWhile(item => (string)item!["event_type"]! != "task.leased").ToList();
        Assert.Contains(afterRegrant, item => (string)item!["event_type"]! == "task.pr_opened");
        Assert.DoesNotContain(afterRegrant, item => (string)item!["actor"]! == lateId);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Worker_Killed_ItsTaskIsReadyAgain(bool begun)
    {
        var server = await shortHeartbeats.UpAsync();
        var skill = begun ? "begun" : "offered";
        var (task, token, _) = await AddTaskAndWorkerAsync(server, skill);
        await using var worker = await ShellWorker.StartAsync(server.Address, token, begun);
        using var next = server.Client((await RegisterAsync(server, skill)).Token);

        await worker.KillAsync();
        var killed = Stopwatch.StartNew();
        // Half of the reminder's minute: a worker that only the reminder found dead would be found too late.
        var lease = await TakeAsync(next, TimeSpan.FromSeconds(30));
        output.WriteLine($"Ready {killed.Elapsed.TotalSeconds:F1} s after SIGKILL (heartbeats count {Heartbeat} s{(begun ? ", grace 1 s" : "")}).");
        Assert.Equal((task, 2L), ((string)lease["task_id"]!, (long)lease["fencing_token"]!));
    }

    [Fact]
    public Task Worker_LeaseEndsWhileTheServerIsDown_ItsTaskIsReadyAfterTheStart() => BeDownAsync(shortLeases, "lease", Lease);

    [Fact]
    public Task Worker_HeartbeatLapsesWhileTheServerIsDown_ItsTaskIsReadyAfterTheStart() => BeDownAsync(shortHeartbeats, "heartbeat", Heartbeat);

    [Fact]
    public async Task Worker_HeardAfterTheServerStoodStill_KeepsItsWork()
    {
        var server = await shortHeartbeats.UpAsync();
        var (task, token, workerId) = await AddTaskAndWorkerAsync(server, "standstill");
        using var worker = server.Client(token);
        await TakeAsync(worker, TimeSpan.FromSeconds(30));
        await PostAsync(worker, $"/v1/tasks/{task}/status", new { status = "in_progress" });

        await SignalAsync(server, "STOP");
        var stopped = DateTimeOffset.UtcNow;
        // It waits in the socket until the server runs again.
        var heartbeat = PostAsync(worker, "/v1/workers/heartbeat", new { status = "working" });
        await Eventually.TrueAsync(
            () => DateTimeOffset.UtcNow > stopped + TimeSpan.FromSeconds(3 * Heartbeat), "heartbeat and grace would be over");
        await SignalAsync(server, "CONT");

        Assert.Equal(task, (string?)Assert.Single((await heartbeat)["leases"]!.AsArray())!["task_id"]);
        using var admin = server.Admin();
        var log = await admin.GetFromJsonAsync<JsonNode>($"/v1/audit/events?target={workerId}&limit=1000");
        Assert.DoesNotContain(log!["events"]!.AsArray(), item => (string)item!["event_type"]! == "worker.offline");
    }

    private static async Task SignalAsync(ServerProcess server, string signal)
    {
        using var kill = Process.Start("kill", ["-s", signal, $"{server.Id}"]);
        await kill.WaitForExitAsync();
        Assert.Equal(0, kill.ExitCode);
    }

    private async Task BeDownAsync(RestartableServer servers, string deadline, int seconds)
    {
        var server = await servers.UpAsync();
        var (task, token, _) = await AddTaskAndWorkerAsync(server, deadline);
        var next = (await RegisterAsync(server, deadline)).Token;
        DateTimeOffset down;
        await using (var worker = await ShellWorker.StartAsync(server.Address, token))
        {
            await servers.KillAsync();
            down = DateTimeOffset.UtcNow;
            await worker.KillAsync();
        }
        await Eventually.TrueAsync(() => DateTimeOffset.UtcNow > down + TimeSpan.FromSeconds(seconds), "the deadline has passed");
        var start = Stopwatch.StartNew();
        var again = await servers.UpAsync();
        var ready = start.Elapsed;
        using var client = again.Client(next);
        var lease = await TakeAsync(client, TimeSpan.FromSeconds(150));
        output.WriteLine(
            $"Server up after {ready.TotalSeconds:F1} s, task ready {(start.Elapsed - ready).TotalSeconds:F1} s later ({deadline} of {seconds} s).");
        Assert.Equal((task, 2L), ((string)lease["task_id"]!, (long)lease["fencing_token"]!));
    }

    private static async Task<(string Task, string Token, string WorkerId)> AddTaskAndWorkerAsync(ServerProcess server, string skill)
    {
        using var admin = server.Admin();
        var repo = $"acme/{skill}";
        await PostAsync(admin, "/v1/admin/repos", new { repo, max_open_prs = 5 });
        var task = await PostAsync(admin, "/v1/admin/tasks", new { repo, title = "Mend the roof", required_skills = new[] { skill } });
        var (token, id) = await RegisterAsync(server, skill);
        return ((string)task["task_id"]!, token, id);
    }

    private static async Task<(string Token, string WorkerId)> RegisterAsync(ServerProcess server, string skill)
    {
        using var client = server.Client();
        var worker = await PostAsync(client, "/v1/workers/register", new { name = "A worker", skills = new[] { skill } });
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

    /// <summary>A server where a lease is short.</summary>
    public sealed class ShortLeases() : RestartableServer(
        ("ASPNETCORE_ENVIRONMENT", "Development"), ("OwpPool__Lease__TtlSeconds", $"{Lease}"));

    /// <summary>A server where a worker is soon given up. The grace of a begun task is short; the lease itself would run for hours.</summary>
    public sealed class ShortHeartbeats() : RestartableServer(
        ("ASPNETCORE_ENVIRONMENT", "Development"), ("OwpPool__Worker__HeartbeatTtlSeconds", $"{Heartbeat}"),
        ("OwpPool__Worker__HeartbeatIntervalSeconds", "1"), ("OwpPool__Worker__OfflineGraceSeconds", "1"));
}
