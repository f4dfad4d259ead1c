using System.Net;
using System.Text.Json.Nodes;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Client;

public sealed class PoolClientWireTests : IDisposable
{
    private readonly ScriptedServer _server = new();
    private readonly PoolClient _client;

    public PoolClientWireTests() => _client = PoolClient.Over(_server, new Uri("http://pool.test/base"), new PoolClientOptions
    {
        WorkerToken = "owpw_secret",
        AdminToken = "admin-secret",
    });

    [Fact]
    public async Task Register_AllFields_GoOutInSnakeCaseWithoutAnyToken()
    {
        _server.Answers(HttpStatusCode.Created, """{"worker_id":"w_1","token":"owpw_new","heartbeat_interval_seconds":30,"later":1}""");

        var reply = await _client.RegisterAsync(
            new RegisterRequest("ada") { GithubHandle = "ada-l", Skills = ["c#", "sql"], CapacityPoints = 8, MaxConcurrentTasks = 3 });

        var sent = Assert.Single(_server.Requests);
        Assert.Equal("http://pool.test/base/v1/workers/register", sent.Uri.AbsoluteUri);
        AssertJson(
            """{"name":"ada","github_handle":"ada-l","skills":["c#","sql"],"capacity_points":8,"max_concurrent_tasks":3}""", sent.Body);
        Assert.Equal("application/json", sent.ContentType);
        Assert.Null(sent.Headers.Authorization);
        Assert.False(sent.Headers.Contains("X-Admin-Token"));
        Assert.Equal(("w_1", "owpw_new", 30), (reply.WorkerId, reply.Token, reply.HeartbeatIntervalSeconds));
    }

