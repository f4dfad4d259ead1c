using System.Net.Http.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Conformance;

/// <summary>The suite on servers that are right, and what it leaves behind.</summary>
public sealed partial class ConformanceTests(ConformanceServer server) : IClassFixture<ConformanceServer>
{
    private const int AtLeast = 120;

    private Uri Address => server.Pool.Address;

    [Fact]
    public async Task Conformance_OwnServer_PassesAllAndLeavesNothingButItsRepo()
    {
        var (result, report) = await ConformanceServer.ReportAsync(Address);

        AssertAllPassed(result, report);
        Assert.Equal((100, 0), ((int)report["score"]!, (int)report["failed"]!));
        Assert.True((int)report["passed"]! >= AtLeast, $"{report["passed"]} checks");
        // What takes a secret, a minute and a half, or a server in trouble.
        Assert.Equal(["error.rate-limited", "error.unavailable", "github.webhook-merges", "R7.8"],
            ConformanceServer.Ids(report, "skipped"));
        Assert.Empty(report["left_behind"]!.AsArray());
        Assert.DoesNotMatch(Token(), result.Output + result.Error);
        Assert.DoesNotContain(ServerProcess.AdminToken, result.Output + result.Error, StringComparison.Ordinal);
        await AssertClearAsync((string)report["repo"]!);
        if (Environment.GetEnvironmentVariable("OWP_FIGURES") is { Length: > 0 } file)
            File.AppendAllLines(file, [$"Conformance of the server: {report["passed"]} checks passed, {report["failed"]} failed."]);
    }

    [Fact]
    public async Task Conformance_UnderAPathOfAProxy_PassesAllAndCallsEveryOperation()
    {
        await using var proxy = DefectiveServer.Start(Address, Defects.None);

        var (result, report) = await ConformanceServer.ReportAsync(proxy.Address);

        AssertAllPassed(result, report);
        var called = proxy.Seen.Where(seen => seen.Status is >= 200 and < 300)
            .Select(seen => $"{seen.Method} {Generic(seen.Target)}").ToHashSet(StringComparer.OrdinalIgnoreCase);
        string[] operations =
        [
            "POST /v1/workers/register", "POST /v1/workers/heartbeat", "GET /v1/work", "POST /v1/claims", "GET /v1/work/explain",
            "POST /v1/tasks/{id}/status", "POST /v1/tasks/{id}/release", "POST /v1/leases/{id}/renew", "POST /v1/work/offers",
            "POST /v1/work/offers/{id}/accept", "POST /v1/work/offers/{id}/reject", "GET /v1/workers/me", "POST /v1/tasks/{id}/logs",
            "GET /v1/tasks/{id}/logs", "POST /v1/workers/token/rotate", "POST /v1/admin/repos", "GET /v1/admin/repos",
            "GET /v1/admin/repos/{repo}", "PATCH /v1/admin/repos/{repo}", "POST /v1/admin/repos/{repo}/pause",
            "POST /v1/admin/repos/{repo}/resume", "POST /v1/admin/tasks", "POST /v1/admin/tasks/batch", "GET /v1/tasks",
            "GET /v1/tasks/{id}", "PATCH /v1/admin/tasks/{id}", "POST /v1/admin/tasks/{id}/requeue", "POST /v1/admin/tasks/{id}/cancel",
            "POST /v1/admin/tasks/{id}/force-status", "POST /v1/admin/tasks/{id}/position", "POST /v1/admin/tasks/{id}/accept",
            "POST /v1/admin/tasks/{id}/reject", "GET /v1/admin/state", "GET /v1/workers", "GET /v1/workers/{id}",
            "POST /v1/workers/{id}/pause", "POST /v1/workers/{id}/resume", "POST /v1/workers/{id}/revoke",
                "GET /v1/workers/{id}/reputation",
            "POST /v1/workers/{id}/trust-tier", "GET /v1/analytics/repositories/{repo}", "GET /v1/audit/events",
            "POST /v1/admin/tokens", "GET /v1/admin/tokens", "POST /v1/admin/invites", "GET /v1/admin/invites",
            "POST /v1/admin/invites/{id}/revoke", "POST /v1/github/repos/{repo}/sync", "GET /livez", "GET /readyz", "GET /healthz", "GET /health", "GET /version",
            "GET /metrics", "GET /v1", "GET /docs/", "GET /openapi/v1.json", "GET /openapi/v1.yaml",
        ];
        Assert.Equal([], operations.Except(called, StringComparer.OrdinalIgnoreCase));
    }

