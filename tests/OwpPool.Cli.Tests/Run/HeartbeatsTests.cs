using System.Net;
using System.Text.Json.Nodes;
using OwpPool.Cli.Run;
using OwpPool.Cli.Tests.Client;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Run;

public sealed class HeartbeatsTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedServer _server = new();
    private readonly PoolClient _pool;
    private readonly List<RunStep> _steps = [];
    private readonly Heartbeats _heartbeats;

    public HeartbeatsTests()
    {
        _pool = PoolClient.Over(_server, new Uri("http://pool"), new PoolClientOptions { TimeProvider = _time, MaxAttempts = 1 });
        _heartbeats = new Heartbeats(_pool, new LeaseBook(_time), new Patience(_time, _steps.Add), TimeSpan.FromSeconds(30), _steps.Add, _time);
    }

    private IEnumerable<string> Said => _server.Requests.Where(request => request.Method == HttpMethod.Post)
        .Select(beat => (string)JsonNode.Parse(beat.Body!)!["status"]!);

    public void Dispose()
    {
        _pool.Dispose();
        _server.Dispose();
    }

    [Fact]
    public async Task Beat_PausedInAnotherShell_KeepsThePauseUntilItIsResumed()
    {
        // The first does not look: who starts a worker wants it to work.
        await BeatAsync();
        foreach (var status in (string[])["idle", "paused", "paused", "offline", "idle", "idle"])
        {
            _server.Answers(HttpStatusCode.OK, $$"""{"worker_id":"w_1","name":"ada","status":"{{status}}"}""");
            await BeatAsync();
        }

        Assert.Equal(["idle", "idle", "paused", "paused", "idle", "idle", "idle"], Said);
        Assert.Equal(["Paused", "Resumed"], _steps.Select(step => step.Note!.Split(':')[0]));
    }

    [Fact]
    public async Task Beat_Draining_IsPausedWhateverElseIsSaid()
    {
        await BeatAsync();
        _heartbeats.IsDraining = true;

        await BeatAsync();

        Assert.Equal(["idle", "paused"], Said);
        Assert.Empty(_steps);
    }

    [Fact]
    public async Task Pause_OfItsOwn_IsToldWithTheReasonAndKeptUntilItIsResumed()
    {
        await BeatAsync();
        _heartbeats.Pause("nothing goes well");
        var told = _heartbeats.ToldOfPauseAsync(CancellationToken.None);
        Assert.False(told.IsCompleted);

        // It does not look first: the pool still takes it for one that works.
        await BeatAsync();
        await told;
        foreach (var status in (string[])["paused", "idle"])
        {
            _server.Answers(HttpStatusCode.OK, $$"""{"worker_id":"w_1","name":"ada","status":"{{status}}"}""");
            await BeatAsync();
        }

        Assert.Equal(["idle", "paused", "paused", "idle"], Said);
        Assert.Contains("nothing goes well", _server.Requests[1].Body!, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing goes well", _server.Requests[3].Body!, StringComparison.Ordinal);
        Assert.StartsWith("Resumed", Assert.Single(_steps).Note, StringComparison.Ordinal);
        await _heartbeats.ToldOfPauseAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Beat_PausedByThePool_TellsWhyAndUntilWhenOnce()
    {
        const string Paused = """
            {"ok":true,"desired_state":"quiet","leases":[],
             "paused":{"reason":"paused_by_failures","message":"m","until":"2026-01-01T00:10:00Z"}}
            """;
        _server.Answers(HttpStatusCode.OK, Paused);
        await _heartbeats.BeatAsync(CancellationToken.None);
        _server.Answers(HttpStatusCode.OK, """{"worker_id":"w_1","name":"ada","status":"idle"}""").Answers(HttpStatusCode.OK, Paused);
        await _heartbeats.BeatAsync(CancellationToken.None);
        _server.Answers(HttpStatusCode.OK, """{"worker_id":"w_1","name":"ada","status":"idle"}""");
        await BeatAsync();

        Assert.Equal(
            [
                "The pool has paused this worker, because too many of its leases in a row failed or were lost: it gets no new work until "
                + "2026-01-01 00:10:00Z, or until a maintainer resumes it.",
                "This worker gets work again.",
            ], _steps.Select(step => step.Note));
    }

    [Fact]
    public async Task Beat_WholePoolPaused_TellsTheMaintainersReason()
    {
        _server.Answers(HttpStatusCode.OK, """
            {"ok":true,"desired_state":"quiet","leases":[],
             "paused":{"reason":"pool_paused","message":"The maintainers have paused the whole pool: Release.","until":null}}
            """);
        await _heartbeats.BeatAsync(CancellationToken.None);

        Assert.Equal("The maintainers have paused the whole pool: Release. It hands out nothing until they resume it.",
            Assert.Single(_steps).Note);
    }

    private async Task BeatAsync()
    {
        _server.Answers(HttpStatusCode.OK, """{"ok":true,"desired_state":"run","leases":[]}""");
        await _heartbeats.BeatAsync(CancellationToken.None);
    }
}
