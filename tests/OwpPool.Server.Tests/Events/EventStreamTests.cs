using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Events;

[Collection(SharedServer.Name)]
public sealed class EventStreamTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Events_Opened_SayHowToResumeAndAreNotHeldBack()
    {
        await using var stream = await OpenAsync("/v1/events");

        Assert.Equal(200, (int)stream.Response.StatusCode);
        Assert.Equal("text/event-stream", stream.Response.Content.Headers.ContentType!.ToString());
        Assert.True(stream.Response.Headers.CacheControl!.NoStore);
        Assert.Equal("no", Assert.Single(stream.Response.Headers.GetValues("X-Accel-Buffering")));
        Assert.Null(stream.Response.Content.Headers.ContentLength);
        Assert.Equal("2000", (await stream.ReadAsync())!.Retry);
        var first = await stream.ReadAsync();
        Assert.Equal("listening", first!.Comment);
        Assert.Matches("^[0-9]+-[0-9a-f]{10}$", first.Id);
    }

    [Fact]
    public async Task Events_OfATask_ComeOnceInOrderWithWhatWasRecorded()
    {
        var repo = await _server.AddRepoAsync();
        await using var stream = await OpenAsync($"/v1/events?repo={repo.ToUpperInvariant()}");
        await stream.ReadAsync();
        await stream.ReadAsync();

        var task = await AddTaskAsync(repo);
        await _server.PostAsync($"/v1/admin/tasks/{task}/cancel", """{"reason":"Not \"now\""}""", admin: TestServer.AdminToken);

        var created = await stream.EventAsync();
        Assert.Equal("task.created", created.Type);
        Assert.Equal(["seq", "resume_id", "id", "timestamp", "event_type", "actor", "target", "repo", "details"],
            created.Json.AsObject().Select(member => member.Key));
        Assert.Equal((created.Id, $"e_{SeqOf(created.Id)}"), ((string?)created.Json["resume_id"], (string?)created.Json["id"]));
        Assert.Equal(SeqOf(created.Id), (long)created.Json["seq"]!);
        Assert.Equal(("admin:root", task, repo.ToLowerInvariant()),
            ((string)created.Json["actor"]!, (string)created.Json["target"]!, (string)created.Json["repo"]!));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", (string)created.Json["timestamp"]!);
        var cancelled = await stream.EventAsync();
        Assert.Equal(("task.cancelled", "Not \"now\""), (cancelled.Type, (string?)cancelled.Json["details"]!["reason"]));
        Assert.True(SeqOf(cancelled.Id) > SeqOf(created.Id));
    }

    [Theory]
    [InlineData("topics=task", new[] { "task.created", "task.cancelled" })]
    [InlineData("topics=task.cancelled", new[] { "task.cancelled" })]
    [InlineData("topics=worker,repo", new[] { "repo.created" })]
    [InlineData("", new[] { "repo.created", "task.created", "task.cancelled" })]
    public async Task Events_Filtered_AreThoseAskedFor(string topics, string[] expected)
    {
        var repo = await _server.AddRepoAsync();
        var task = await AddTaskAsync(repo);
        await _server.PostAsync($"/v1/admin/tasks/{task}/cancel", """{"reason":"No"}""", admin: TestServer.AdminToken);

        await using var stream = await OpenAsync($"/v1/events?after=0&repo={repo}&{topics}");

        foreach (var type in expected) Assert.Equal(type, (await stream.EventAsync()).Type);
    }

    [Fact]
    public async Task Events_OfATarget_AreItsOwn()
    {
        var repo = await _server.AddRepoAsync();
        await AddTaskAsync(repo);
        var task = await AddTaskAsync(repo);
        var (worker, _) = await _server.RegisterAsync();

        var shouted = repo.ToUpperInvariant();
        foreach (var (target, type) in new[] { (task, "task.created"), (worker, "worker.registered"), (shouted, "repo.created") })
        {
            await using var stream = await OpenAsync($"/v1/events?after=0&target={target}");
            var found = await stream.EventAsync();
            Assert.Equal((type, target == shouted ? repo.ToLowerInvariant() : target),
                (found.Type, (string)found.Json["target"]!));
        }
    }

    [Fact]
    public async Task Events_CameBackWithAnId_GoOnBehindIt()
    {
        var repo = await _server.AddRepoAsync();
        await using var first = await OpenAsync($"/v1/events?after=0&repo={repo}");
        await first.EventAsync();
        var tasks = new List<string> { await AddTaskAsync(repo), await AddTaskAsync(repo) };

        // A browser comes back to the address it was given; its own id counts.
        await using var second = await SseClient.OpenAsync(_server.Address, $"/v1/events?after=0&repo={repo}", lastId: first.LastId);

        Assert.Equal(tasks[0], (string)(await second.EventAsync()).Json["target"]!);
        await using var third = await OpenAsync($"/v1/events?after={second.LastId}&repo={repo}");
        Assert.Equal(tasks[1], (string)(await third.EventAsync()).Json["target"]!);
    }

    [Fact]
    public async Task Events_IdOfAnotherDatabase_ResetsAndGoesOnWithTheOldestKept()
    {
        await _server.AddRepoAsync();
        await using var stream = await SseClient.OpenAsync(_server.Address, "/v1/events", lastId: long.MaxValue.ToString());

        var reset = await stream.EventAsync();

        Assert.Equal(("reset", "unknown", long.MaxValue), (reset.Type, (string?)reset.Json["reason"], (long)reset.Json["last_event_id"]!));
        Assert.Equal((long)reset.Json["oldest_seq"]! - 1, SeqOf(reset.Id));
        Assert.Equal((long)reset.Json["oldest_seq"]!, (long)(await stream.EventAsync()).Json["seq"]!);
    }

    [Theory]
    [InlineData("topics=", "topics")]
    [InlineData("topics=task,", "topics")]
    [InlineData("topics=Task", "topics")]
    [InlineData("topics=task.merged.now", "topics")]
    [InlineData("topics=task%20", "topics")]
    [InlineData("topics=a&topics=b", "topics")]
    [InlineData("repo=../etc", "repo")]
    [InlineData("repo=", "repo")]
    [InlineData("target=%00", "target")]
    [InlineData("after=-1", "after")]
    [InlineData("after=x", "after")]
    [InlineData("after=9223372036854775808", "after")]
    public async Task Events_BadParameter_IsNamed(string query, string field) =>
        (await _server.GetAsync($"/v1/events?{query}", admin: TestServer.AdminToken)).MustReject(field);

    [Fact]
    public async Task Events_TopicsAtTheLimit_AreTakenAndOneMoreIsNot()
    {
        var topics = string.Join(',', Enumerable.Range(0, 32).Select(i => new string('a', i + 1)));
        await using (var stream = await OpenAsync($"/v1/events?topics={topics}"))
            Assert.Equal(200, (int)stream.Response.StatusCode);

        (await _server.GetAsync($"/v1/events?topics={topics},b", admin: TestServer.AdminToken)).MustReject("topics");
        (await _server.GetAsync($"/v1/events?topics={new string('a', 65)}", admin: TestServer.AdminToken)).MustReject("topics");
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("1e3")]
    [InlineData("99999999999999999999")]
    public async Task Events_BadLastEventId_IsNamed(string id) =>
        (await _server.SendAsync(HttpMethod.Get, "/v1/events", null, admin: TestServer.AdminToken,
            with: request => request.Headers.TryAddWithoutValidation("Last-Event-ID", id))).MustReject("Last-Event-ID");

    [Fact]
    public async Task Events_Stranger_IsRefused()
    {
        var (_, token) = await _server.RegisterAsync();
        foreach (var path in new[] { "/v1/events", "/v1/admin/state/stream" })
        {
            (await _server.GetAsync(path)).MustBeProblem(401, "unauthorized");
            (await _server.GetAsync(path, token)).MustBeProblem(403, "forbidden");
        }
    }

    /// <summary>A task that no other test's worker takes.</summary>
    private Task<string> AddTaskAsync(string repo) => _server.AddTaskAsync(repo, ""","required_skills":["watching"]""");

    private Task<SseClient> OpenAsync(string path) => SseClient.OpenAsync(_server.Address, path);

    /// <summary>The number in an id.</summary>
    internal static long SeqOf(string? id) => long.Parse(id!.Split('-')[0], System.Globalization.CultureInfo.InvariantCulture);
}
