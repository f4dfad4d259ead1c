using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using OwpPool.Server.Hosting.Telemetry;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Hosting;

/// <summary>What an operator can set alerts on.</summary>
public sealed partial class PoolMetricsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("owp-metrics-");

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>A process of its own: meters are those of a whole process.</summary>
    private Task<ServerProcess> StartAsync() =>
        ServerProcess.StartAsync(typeof(PoolMetricsTests).Assembly, Path.Combine(_folder.FullName, "pool.db"), TestPorts.Take());

    [Fact]
    public async Task Metrics_PoolWithWork_TellOfTasksBudgetWorkersBacklogsBuildAndProcess()
    {
        await using var server = await StartAsync();
        using var admin = server.Admin();
        await PostAsync(admin, "/v1/admin/repos", """{"repo":"acme/shop","max_open_prs":3}""");
        for (var i = 0; i < 4; i++) await PostAsync(admin, "/v1/admin/tasks", $$"""{"repo":"acme/shop","title":"Task {{i}}"}""");
        var worker = await PostAsync(admin, "/v1/workers/register", """{"name":"ada"}""");
        using var own = server.Client((string)worker["token"]!);
        Assert.NotEmpty((await own.GetFromJsonAsync<System.Text.Json.Nodes.JsonObject>("/v1/work"))!["leases"]!.AsArray());

        var text = await admin.GetStringAsync("/metrics");

        AssertFormat(text);
        var leased = Value(text, "owp_tasks{status=\"leased\"}");
        Assert.InRange(leased, 1, 4);
        Assert.Equal(4 - leased, Value(text, "owp_tasks{status=\"ready\"}"));
        Assert.Equal(0, Value(text, "owp_tasks{status=\"dead_letter\"}"));
        Assert.Equal(3, Value(text, "owp_review_budget_limit{repo=\"acme/shop\"}"));
        Assert.Equal(leased, Value(text, "owp_review_budget_used{repo=\"acme/shop\"}"));
        Assert.InRange(Value(text, "owp_tasks_ready_oldest_age_seconds"), 0, 3600);
        // What there is none of has its series too: an alert on a missing one never comes.
        Assert.All(["paused", "offline", "revoked"], status => Assert.Equal(0, Value(text, $"owp_workers{{status=\"{status}\"}}")));
        Assert.Equal(1, Value(text, "owp_workers{status=\"idle\"}") + Value(text, "owp_workers{status=\"working\"}"));
        Assert.All(["pending", "failed"], state => Assert.Equal(0, Value(text, $"owp_github_deliveries{{state=\"{state}\"}}")));
        Assert.Equal(0, Value(text, "owp_webhooks_dead_letters"));
        Assert.Matches("\nowp_build_info\\{version=\"[^\"]+\",runtime=\"\\.NET [^\"]+\"\\} 1\n", text);
        Assert.InRange(Value(text, "process_open_fds"), 1, Value(text, "process_max_fds"));
        Assert.True(Value(text, "process_cpu_seconds_total") > 0);
        Assert.True(Value(text, "process_resident_memory_bytes") > 1_000_000);
        Assert.InRange(Value(text, "process_start_time_seconds"), 1_600_000_000, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task Metrics_ByPromtool_AreCleanWhereItIsInstalled()
    {
        await using var server = await StartAsync();
        using var admin = server.Admin();
        var text = await admin.GetStringAsync("/metrics");
        AssertFormat(text);
        if (!Array.Exists((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), folder => File.Exists(Path.Combine(folder, "promtool")))) return;

        using var promtool = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        await promtool.StandardInput.WriteAsync(text);
        promtool.StandardInput.Close();
        var said = await promtool.StandardOutput.ReadToEndAsync() + await promtool.StandardError.ReadToEndAsync();
        await promtool.WaitForExitAsync();
        Assert.Equal((0, ""), (promtool.ExitCode, said));
    }

    [Fact]
    public async Task Metrics_ManyRepos_HaveSeriesOfTheFullestOnesAndOneForTheRest()
    {
        await using var server = await StartAsync();
        using var admin = server.Admin();
        for (var i = 0; i < PoolMetrics.NamedRepos + 5; i++)
            await PostAsync(admin, "/v1/admin/repos", $$"""{"repo":"acme/r{{i}}","max_open_prs":2}""");

        var text = await admin.GetStringAsync("/metrics");

        var limits = text.Split('\n').Count(line => line.StartsWith("owp_review_budget_limit{", StringComparison.Ordinal));
        Assert.Equal(PoolMetrics.NamedRepos + 1, limits);
        Assert.Equal(10, Value(text, "owp_review_budget_limit{repo=\"other\"}"));
    }

    /// <summary>Each series has help and type before it, of its own family, and no series comes twice.</summary>
    private static void AssertFormat(string text)
    {
        Assert.EndsWith("\n", text, StringComparison.Ordinal);
        var (family, seen, families) = ("", new HashSet<string>(), new HashSet<string>());
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            if (line.StartsWith("# HELP ", StringComparison.Ordinal))
            {
                family = line.Split(' ')[2];
                Assert.True(families.Add(family), line);
                Assert.True(line.Length > $"# HELP {family} ".Length, line);
                continue;
            }
            if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
            {
                var type = line.Split(' ')[3];
                Assert.Equal(family, line.Split(' ')[2]);
                Assert.Equal(type == "counter", family.EndsWith("_total", StringComparison.Ordinal));
                continue;
            }
            Assert.Matches(Series(), line);
            Assert.StartsWith(family, line, StringComparison.Ordinal);
            Assert.True(seen.Add(line[..line.LastIndexOf(' ')]), line);
        }
    }

    private static double Value(string text, string series)
    {
        var line = Assert.Single(text.Split('\n'), line => line.StartsWith(series + " ", StringComparison.Ordinal));
        return double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }

    private static async Task<System.Text.Json.Nodes.JsonNode> PostAsync(HttpClient client, string path, string json)
    {
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), new StringContent(json, null, "application/json"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return System.Text.Json.Nodes.JsonNode.Parse(text)!;
    }

    [GeneratedRegex("^[a-z_]+(\\{([a-z_]+=\"([^\"\\\\]|\\\\[\\\\\"n])*\",?)+\\})? (-?[0-9.]+(E[-+]?[0-9]+)?|\\+Inf|NaN)$")]
    private static partial Regex Series();
}
