using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using OwpPool.Client;
using OwpPool.Testing;
using Xunit.Abstractions;
using TaskRequest = OwpPool.Client.TaskRequest;

namespace OwpPool.EndToEnd.Tests;

/// <summary>The stream of events from a server of its own: many clients, slow ones and such as come and go among them, and one that
/// outlives the server.</summary>
/// <remarks>Larger runs: <c>OWP_SSE_CLIENTS</c>, <c>OWP_SSE_EVENTS</c>, and <c>OWP_SSE_RATE</c> for events a second.</remarks>
public sealed class LiveStreamTests(ITestOutputHelper output) : IDisposable
{
    private const string Repo = "acme/stream";
    private const int Producers = 8;

    /// <summary>The last event of a run: nothing else registers a worker.</summary>
    private const string Last = "worker.registered";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly string _folder = Directory.CreateTempSubdirectory("owp-stream-").FullName;

    private string Database => Path.Combine(_folder, "pool.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Events_ManyClients_NoneSeesAGapOrARepeat()
    {
        var (clients, events, rate) = (Setting("OWP_SSE_CLIENTS", 100), Setting("OWP_SSE_EVENTS", 1_000), Setting("OWP_SSE_RATE", 0));
        await using var server = await StartAsync(TestPorts.Take());
        using var admin = Admin(server);
        using var patience = new CancellationTokenSource(Patience);
        var produced = new TaskCompletionSource();
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var readers = Enumerable.Range(0, clients).Select(i => new Reader(http, server.Address, (Habit)(i % 4), produced.Task)).ToList();
        var reading = readers.ConvertAll(reader => reader.ReadAllAsync(patience.Token));
        await Eventually.TrueAsync(() => readers.TrueForAll(reader => reader.Connections > 0), "all clients listen");

        var watch = Stopwatch.StartNew();
        await admin.PutRepoAsync(new RepoRequest(Repo));
        await ProduceAsync(admin, 0, events - 2, rate, patience.Token);
        var sent = watch.Elapsed;
        produced.SetResult();
        await admin.RegisterAsync(new RegisterRequest("the end"));
        await Task.WhenAll(reading);
        using var process = Process.GetProcessById(server.Id);

        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{clients} clients, {readers.Sum(reader => reader.Connections)} connections, {events} events in {sent.TotalSeconds:F1} s " +
            $"({events / sent.TotalSeconds:F0}/s), all read {(watch.Elapsed - sent).TotalMilliseconds:F0} ms later; " +
            $"{readers.Sum(reader => (long)reader.Seen.Count)} received for {process.TotalProcessorTime.TotalSeconds:F1} s of the server's " +
            $"CPU, its start included."));
        Assert.All(readers, reader => Assert.Equal(Enumerable.Range(1, events).Select(seq => (long)seq), reader.Seen));
        Assert.All(readers.Where(reader => reader.Habit is Habit.ComesAndGoes), reader => Assert.True(reader.Connections > events / 100));
    }

    [Fact]
    public async Task Events_ServerKilledInTheMiddle_ClientResumesAndHasAllOnce()
    {
        const int Events = 1_000, Half = 500;
        var port = TestPorts.Take();
        var first = await StartAsync(port);
        await using var disposeFirst = first;
        using var admin = Admin(first);
        using var patience = new CancellationTokenSource(Patience);
        var seen = new List<long>();
        var half = new TaskCompletionSource();
        var reading = Task.Run(async () =>
        {
            await foreach (var item in admin.FollowEventsAsync(new EventQuery { After = 0 }, patience.Token))
            {
                seen.Add(item.Seq);
                if (seen.Count == Half) half.SetResult();
                if (seen.Count == Events) break;
            }
        });
        await admin.PutRepoAsync(new RepoRequest(Repo));
        // Exactly so many: the next event is one that the second server makes.
        await ProduceAsync(admin, 0, Half - 1, 0, patience.Token);
        await half.Task.WaitAsync(patience.Token);

        await first.KillAsync();
        await using var second = await StartAsync(port);
        await ProduceAsync(admin, Half - 1, Events - Half, 0, patience.Token);

        await reading;
        Assert.Equal(Enumerable.Range(1, Events).Select(seq => (long)seq), seen);
    }

    [Fact]
    public async Task Events_ServerKilledUnderLoad_ClientResumesAndHasAllOnce()
    {
        const int Events = 1_000;
        var port = TestPorts.Take();
        var first = await StartAsync(port);
        await using var disposeFirst = first;
        using var admin = Admin(first);
        using var patience = new CancellationTokenSource(Patience);
        var seen = new List<long>();
        var half = new TaskCompletionSource();
        var reading = Task.Run(async () =>
        {
            await foreach (var item in admin.FollowEventsAsync(new EventQuery { After = 0 }, patience.Token))
            {
                seen.Add(item.Seq);
                if (seen.Count >= Events / 2) half.TrySetResult();
                if (seen.Count == Events) break;
            }
        });
        await admin.PutRepoAsync(new RepoRequest(Repo));
        // Some are committed and not yet sent when the server dies, and some half way to it: those are sent to the next.
        var producing = ProduceAsync(admin, 0, Events - 1, 0, patience.Token);
        await half.Task.WaitAsync(patience.Token);

        await first.KillAsync();
        await using var second = await StartAsync(port);

        await producing;
        await reading;
        Assert.Equal(Enumerable.Range(1, Events).Select(seq => (long)seq), seen);
    }

    private static int Setting(string name, int standard) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : standard;

    private static PoolClient Admin(ServerProcess server) => PoolClient.Connect(server.Address, new PoolClientOptions
    {
        AdminToken = ServerProcess.AdminToken,
        // A server that is killed is away for some seconds.
        MaxAttempts = 1_000,
        MaxRetryDelay = TimeSpan.FromMilliseconds(500),
    });

    private Task<ServerProcess> StartAsync(int port) => ServerProcess.StartAsync(typeof(LiveStreamTests).Assembly, Database, port,
        ("LOG_LEVEL", "warning"), ("OwpPool__Streams__MaxPerAdminToken", "4000"));

    /// <summary>One event for each task; the external id makes a repeat one effect.</summary>
    private static async Task ProduceAsync(PoolClient admin, int from, int count, int rate, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var next = from - 1;
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var i && i < from + count)
            {
                var due = rate == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)(i - from) / rate) - watch.Elapsed;
                if (due > TimeSpan.Zero) await Task.Delay(due, ct);
                var name = i.ToString(CultureInfo.InvariantCulture);
                await admin.AddTaskAsync(new TaskRequest(Repo, $"Task {name}") { ExternalId = name }, ct);
            }
        }));
    }

    private enum Habit
    {
        Reads,
        ReadsToo,
        StopsReading,
        ComesAndGoes,
    }

    /// <summary>One client, which notes what it sees.</summary>
    private sealed class Reader(HttpClient http, Uri server, Habit habit, Task produced)
    {
        private const int EventsOfAConnection = 97;
        private volatile int _connections;

        public Habit Habit => habit;

        public int Connections => _connections;

        public List<long> Seen { get; } = [];

        public async Task ReadAllAsync(CancellationToken ct)
        {
            while (!await ReadConnectionAsync(ct)) ct.ThrowIfCancellationRequested();
        }

        /// <returns>Whether the last event has been seen.</returns>
        private async Task<bool> ReadConnectionAsync(CancellationToken ct)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, "/v1/events?after=0"));
            request.Headers.Add("X-Admin-Token", ServerProcess.AdminToken);
            if (Seen.Count > 0) request.Headers.Add("Last-Event-ID", Seen[^1].ToString(CultureInfo.InvariantCulture));
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            response.EnsureSuccessStatusCode();
            _connections++;
            try
            {
                var ofThis = 0;
                await using var body = await response.Content.ReadAsStreamAsync(ct);
                await foreach (var item in SseParser.Create(body, static (_, _) => 0).EnumerateAsync(ct))
                {
                    Seen.Add(long.Parse(item.EventId!, CultureInfo.InvariantCulture));
                    if (item.EventType == Last) return true;
                    if (habit is Habit.ComesAndGoes && ++ofThis == EventsOfAConnection) return false;
                    if (habit is Habit.StopsReading) await produced.WaitAsync(ct);
                }
            }
            catch (Exception lost) when (lost is IOException or HttpRequestException)
            {
                // Cut off for being slow: it comes back behind what it has.
            }
            return false;
        }
    }
}