    [Fact]
    public async Task Register_ReplyAsText_HidesTheToken()
    {
        _server.Answers(HttpStatusCode.Created, """{"worker_id":"w_1","token":"owpw_new","heartbeat_interval_seconds":30}""");

        var reply = await _client.RegisterAsync(new RegisterRequest("ada"));

        Assert.DoesNotContain("owpw_new", reply.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_OfMaintainersAndInvites_AreInNoText()
    {
        _server.Answers(HttpStatusCode.Created, """{"name":"grace","role":"admin","token":"owpa_new"}""")
            .Answers(HttpStatusCode.Created, """{"invite_id":"i_1","uses":1,"invite":"owpi_new"}""");

        var token = await _client.CreateTokenAsync(new TokenRequest("grace", "admin"));
        var invite = await _client.CreateInviteAsync(new InviteRequest { Repos = ["acme/shop"] });
        var request = new RegisterRequest("ada") { Invite = invite.Invite };

        Assert.Equal(("owpa_new", "owpi_new"), (token.Token, request.Invite));
        Assert.All([token.ToString(), invite.ToString(), request.ToString()], text =>
            Assert.DoesNotContain("_new", text, StringComparison.Ordinal));
        AssertJson("""{"name":"grace","role":"admin"}""", _server.Requests[0].Body);
        AssertJson("""{"repos":["acme/shop"]}""", _server.Requests[1].Body);
    }

    [Fact]
    public async Task Answers_ThatLeaveOutWhatIsEmpty_AreEmptyAndNotNull()
    {
        for (var answer = 0; answer < 4; answer++)
        {
            _server.Answers(HttpStatusCode.OK,
                """{"worker_id":"w_1","name":"ada","task_id":"t_1","repo":"shop","title":"Fix it","status":"ready"}""");
        }

        var beat = await _client.HeartbeatAsync(new HeartbeatRequest());
        var work = await _client.GetWorkAsync();
        var self = await _client.GetSelfAsync();
        var task = await _client.GetTaskAsync("t_1");

        Assert.Empty(beat.Leases);
        Assert.Empty(beat.Lost);
        Assert.Empty(beat.Cancel);
        Assert.Empty(work.Leases);
        Assert.Empty(self.Leases);
        Assert.Empty(task.Attempts);
        Assert.Null(task.Artifact.PrUrl);
    }

    [Fact]
    public async Task Heartbeat_Any_CarriesTheWorkersTokenOnly()
    {
        _server.Answers(HttpStatusCode.OK, """
            {"ok":true,"server_time":"2026-01-18T05:00:00.000Z","status":"working",
             "leases":[{"lease_id":"l_1","task_id":"t_1","lease_expires_at":"2026-01-18T09:00:00.000Z","remaining_seconds":14400}],
             "lost":[{"task_id":"t_2","reason":"lease_expired"}],"cancel":["t_3"],"desired_state":"run"}
            """);

        var reply = await _client.HeartbeatAsync(new HeartbeatRequest(WorkerStatus.Working));

        var sent = Assert.Single(_server.Requests);
        AssertJson("""{"status":"working"}""", sent.Body);
        Assert.Equal("Bearer owpw_secret", sent.Headers.Authorization?.ToString());
        Assert.False(sent.Headers.Contains("X-Admin-Token"));
        Assert.Equal(new HeldLease("l_1", "t_1", DateTimeOffset.Parse("2026-01-18T09:00:00Z"), 14_400), Assert.Single(reply.Leases));
        Assert.Equal(new LostTask("t_2", "lease_expired"), Assert.Single(reply.Lost));
        Assert.Equal(["t_3"], reply.Cancel);
    }

    [Fact]
    public async Task GetWork_WaitAndMax_GoOutAsQuery()
    {
        _server.Answers(HttpStatusCode.OK, """
            {"worker_id":"w_1","retry_after_seconds":5,
             "leases":[{"task_id":"t_1","repo":"demo/shop","title":"Fix","description":"","estimate_points":3,
             "priority":10,"area":null,"tier":0,"required_skills":["sql"],"lease_expires_at":"2026-01-18T09:00:00.000Z","lease_id":"l_1",
             "fencing_token":9007199254740993,"attempt":1,"status":"leased","lease_ttl_seconds":14400}]}
            """);

        var reply = await _client.GetWorkAsync(waitSeconds: 20, max: 2);

        Assert.Equal("http://pool.test/base/v1/work?wait_seconds=20&max=2", Assert.Single(_server.Requests).Uri.AbsoluteUri);
        var lease = Assert.Single(reply.Leases);
        Assert.Equal(9_007_199_254_740_993, lease.FencingToken);
        Assert.Equal((3, "leased", "l_1"), (lease.EstimatePoints, lease.Status, lease.LeaseId));
        Assert.Equal(5, reply.RetryAfterSeconds);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(61)]
    public async Task GetWork_WaitOutOfBounds_IsNotSent(int waitSeconds)
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _client.GetWorkAsync(waitSeconds));
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public async Task Report_PullRequest_GoesOutWithLeaseAndToken()
    {
        _server.Answers(HttpStatusCode.OK, """{"ok":true,"task_id":"t_a/b","status":"pr_opened"}""");

        var reply = await _client.ReportAsync("t_a/b", new ReportRequest(ReportedStatus.PrOpened)
        {
            LeaseId = "l_1",
            FencingToken = 7,
            Artifact = new Artifact { PrUrl = new Uri("https://github.com/demo/shop/pull/1") },
        });

        var sent = Assert.Single(_server.Requests);
        Assert.Equal("/base/v1/tasks/t_a%2Fb/status", sent.Uri.AbsolutePath);
        AssertJson("""
            {"status":"pr_opened","artifact":{"pr_url":"https://github.com/demo/shop/pull/1"},"lease_id":"l_1","fencing_token":7}
            """, sent.Body);
        Assert.Null(reply.LeaseExpiresAt);
    }

    [Fact]
    public async Task PutRepo_Any_CarriesTheAdminTokenOnly()
    {
        _server.Answers(HttpStatusCode.Created, """{"ok":true,"repo":"demo/shop"}""");

        await _client.PutRepoAsync(new RepoRequest("demo/shop") { MaxOpenPrs = 0, Trust = new TrustLevels(Basic: 2) });

        var sent = Assert.Single(_server.Requests);
        AssertJson("""{"repo":"demo/shop","max_open_prs":0,"trust":{"basic":2}}""", sent.Body);
        Assert.Equal(["admin-secret"], sent.Headers.GetValues("X-Admin-Token"));
        Assert.Null(sent.Headers.Authorization);
    }

    [Theory]
    [InlineData(HttpStatusCode.Created, true)]
    [InlineData(HttpStatusCode.OK, false)]
    public async Task AddTask_Answer_TellsNewFromFound(HttpStatusCode status, bool isNew)
    {
        _server.Answers(status, """{"ok":true,"task_id":"t_1"}""");

        var added = await _client.AddTaskAsync(new TaskRequest("shop", "Fix") { ExternalId = "x-1", DependsOn = ["t_0"] });

        AssertJson("""{"repo":"shop","title":"Fix","depends_on":["t_0"],"external_id":"x-1"}""", _server.Requests[0].Body);
        Assert.Equal(new AddedTask("t_1", isNew), added);
    }

    [Fact]
    public async Task AsWorker_AfterAdmin_SendsNoAdminToken()
    {
        _server.Answers(HttpStatusCode.Unauthorized);
        using var worker = _client.AsWorker("owpw_other");

        await Assert.ThrowsAsync<PoolProblemException>(() => worker.GetStateAsync());

        Assert.False(_server.Requests[0].Headers.Contains("X-Admin-Token"));
    }

    [Fact]
    public async Task AnyCall_ProblemDocument_BecomesAnExceptionThatSaysAll()
    {
        _server.Answers(HttpStatusCode.BadRequest, """
            {"type":"t","title":"Bad","status":400,"error":"validation_error","code":"validation_error","message":"Two fields are wrong.",
             "suggestion":"Mend them.","details":{"errors":{"title":["is blank"],"tier":["is 9","must be 0..3"]},"legal_next":["ready"]}}
            """, "application/problem+json");

        var problem = await Assert.ThrowsAsync<PoolProblemException>(() => _client.AddTaskAsync(new TaskRequest("shop", "")));

        Assert.Equal((HttpStatusCode.BadRequest, "validation_error", null), (problem.Status, problem.Code, problem.Reason));
        Assert.Equal(["is 9", "must be 0..3"], problem.Problem.FieldErrors["tier"]);
        Assert.Equal("ready", problem.Problem.Details["legal_next"][0].GetString());
        Assert.Equal(
            ["Two fields are wrong.", "  title: is blank", "  tier: is 9", "  tier: must be 0..3", "Mend them."],
            problem.Describe().Split(Environment.NewLine));
    }

    [Fact]
    public async Task Describe_FieldWhoseFaultIsTheMessage_SaysItOnce()
    {
        _server.Answers(HttpStatusCode.NotFound, """
            {"code":"not_found","message":"No such repo.","suggestion":"Register it.","details":{"errors":{"repo":["No such repo."]}}}
            """, "application/problem+json");

        var problem = await Assert.ThrowsAsync<PoolProblemException>(() => _client.AddTaskAsync(new TaskRequest("shop", "Fix it")));

        Assert.Equal(["No such repo.", "Register it."], problem.Describe().Split(Environment.NewLine));
    }

    [Theory]
    [InlineData("""{"code":"conflict","message":"No.","reason":"lease_lost"}""")]
    [InlineData("""{"error":"conflict","detail":"No.","details":{"reason":"lease_lost"}}""")]
    public async Task AnyCall_Conflict_HasItsReason(string json)
    {
        _server.Answers(HttpStatusCode.Conflict, json, "application/problem+json");

        var problem = await Assert.ThrowsAsync<PoolProblemException>(() => _client.GetWorkAsync());

        Assert.Equal(("conflict", "lease_lost", "No."), (problem.Code, problem.Reason, problem.Message));
    }

    [Theory]
    [InlineData("text/html", "<h1>Bad gateway</h1>")]
    [InlineData("application/json", "[1]")]
    [InlineData("application/json", "{")]
    [InlineData("application/json", """{"status":502}""")]
    [InlineData("application/json", """{"code":5,"message":null,"details":[],"errors":"x"}""")]
    public async Task AnyCall_AnswerOfSomethingElse_NamesStatusAndAddress(string type, string body)
    {
        _server.Answers(HttpStatusCode.NotImplemented, body, type);

        var problem = await Assert.ThrowsAsync<PoolProblemException>(() => _client.GetWorkAsync());

        Assert.Equal("http_501", problem.Code);
        Assert.Contains("http://pool.test/base/v1/work answered 501", problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wait_seconds", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.OK, true)]
    [InlineData(HttpStatusCode.ServiceUnavailable, false)]
    public async Task IsReady_OneAnswer_IsTakenAsItIs(HttpStatusCode status, bool isReady)
    {
        _server.Answers(status);

        Assert.Equal(isReady, await _client.IsReadyAsync());
    }

    [Fact]
    public async Task IsReady_NothingListens_IsFalse()
    {
        _server.Fails(HttpRequestError.ConnectionError);

        Assert.False(await _client.IsReadyAsync());
    }

    [Theory]
    [InlineData("ftp://pool.test")]
    [InlineData("http://user:secret@pool.test")]
    [InlineData("http://pool.test/?token=x")]
    [InlineData("http://pool.test/#x")]
    [InlineData("/v1")]
    public void Connect_AddressThatIsNone_IsRefused(string address) =>
        Assert.Throws<ArgumentException>(() => PoolClient.Connect(new Uri(address, UriKind.RelativeOrAbsolute)));

    public void Dispose()
    {
        _client.Dispose();
        _server.Dispose();
    }

    private static void AssertJson(string expected, string? actual) =>
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual!)), $"Expected {expected}, got {actual}");
}
