using System.Net;
using System.Text.Json.Nodes;
using OwpPool.Cli.Mcp.Session;
using OwpPool.Cli.Tests.Client;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Mcp.Session;

public sealed class LeaseKeeperTests : IAsyncDisposable
{
    private const string Fine = """
        {"ok":true,"desired_state":"run","leases":[
          {"lease_id":"l_1","task_id":"t_1","lease_expires_at":"2026-01-01T01:00:00Z","remaining_seconds":3600}]}
        """;

    private readonly ManualTimeProvider _time = new();
    private readonly ScriptedServer _server = new();
    private readonly LeaseBook _leases = new();
    private readonly List<string> _log = [];
    private readonly LeaseKeeper _keeper;
    private readonly AgentConnection _connection;

    public LeaseKeeperTests()
    {
        var options = new PoolClientOptions { TimeProvider = _time, MaxAttempts = 1 };
        _connection = new AgentConnection(PoolClient.Over(_server, new Uri("http://pool"), options), TimeSpan.FromSeconds(30));
        _keeper = new LeaseKeeper(_connection, _leases, _time, _log.Add);
        _leases.Changed += _keeper.Wake;
    }

    [Theory]
    [InlineData(14_400, 30)]
    [InlineData(30, 10)]
    public async Task Keeper_LeaseHeld_BeatsAtOnceAndThenOftenEnough(int ttl, int seconds)
    {
        for (var beat = 0; beat < 3; beat++) Look().Answers(HttpStatusCode.OK, Fine);

        Hold(ttl);
        await BeatsAsync(1);
        _time.Advance(TimeSpan.FromSeconds(seconds - 0.1));
        Assert.Single(Beats);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        await BeatsAsync(2);
        _time.Advance(TimeSpan.FromSeconds(seconds));
        await BeatsAsync(3);

        Assert.All(Beats, request => Assert.Contains("working", request.Body));
        Assert.Empty(_keeper.Notices());
    }

    [Fact]
    public async Task Keeper_LeaseGivenBack_BeatsNoMore()
    {
        Look().Answers(HttpStatusCode.OK, Fine);
        Hold(30);
        await BeatsAsync(1);

        await _leases.EndAsync("t_1", () => Task.FromResult(0));
        await Eventually.TrueAsync(() => _time.ArmedTimers == 0, "it sleeps without an end");
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Single(Beats);
    }

    [Fact]
    public async Task Keeper_PoolSilent_SaysSoUntilItAnswers()
    {
        Look().Answers(HttpStatusCode.OK, Fine);
        Look().Fails(HttpRequestError.ConnectionError);
        Look().Answers(HttpStatusCode.BadGateway);
        Look().Answers(HttpStatusCode.OK, Fine);
        Hold(30);
        await BeatsAsync(1);

        await AdvanceToBeatAsync(2);
        var trouble = Assert.Single(_keeper.Notices());
        await AdvanceToBeatAsync(3);
        Assert.Equal(trouble, Assert.Single(_keeper.Notices()));
        await AdvanceToBeatAsync(4);

        Assert.Contains("has not answered heartbeats since 2026-01-01 00:00:10Z", trouble);
        Assert.Contains("runs out at 2026-01-01 01:00:00Z", trouble);
        Assert.Empty(_keeper.Notices());
        Assert.Equal(["Heartbeat failed: as the test says", "The pool answers heartbeats again."], _log);
    }

    [Fact]
    public async Task Keeper_TokenRefused_SaysWhoCanHelp()
    {
        Look().Answers(HttpStatusCode.Unauthorized, """{"code":"unauthorized","message":"Unknown token."}""", "application/problem+json");
        Hold(30);
        await BeatsAsync(1);

        Assert.Contains("owp worker register", Assert.Single(_keeper.Notices()));
    }

    [Fact]
    public async Task Keeper_Paused_SaysThatNothingNewComes()
    {
        Look().Answers(HttpStatusCode.OK, Fine.Replace("\"run\"", "\"quiet\""));
        Hold(30);
        await BeatsAsync(1);

        Assert.Contains("paused you", Assert.Single(_keeper.Notices()));
    }

    [Fact]
    public async Task Keeper_PausedInAnotherShell_KeepsThePauseUntilItIsResumed()
    {
        Look("paused").Answers(HttpStatusCode.OK, Fine);
        Look("idle").Answers(HttpStatusCode.OK, Fine);
        Hold(30);

        await BeatsAsync(1);
        Assert.Contains("owp worker resume", Assert.Single(_keeper.Notices()));
        await AdvanceToBeatAsync(2);

        Assert.Empty(_keeper.Notices());
        Assert.Equal(["paused", "working"], Beats.Select(beat => (string)JsonNode.Parse(beat.Body!)!["status"]!));
    }

    [Fact]
    public async Task Keeper_LeaseNotListed_IsLost()
    {
        Look().Answers(HttpStatusCode.OK, """{"ok":true,"leases":[],"lost":[{"task_id":"t_1","reason":"lease_expired"}]}""");
        Hold(30);
        await BeatsAsync(1);

        Assert.Equal([new LostLease("t_1", "Fix it", "lease_expired")], _leases.TakeLosses());
    }

    [Fact]
    public async Task Keeper_FaultOfItsOwn_IsTold()
    {
        _server.Fails(new InvalidDataException("a bug"));
        Hold(30);

        await Eventually.TrueAsync(() => _keeper.Notices().Any(), "it is told");
        await _keeper.DisposeAsync();

        Assert.Contains("a bug", Assert.Single(_log));
    }

    public async ValueTask DisposeAsync()
    {
        await _keeper.DisposeAsync();
        _connection.Dispose();
        _server.Dispose();
    }

    private IEnumerable<SentRequest> Beats => _server.Requests.Where(request => request.Method == HttpMethod.Post);

    /// <summary>The look at its own state before each heartbeat.</summary>
    private ScriptedServer Look(string status = "working") =>
        _server.Answers(HttpStatusCode.OK, $$"""{"worker_id":"w_1","name":"ada","status":"{{status}}"}""");

    private void Hold(int ttl) => _leases.Observe(_leases.Look(),
        [new LeaseView { TaskId = "t_1", Repo = "acme/shop", Title = "Fix it", LeaseId = "l_1", LeaseTtlSeconds = ttl }]);

    private async Task AdvanceToBeatAsync(int count)
    {
        _time.Advance(TimeSpan.FromSeconds(10));
        await BeatsAsync(count);
    }

    /// <summary>So many heartbeats were sent and answered: it sleeps until the next, or for good.</summary>
    private async Task BeatsAsync(int count)
    {
        await Eventually.TrueAsync(() => Beats.Count() == count, $"{count} heartbeats");
        await Eventually.TrueAsync(() =>
        {
            Assert.True(!_keeper.Notices().Any(notice => notice.Contains("fault")), "It has stopped.");
            return _leases.Held.Count == 0 || _time.ArmedTimers == 1;
        }, "it sleeps");
    }
}
