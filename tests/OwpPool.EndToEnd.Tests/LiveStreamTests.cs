using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using OwpPool.Client;
using OwpPool.Testing;
using Xunit.Abstractions;
using TaskRequest = OwpPool.Client.TaskRequest;

namespace OwpPool.EndToEnd.Tests;

/// <summary>The stream of events from a server: many clients, slow ones and such as come and go among them, and one that outlives the
/// server. Each test looks at what happens after its beginning.</summary>
/// <remarks>Larger runs: <c>OWP_SSE_CLIENTS</c>, <c>OWP_SSE_EVENTS</c>, and <c>OWP_SSE_RATE</c> for events a second.</remarks>
public sealed class LiveStreamTests(ITestOutputHelper output, LiveStreamTests.Streamer streamer) : IClassFixture<LiveStreamTests.Streamer>
{
    private const int Producers = 8;

    /// <summary>The last event of a run: nothing else registers a worker.</summary>
    private const string Last = "worker.registered";

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    [Fact]
    public async Task Events_ManyClients_NoneSeesAGapOrARepeat()
    {
        const string repo = "acme/many";
        var (clients, events, rate) = (Setting("OWP_SSE_CLIENTS", 100), Setting("OWP_SSE_EVENTS", 500), Setting("OWP_SSE_RATE", 0));
        var server = await streamer.UpAsync();
        using var admin = Admin(server);
        var first = await LastSeqAsync(admin) + 1;
        using var patience = new CancellationTokenSource(Patience);
        var produced = new TaskCompletionSource();
        using var http = new HttpClient { Timeout = Timeout.InfiniteTimeSpan };
        var readers = Enumerable.Range(0, clients).Select(i => new Reader(http, server.Address, first - 1, (Habit)(i % 4), produced.Task)).ToList();
        var reading = readers.ConvertAll(reader => reader.ReadAllAsync(patience.Token));
        await Eventually.TrueAsync(() => readers.TrueForAll(reader => reader.Connections > 0), "all clients listen");

        var watch = Stopwatch.StartNew();
        await admin.PutRepoAsync(new RepoRequest(repo));
        await ProduceAsync(admin, repo, events - 2, rate, patience.Token);
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
        Assert.All(readers, reader => Assert.Equal(Enumerable.Range(0, events).Select(i => first + i), reader.Seen));
        Assert.All(readers.Where(reader => reader.Habit is Habit.ComesAndGoes), reader => Assert.True(reader.Connections > events / 100));
    }

    /// <summary>Killed while nothing is under way: the next event is one that the second server makes. Killed under load: some events are
    /// committed and not yet sent, some half way to it, and these are sent to the next server.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Events_ServerKilledInTheMiddle_ClientResumesAndHasAllOnce(bool underLoad)
    {
        const int events = 400, half = 200;
        var repo = underLoad ? "acme/busy" : "acme/idle";
        using var admin = Admin(await streamer.UpAsync());
        var first = await LastSeqAsync(admin) + 1;
        using var patience = new CancellationTokenSource(Patience);
        var seen = new List<long>();
        var halfSeen = new TaskCompletionSource();
        var reading = Task.Run(async () =>
        {
            await foreach (var item in admin.FollowEventsAsync(new EventQuery { After = (first - 1).ToString(CultureInfo.InvariantCulture) }, patience.Token))
            {
                seen.Add(item.Seq);
                if (seen.Count == half) halfSeen.SetResult();
                if (seen.Count == events) break;
            }
        });
        await admin.PutRepoAsync(new RepoRequest(repo));
        var producing = ProduceAsync(admin, repo, (underLoad ? events : half) - 1, 0, patience.Token);
        await halfSeen.Task.WaitAsync(patience.Token);
        if (!underLoad) await producing;

        await streamer.KillAsync();
        await streamer.UpAsync();
        if (!underLoad) await ProduceAsync(admin, repo, events - half, 0, patience.Token);

        await producing;
        await reading;
        Assert.Equal(Enumerable.Range(0, events).Select(i => first + i), seen);
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

    private static async Task<long> LastSeqAsync(PoolClient admin)
    {
        await foreach (var newest in admin.ListAuditAsync(pageSize: 1)) return long.Parse(newest.Id[2..], CultureInfo.InvariantCulture);
        return 0;
    }

    /// <summary>One event for each task; the external id makes a repeat one effect.</summary>
    private static async Task ProduceAsync(PoolClient admin, string repo, int count, int rate, CancellationToken ct)
    {
        var watch = Stopwatch.StartNew();
        var run = Guid.NewGuid();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Producers).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var i && i < count)
            {
                var due = rate == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds((double)i / rate) - watch.Elapsed;
                if (due > TimeSpan.Zero) await Task.Delay(due, ct);
                await admin.AddTaskAsync(new TaskRequest(repo, $"Task {i}") { ExternalId = $"{run}-{i}" }, ct);
            }
        }));
    }

    /// <summary>A server that takes thousands of streams.</summary>
    public sealed class Streamer() : RestartableServer(("LOG_LEVEL", "warning"), ("OwpPool__Streams__MaxPerAdminToken", "4000"));

    private enum Habit
    {
        Reads,
        ReadsToo,
        StopsReading,
        ComesAndGoes,
    }

    /// <summary>One client, which notes what it sees.</summary>
    private sealed class Reader(HttpClient http, Uri server, long after, Habit habit, Task produced)
    {
        private const int EventsOfAConnection = 97;
        private volatile int _connections;
        private string? _lastId;

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
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server, $"/v1/events?after={after}"));
            request.Headers.Add("X-Admin-Token", ServerProcess.AdminToken);
            if (_lastId is not null) request.Headers.Add("Last-Event-ID", _lastId);
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            response.EnsureSuccessStatusCode();
            _connections++;
            try
            {
                var ofThis = 0;
                await using var body = await response.Content.ReadAsStreamAsync(ct);
                await foreach (var item in SseParser.Create(body, static (_, _) => 0).EnumerateAsync(ct))
                {
                    _lastId = item.EventId!;
                    Seen.Add(long.Parse(_lastId.Split('-')[0], CultureInfo.InvariantCulture));
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
