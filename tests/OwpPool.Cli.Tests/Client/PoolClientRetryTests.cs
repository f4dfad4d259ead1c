using System.Net;
using System.Net.Sockets;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Client;

public sealed class PoolClientRetryTests : IDisposable
{
    private const string Registered = """{"worker_id":"w_1","token":"owpw_x","heartbeat_interval_seconds":30}""";
    private const string Reported = """{"ok":true,"task_id":"t_1","status":"in_progress"}""";
    private const string Added = """{"ok":true,"task_id":"t_1"}""";

    private readonly ManualTimeProvider _clock = new();
    private readonly ScriptedServer _server = new();
    private readonly PoolClient _client;

    public PoolClientRetryTests() => _client = Client(maxAttempts: 4);

    [Fact]
    public async Task GetState_503WithRetryAfter_AsksAgainNotBeforeThePause()
    {
        _server.Answers(HttpStatusCode.ServiceUnavailable, retryAfter: 7).Answers(HttpStatusCode.OK, """{"tasks_merged":3}""");

        var asking = _client.GetStateAsync();
        await SleepsAsync();
        _clock.Advance(TimeSpan.FromSeconds(6.9));
        Assert.Single(_server.Requests);
        _clock.Advance(TimeSpan.FromSeconds(0.2));

        Assert.Equal(3, (await asking).TasksMerged);
        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task GetState_ServerAsksForMoreThanTheLongestPause_ThrowsWithoutAskingAgain()
    {
        _server.Answers(HttpStatusCode.ServiceUnavailable, """{"code":"unavailable","message":"Later."}""", "application/problem+json", 31);

        var problem = await Assert.ThrowsAsync<PoolProblemException>(() => _client.GetStateAsync());

        Assert.Equal(TimeSpan.FromSeconds(31), problem.RetryAfter);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task GetState_UnavailableToTheLast_ThrowsAfterMaxAttempts()
    {
        for (var attempt = 0; attempt < 4; attempt++) _server.Answers(HttpStatusCode.ServiceUnavailable);

        var problem = await Assert.ThrowsAsync<PoolProblemException>(() => ThroughPausesAsync(_client.GetStateAsync()));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, problem.Status);
        Assert.Equal(4, _server.Requests.Count);
    }

    [Fact]
    public async Task Claim_FirstUnderItsKeyStillRuns_AsksAgainUnderTheSameKey()
    {
        _server.Answers(HttpStatusCode.Conflict, retryAfter: 1).Answers(HttpStatusCode.OK, """{"worker_id":"w_1","leases":[]}""");

        var reply = await ThroughPausesAsync(_client.ClaimAsync(new ClaimRequest()));

        Assert.Equal("w_1", reply.WorkerId);
        var keys = _server.Requests.Select(request => Assert.Single(request.Headers.GetValues("Idempotency-Key"))).ToList();
        Assert.Equal((2, keys[0]), (keys.Count, keys[^1]));
    }

    [Theory]
    [InlineData(HttpStatusCode.BadRequest)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.Conflict)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task GetState_RefusedForGood_IsNotRepeated(HttpStatusCode status)
    {
        _server.Answers(status);

        await Assert.ThrowsAsync<PoolProblemException>(() => _client.GetStateAsync());

        Assert.Single(_server.Requests);
    }

    [Theory]
    [InlineData("register", true)]
    [InlineData("report", true)]
    [InlineData("add task", true)]
    [InlineData("put repo", true)]
    [InlineData("edit task", true)]
    [InlineData("cancel task", true)]
    [InlineData("import tasks", true)]
    [InlineData("rotate token", true)]
    [InlineData("heartbeat", false)]
    [InlineData("renew", true)]
    [InlineData("work", false)]
    public async Task AnyCall_ConnectionBreaksMidway_IsRepeatedUnderTheKeyOfTheFirst(string call, bool hasKey)
    {
        for (var time = 0; time < 2; time++)
            _server.Fails(HttpRequestError.ResponseEnded).Answers(HttpStatusCode.OK, AnswerTo(call));

        await ThroughPausesAsync(Call(call));
        await ThroughPausesAsync(Call(call));

        var keys = _server.Requests.Select(request =>
            request.Headers.TryGetValues("Idempotency-Key", out var values) ? Assert.Single(values) : null).ToList();
        Assert.Equal(4, keys.Count);
        Assert.Equal((keys[0], keys[2]), (keys[1], keys[3]));
        if (hasKey) Assert.Equal((32, 32, false), (keys[0]!.Length, keys[2]!.Length, keys[0] == keys[2]));
        else Assert.All(keys, Assert.Null);
    }

    [Fact]
    public async Task Register_SocketGoneAtConnect_IsRepeated()
    {
        _server.Fails(new SocketException((int)SocketError.NotConnected)).Answers(HttpStatusCode.OK, AnswerTo("register"));

        await ThroughPausesAsync(Call("register"));

        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Claim_FirstRunsForAsLongAsItWasAskedToWait_AsksUntilItIsDone()
    {
        const string Running = """{"code":"conflict","details":{"reason":"still_running"},"message":"The first still runs."}""";
        for (var time = 0; time < 80; time++) _server.Answers(HttpStatusCode.Conflict, Running, "application/problem+json", retryAfter: 1);
        _server.Answers(HttpStatusCode.OK, """{"worker_id":"w_1","leases":[]}""");

        var reply = await ThroughPausesAsync(_client.ClaimAsync(new ClaimRequest { WaitSeconds = 60 }));

        Assert.Equal("w_1", reply.WorkerId);
        Assert.Single(_server.Requests.Select(request => request.Headers.GetValues("Idempotency-Key").Single()).Distinct());
    }

    [Fact]
    public async Task Claim_FirstNeverEnds_ThrowsAtLast()
    {
        const string Running = """{"code":"conflict","details":{"reason":"still_running"},"message":"The first still runs."}""";
        for (var time = 0; time < 40; time++) _server.Answers(HttpStatusCode.Conflict, Running, "application/problem+json", retryAfter: 1);

        var problem = await Assert.ThrowsAsync<PoolProblemException>(() => ThroughPausesAsync(_client.ClaimAsync(new ClaimRequest())));

        Assert.True(problem.IsStillRunning);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \n")]
    [InlineData("{\"tasks_merged\":3,\"reposi")]
    [InlineData("{\"tasks_merged\":")]
    public async Task GetState_AnswerIsCutWithoutAWord_IsRepeated(string half)
    {
        _server.Answers(HttpStatusCode.OK, half).Answers(HttpStatusCode.OK, """{"tasks_merged":3}""");

        Assert.Equal(3, (await ThroughPausesAsync(_client.GetStateAsync())).TasksMerged);
    }

    [Fact]
    public async Task GetState_RetryAfterIsAnInstant_IsReadByTheServersClock()
    {
        var theirs = new DateTimeOffset(2031, 5, 1, 12, 0, 0, TimeSpan.Zero);
        _server.Answers(HttpStatusCode.ServiceUnavailable, response =>
            (response.Headers.Date, response.Headers.RetryAfter) = (theirs, new(theirs.AddSeconds(7)))).Answers(HttpStatusCode.OK, "{}");

        var asking = _client.GetStateAsync();
        await SleepsAsync();
        _clock.Advance(TimeSpan.FromSeconds(6.9));
        Assert.Single(_server.Requests);
        _clock.Advance(TimeSpan.FromSeconds(0.2));

        await asking;
    }

    [Theory]
    [InlineData("register", HttpStatusCode.ServiceUnavailable)]
    [InlineData("heartbeat", HttpStatusCode.ServiceUnavailable)]
    [InlineData("heartbeat", HttpStatusCode.RequestTimeout)]
    [InlineData("report", HttpStatusCode.BadGateway)]
    [InlineData("import tasks", HttpStatusCode.GatewayTimeout)]
    public async Task AnyCall_AnswerThatPasses_IsRepeated(string call, HttpStatusCode status)
    {
        _server.Answers(status, "<h1>later</h1>", "text/html", retryAfter: 1).Answers(HttpStatusCode.OK, AnswerTo(call));

        await ThroughPausesAsync(Call(call));

        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task Register_NotEvenConnected_IsRepeated()
    {
        _server.Fails(HttpRequestError.ConnectionError).Answers(HttpStatusCode.Created, Registered);

        var reply = await ThroughPausesAsync(_client.RegisterAsync(new RegisterRequest("ada")));

        Assert.Equal("w_1", reply.WorkerId);
    }

    [Fact]
    public async Task Register_429_IsRepeatedBecauseNothingWasDone()
    {
        _server.Answers(HttpStatusCode.TooManyRequests, retryAfter: 1).Answers(HttpStatusCode.Created, Registered);

        await ThroughPausesAsync(_client.RegisterAsync(new RegisterRequest("ada")));

        Assert.Equal(2, _server.Requests.Count);
    }

    [Fact]
    public async Task GetWork_LongPoll_TimesOutOnlyAfterTheWaitAndTheTimeout()
    {
        using var client = Client(maxAttempts: 1);
        _server.NeverAnswers();

        var asking = client.GetWorkAsync(waitSeconds: 60);
        await SleepsAsync();
        _clock.Advance(TimeSpan.FromSeconds(89));
        Assert.False(asking.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(2));

        await Assert.ThrowsAsync<TimeoutException>(() => asking);
    }

    [Fact]
    public async Task GetState_CancelledWhilePausing_EndsAtOnce()
    {
        using var cancel = new CancellationTokenSource();
        _server.Answers(HttpStatusCode.ServiceUnavailable, retryAfter: 20);

        var asking = _client.GetStateAsync(cancel.Token);
        await SleepsAsync();
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task GetWork_CancelledWhileWaiting_EndsAsCancelledNotAsTimeout()
    {
        using var cancel = new CancellationTokenSource();
        _server.NeverAnswers();

        var asking = _client.GetWorkAsync(waitSeconds: 60, ct: cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task GetState_NotJson_IsAnInvalidAnswerAndNotRepeated()
    {
        _server.Answers(HttpStatusCode.OK, "<html>");

        var failure = await Assert.ThrowsAsync<HttpRequestException>(() => _client.GetStateAsync());

        Assert.Equal(HttpRequestError.InvalidResponse, failure.HttpRequestError);
        Assert.Single(_server.Requests);
    }

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private PoolClient Client(int maxAttempts) => PoolClient.Over(_server, new Uri("http://pool.test"), new PoolClientOptions
    {
        TimeProvider = _clock,
        MaxAttempts = maxAttempts,
        WorkerToken = "owpw_x",
        AdminToken = "admin",
    });

    private async Task Call(string call) => await (call switch
    {
        "register" => _client.RegisterAsync(new RegisterRequest("ada")),
        "report" => _client.ReportAsync("t_1", new ReportRequest(ReportedStatus.InProgress)),
        "add task" => _client.AddTaskAsync(new TaskRequest("shop", "Fix it")),
        "edit task" => _client.EditTaskAsync("t_1", new TaskPatch { Priority = 1 }, version: 3),
        "cancel task" => _client.CancelTaskAsync("t_1", "Not wanted."),
        "import tasks" => _client.ImportTasksAsync("- title: A"u8.ToArray(), "shop"),
        "rotate token" => _client.RotateTokenAsync(),
        "renew" => _client.RenewLeaseAsync("l_1"),
        "heartbeat" => _client.HeartbeatAsync(new HeartbeatRequest()),
        "work" => _client.GetWorkAsync(),
        "put repo" => (Task)_client.PutRepoAsync(new RepoRequest("shop")),
        _ => throw new ArgumentOutOfRangeException(nameof(call), call, "Unknown call."),
    });

    private static string AnswerTo(string call) => call switch
    {
        "register" => Registered,
        "report" or "cancel task" => Reported,
        "add task" => Added,
        "edit task" => """{"task_id":"t_1","repo":"shop","title":"Fix it","status":"ready"}""",
        "import tasks" => """{"ok":true,"task_ids":["t_1"],"created":1,"existing":0}""",
        "rotate token" => """{"worker_id":"w_1","token":"owpw_y","old_token_seconds":60}""",
        "renew" => """{"lease_expires_at":"2026-01-18T09:00:00.000Z","remaining_seconds":14400}""",
        "put repo" => """{"ok":true,"repo":"shop"}""",
        _ => "{}",
    };

    /// <summary>Two timers sleep where a call waits for its answer, one where it pauses between attempts: any will do to move the
    /// clock.</summary>
    private Task SleepsAsync() => Eventually.TrueAsync(() => _clock.ArmedTimers > 0, "the client sleeps");

    private async Task ThroughPausesAsync(Task call)
    {
        while (!call.IsCompleted)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(250));
            await Task.Yield();
        }
        await call;
    }

    private async Task<T> ThroughPausesAsync<T>(Task<T> call)
    {
        await ThroughPausesAsync((Task)call);
        return await call;
    }
}