    [Theory]
    [InlineData("register.")]
    [InlineData("invite.")]
    [InlineData("idem.")]
    public async Task Conformance_PoolThatAsksForInvites_PassesAndLeavesNone(string only)
    {
        using var folder = new Support.TemporaryFolder();
        await using var pool = await Support.TestPool.StartAsync(folder.File("pool.db"), ("OwpPool__Registration__Mode", "invite"));

        var (result, report) = await ConformanceServer.ReportAsync(pool.Address, "--only", only);

        AssertAllPassed(result, report);
        Assert.Empty(report["left_behind"]!.AsArray());
        Assert.DoesNotContain(await pool.Admin.ListInvitesAsync(), invite => invite.UsedBy.Count < invite.Uses);
        Assert.DoesNotMatch(Token(), result.Output + result.Error);
    }

    [Fact]
    public async Task Conformance_ServerOfTheCoreAlone_PassesTheCore()
    {
        await using var core = DefectiveServer.Start(Address, new Defect
        {
            Before = request => IsCore(request) ? null
                : ProxiedAnswer.Json(404, """{"code":"not_found","message":"There is no such path."}"""),
        });

        var (result, report) = await ConformanceServer.ReportAsync(core.Address, "--level", "core");

        AssertAllPassed(result, report);
        Assert.All(report["checks"]!.AsArray(), check => Assert.Equal("core", (string?)check!["level"]));
        Assert.True((int)report["passed"]! >= 40, $"{report["passed"]} checks");
    }

    [Fact]
    public async Task Conformance_Stopped_IsCancelledAndLeavesNothingButItsRepo()
    {
        using var stop = new CancellationTokenSource();
        var leases = 0;
        await using var proxy = DefectiveServer.Start(Address, new Defect
        {
            // In the middle of it: some workers hold something.
            After = (request, _) => { if (request.Path == "/v1/claims" && Interlocked.Increment(ref leases) == 30) stop.Cancel(); },
        });
        var secrets = new Cli.Conformance.Wire.Secrets();
        using var http = new Cli.Conformance.Wire.PlainHttp(proxy.Address, TimeSpan.FromSeconds(30), secrets);
        var target = new Cli.Conformance.Target(http, ServerProcess.AdminToken, "stopped", TimeSpan.FromSeconds(45));
        var checks = Cli.Conformance.Checks.Catalogue.Choose(Cli.Conformance.Level.Pool, null);

        using var run = new Cli.Conformance.ConformanceRun(target, checks, TimeProvider.System, TimeSpan.FromMinutes(1));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.RunAsync(stop.Token));
        // A wait that was cut short may still be ending in the server.
        await proxy.DrainAsync();

