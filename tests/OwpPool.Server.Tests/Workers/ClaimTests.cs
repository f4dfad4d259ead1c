using OwpPool.Core.Matching;
using OwpPool.Core.Repos;
using OwpPool.Core.Workers;
using OwpPool.Grains;
using OwpPool.Grains.Directory;
using OwpPool.Server.Hosting.Telemetry;
using OwpPool.Server.Tests.Support;
using OwpPool.Server.Workers;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Workers;

[Collection(SharedServer.Name)]
public sealed class ClaimTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Claim_NoBody_TakesWhatFits()
    {
        var (skill, token, repo) = await SetUpAsync();
        var task = await AddAsync(repo, skill);
        var answer = await _server.SendAsync(HttpMethod.Post, "/v1/claims", null, token);
        Assert.Equal((200, 0), (answer.Status, (int)answer.Json!["retry_after_seconds"]!));
        Assert.Equal([task], Tasks(answer));
        Assert.Equal(["worker_id", "leases", "retry_after_seconds", "paused"], answer.Json.AsObject().Select(member => member.Key));
        Assert.Equal("no-store", answer.Headers["Cache-Control"]);
    }

    [Fact]
    public async Task Claim_Repos_TakesFromThoseOnlyInAnySpelling()
    {
        var (skill, token, repo) = await SetUpAsync();
        var other = await _server.AddRepoAsync();
        await AddAsync(other, skill, ""","priority":1000""");
        var wanted = await AddAsync(repo, skill);
        var answer = await _server.PostAsync("/v1/claims", $$"""{"repos":["{{repo.ToUpperInvariant()}}"]}""", token);
        Assert.Equal([wanted], Tasks(answer));
    }

    [Fact]
    public async Task Claim_Exclude_TakesTheOthers()
    {
        var (skill, token, repo) = await SetUpAsync();
        var unwanted = await AddAsync(repo, skill, ""","priority":1000""");
        var wanted = await AddAsync(repo, skill);
        var answer = await _server.PostAsync("/v1/claims", $$"""{"exclude":["{{unwanted}}"],"max":2}""", token);
        Assert.Equal([wanted], Tasks(answer));
    }

    [Fact]
    public async Task Claim_Max_LimitsNewLeases()
    {
        var (skill, token, repo) = await SetUpAsync();
        await AddAsync(repo, skill);
        await AddAsync(repo, skill);
        Assert.Single(Tasks(await _server.PostAsync("/v1/claims", """{"max":1}""", token)));
        Assert.Equal(2, Tasks(await _server.PostAsync("/v1/claims", "{}", token)).Length);
    }

    [Fact]
    public async Task Claim_Waiting_EndsWithTheTaskOfAChosenRepo()
    {
        var (skill, token, repo) = await SetUpAsync();
        var other = await _server.AddRepoAsync();
        var waiters = _server.Get<WorkWaiters>();
        var worker = (await _server.GetAsync("/v1/workers/me", token)).Text("worker_id");
        var claim = _server.PostAsync("/v1/claims", $$"""{"wait_seconds":60,"repos":["{{repo}}"]}""", token);
        await Eventually.TrueAsync(() => waiters.CountOf(worker) == 1, "the claim waits");
        await AddAsync(other, skill);
        var wanted = await AddAsync(repo, skill);
        Assert.Equal([wanted], Tasks(await claim));
    }

    [Theory]
    [InlineData("""{"wait_seconds":61}""", "wait_seconds")]
    [InlineData("""{"wait_seconds":-1}""", "wait_seconds")]
    [InlineData("""{"max":0}""", "max")]
    [InlineData("""{"max":21}""", "max")]
    [InlineData("""{"repos":"acme/shop"}""", "repos")]
    [InlineData("""{"repos":["acme/shop/more"]}""", "repos")]
    [InlineData("""{"repos":["../etc"]}""", "repos")]
    [InlineData("""{"exclude":["w_notatask"]}""", "exclude")]
    [InlineData("""{"exclude":[7],"max":"1"}""", "exclude", "max")]
    public async Task Claim_BadField_IsNamed(string body, params string[] fields)
    {
        var (_, token) = await _server.RegisterAsync();
        (await _server.PostAsync("/v1/claims", body, token)).MustReject(fields);
    }

    [Fact]
    public async Task Claim_Choices_AreCapped()
    {
        var (_, token) = await _server.RegisterAsync();
        foreach (var (field, item) in new[] { ("repos", "acme/nowhere"), ("exclude", "t_nowhere") })
        {
            Assert.Equal(200, (await _server.PostAsync("/v1/claims", Body(field, item, ClaimRequest.MaxChoices), token)).Status);
            (await _server.PostAsync("/v1/claims", Body(field, item, ClaimRequest.MaxChoices + 1), token)).MustReject(field);
        }

        static string Body(string field, string item, int count) =>
            $$"""{"{{field}}":[{{string.Join(',', Enumerable.Repeat($"\"{item}\"", count))}}]}""";
    }

    [Fact]
    public async Task Claim_WrongToken_IsUnauthorized()
    {
        var (_, token) = await _server.RegisterAsync();
        (await _server.PostAsync("/v1/claims", "{}", token[..^1] + (token[^1] == 'A' ? 'B' : 'A'))).MustBeProblem(401, "unauthorized");
        (await _server.PostAsync("/v1/claims", "{}")).MustBeProblem(401, "unauthorized");
    }

    [Fact]
    public void Announce_RepoThatWasNotChosen_WakesTheNextInLine()
    {
        var board = new SupplyBoard();
        using var instruments = new ServerInstruments();
        using var waiters = new WorkWaiters(board, instruments);
        var chooses = waiters.Join("w_1", ["acme/shop"]);
        var takesAll = waiters.Join("w_2");
        waiters.Wait(chooses, Capability("w_1"));
        waiters.Wait(takesAll, Capability("w_2"));
        board.Publish(Supply("acme/blog"));
        Assert.Equal((false, true), (chooses.Woken.IsCompleted, takesAll.Woken.IsCompleted));
        board.Publish(Supply("acme/shop"));
        Assert.True(chooses.Woken.IsCompleted);
    }

    private static WorkerCapability Capability(string worker) =>
        new() { WorkerId = worker, Trust = TrustTier.Basic, FreePoints = 5, FreeSlots = 2 };

    private static RepoSupply Supply(string repo) => new()
    {
        Repo = repo,
        Room = 1,
        Trust = new TrustPolicy(),
        At = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        Shapes = [new ShapeSupply { Shape = new TaskShape { Points = 1 }, Tasks = 1, BestRank = 10 }],
    };

    private async Task<(string Skill, string Token, string Repo)> SetUpAsync()
    {
        var skill = Path.GetRandomFileName();
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        return (skill, token, await _server.AddRepoAsync());
    }

    private Task<string> AddAsync(string repo, string skill, string fields = "") =>
        _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]{{fields}}""");

    private static string[] Tasks(Answer answer) => [.. answer.Json!["leases"]!.AsArray().Select(lease => (string)lease!["task_id"]!)];
}
