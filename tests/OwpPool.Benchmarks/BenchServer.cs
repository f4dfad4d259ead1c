using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OwpPool.Testing;

namespace OwpPool.Benchmarks;

/// <summary>What the server has counted so far, and what its process has used.</summary>
/// <param name="Writes">State writes.</param>
/// <param name="Batches">Commits.</param>
/// <param name="Claims">Claims that reached a repo.</param>
/// <param name="Waiters">Long polls in line.</param>
/// <param name="CpuMilliseconds">Processor time.</param>
/// <param name="ResidentBytes">Memory now.</param>
internal sealed record ServerCounters(double Writes, double Batches, double Claims, double Waiters, double CpuMilliseconds, long ResidentBytes);

/// <summary>The built server on a database of its own, without limits on one caller: all connections come from one address.</summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private readonly ServerProcess _process;

    private BenchServer(ServerProcess process, TimeSpan readyAfter)
    {
        (_process, ReadyAfter) = (process, readyAfter);
        Admin = process.Admin();
    }

    /// <summary>From the start of the process until it answered that it is ready.</summary>
    public TimeSpan ReadyAfter { get; }

    public HttpClient Admin { get; }

    public static async Task<BenchServer> StartAsync(string database)
    {
        var began = Stopwatch.StartNew();
        var process = await ServerProcess.StartAsync(typeof(BenchServer).Assembly, database, TestPorts.Take(),
            [("LOG_LEVEL", "warning"), .. NoLimits]);
        return new BenchServer(process, began.Elapsed);
    }

    /// <summary>The processor time that the process has used so far.</summary>
    public double CpuMilliseconds
    {
        get
        {
            using var process = Process.GetProcessById(_process.Id);
            return process.TotalProcessorTime.TotalMilliseconds;
        }
    }

    /// <summary>The most memory that the process has used so far.</summary>
    public long PeakBytes
    {
        get
        {
            using var process = Process.GetProcessById(_process.Id);
            return process.PeakWorkingSet64;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await _process.DisposeAsync();
    }

    public async Task AddRepoAsync(string repo) => await PostAsync(Admin, "/v1/admin/repos", new { repo, max_open_prs = 100 });

    /// <summary>A new worker's client.</summary>
    public async Task<HttpClient> RegisterAsync(string name, string[] skills, int slots = 2)
    {
        var registered = await PostAsync(Admin, "/v1/workers/register", new { name, skills, max_concurrent_tasks = slots, capacity_points = 100 });
        return _process.Client((string)registered["token"]!);
    }

    public async Task<ServerCounters> CountersAsync()
    {
        var text = await Admin.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        using var process = Process.GetProcessById(_process.Id);
        return new ServerCounters(Sum(text, "owp_storage_writes_total"), Sum(text, "owp_storage_batches_total"),
            Sum(text, "owp_repo_claims_total"), Sum(text, "owp_work_waiters"), process.TotalProcessorTime.TotalMilliseconds, process.WorkingSet64);
    }

    /// <summary>Posts, and reads the answer.</summary>
    /// <exception cref="InvalidOperationException">The server refused.</exception>
    public static async Task<JsonNode> PostAsync(HttpClient client, string path, object body)
    {
        using var content = JsonContent.Create(body);
        using var answer = await client.PostAsync(new Uri(path, UriKind.Relative), content);
        return await ReadAsync(answer, path);
    }

    /// <inheritdoc cref="PostAsync"/>
    public static async Task<JsonNode> GetAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        return await ReadAsync(answer, path);
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage answer, string path)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{path}: {(int)answer.StatusCode} {text}");
    }

    private static double Sum(string metrics, string name) => metrics.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private static readonly (string, string)[] NoLimits =
    [
        .. new[]
        {
            "TokenRequests", "TokenBurst", "AddressRequests", "AddressBurst", "Registrations", "RegistrationBurst",
            "StoredAnswers", "StoredAnswersBurst",
        }.Select(limit => ($"OwpPool__RateLimits__{limit}", "1000000")),
        ("OwpPool__Worker__EventsPerHour", "0"),
        ("OwpPool__Review__MaxUnconfirmed", "0"),
    ];
}