        await AssertClearAsync(target.Repo);
        Assert.Empty(target.Leftovers.All);
    }

    [Fact]
    public async Task Conformance_JUnit_HasACaseForEachCheck()
    {
        using var folder = new Support.TemporaryFolder();
        var path = folder.File("results.xml");

        var (result, report) = await ConformanceServer.ReportAsync(Address, "--only", "github.", "--junit", path);

        Assert.Equal(ExitCodes.Done, result.ExitCode);
        var cases = XDocument.Load(path).Descendants("testcase").ToList();
        Assert.Equal(
            report["checks"]!.AsArray().Select(check => $"{check!["id"]}: {check["requirement"]}"),
            cases.Select(one => (string?)one.Attribute("name")));
        Assert.Single(cases, one => one.Element("skipped") is not null);
    }

    [Fact]
    public async Task Conformance_WrongAdminToken_ChecksNothingAndNeedsAuth()
    {
        var result = await ConformanceServer.RunAsync(Address, "--admin-token", "another-token-than-the-server-has");

        Assert.Equal((ExitCodes.NeedsAuth, ""), (result.ExitCode, result.Output));
        Assert.Contains("does not take the admin token", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("another-token-than", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Conformance_PoolWhereTasksWait_Warns()
    {
        await using var busy = DefectiveServer.Start(Address, new Defect
        {
            After = (request, answer) => answer.Edit(json =>
            {
                if (request.Is("GET", "/v1/admin/state")) json["tasks_queued"] = 12;
            }),
        });

        var warned = await ConformanceServer.RunAsync(busy.Address, "--only", "ops.livez");
        var quiet = await ConformanceServer.RunAsync(Address, "--only", "ops.livez");

        Assert.Contains("Warning: 12 tasks wait in this pool.", warned.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Warning", quiet.Error, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Done, ExitCodes.Done), (warned.ExitCode, quiet.ExitCode));
    }

    private static void AssertAllPassed(Support.ProgramResult result, JsonNode report) =>
        Assert.True(result.ExitCode == ExitCodes.Done, string.Join('\n', report["checks"]!.AsArray()
            .Where(check => (string?)check!["outcome"] == "failed").Select(check => check!.ToJsonString())));

    private static bool IsCore(ProxiedRequest request) => request.Path is "/v1/workers/register" or "/v1/workers/heartbeat" or "/v1/work"
            or "/v1/admin/repos" or "/v1/admin/tasks" or "/v1/admin/state" or "/v1"
        || Status().IsMatch(request.Path);

    private static string Generic(string target)
    {
        var path = target.Split('?')[0].Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);
        return Id().Replace(Repo().Replace(path, "$1/{repo}"), "/{id}");
    }

    /// <summary>Tasks, workers and the repo of a run are at rest.</summary>
    private async Task AssertClearAsync(string repo)
    {
        using var admin = new HttpClient { BaseAddress = Address };
        admin.DefaultRequestHeaders.Add("X-Admin-Token", ServerProcess.AdminToken);
        var view = await admin.GetFromJsonAsync<JsonNode>($"/v1/admin/repos/{repo}");
        Assert.True((bool)view!["settings"]!["paused"]!);
        var open = await admin.GetFromJsonAsync<JsonNode>(
            $"/v1/tasks?repo={Uri.EscapeDataString(repo)}&status=ready,offered,leased,in_progress,blocked,pr_opened,dead_letter");
        Assert.True(((int)view["budget"]!["in_use"]!, (int)view["backlog"]!["ready"]!) == (0, 0), $"{view} {open}");
        Assert.Empty(open!["items"]!.AsArray());
        var skill = $"conf-{repo.Split('/')[1]}";
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await admin.GetFromJsonAsync<JsonNode>($"/v1/workers?limit=200{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            var ours = page!["items"]!.AsArray()
                .Where(worker => worker!["skills"]!.AsArray().Any(known => ((string)known!).StartsWith(skill, StringComparison.Ordinal)));
            Assert.All(ours, worker => Assert.True((bool)worker!["revoked"]!, worker.ToJsonString()));
            cursor = (string?)page["next_cursor"];
        }
    }

    [GeneratedRegex("owp[aiw]_[A-Za-z0-9_.-]{8,}")]
    private static partial Regex Token();

    [GeneratedRegex("^/v1/tasks/[^/]+/status$")]
    private static partial Regex Status();

    [GeneratedRegex("/(?:t|w|l|o|i)_[A-Za-z0-9_-]+")]
    private static partial Regex Id();

    [GeneratedRegex("(/repos(?:itories)?)/conformance/[^/]+")]
    private static partial Regex Repo();
}
