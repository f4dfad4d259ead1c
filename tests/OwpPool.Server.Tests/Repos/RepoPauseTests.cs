using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Repos;

[Collection(SharedServer.Name)]
public sealed class RepoPauseTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("/")]
    [InlineData("%2F")]
    [InlineData("%2f")]
    public async Task Pause_HandsOutNothingUntilResumed(string slash)
    {
        var skill = Path.GetRandomFileName();
        var repo = await _server.AddRepoAsync(""","max_open_prs":7""");
        var path = repo.ToUpperInvariant().Replace("/", slash, StringComparison.Ordinal);
        await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        var paused = await ActAsync(path, "pause");
        Assert.Equal((200, repo), (paused.Status, paused.Text("repo")));
        Assert.Empty((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        Assert.Equal(200, (await ActAsync(path, "pause")).Status);
        Assert.Equal(200, (await ActAsync(path, "resume")).Status);
        Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        var state = (await _server.GetAsync("/v1/admin/state", admin: TestServer.AdminToken)).Json!["repositories"]!.AsArray();
        Assert.Equal(7, (int)Assert.Single(state, item => (string)item!["repo"]! == repo)!["max_open_prs"]!);
    }

    [Fact]
    public async Task Pause_NameWithoutOwner_IsARepoToo()
    {
        var repo = Path.GetRandomFileName();
        await _server.PostAsync("/v1/admin/repos", $$"""{"repo":"{{repo}}"}""", admin: TestServer.AdminToken);
        Assert.Equal(repo, (await ActAsync(repo, "pause")).Text("repo"));
    }

    [Theory]
    [InlineData("acme/nobodyknows")]
    [InlineData("nobodyknows")]
    [InlineData("acme%2Fnobody%2Fknows")]
    [InlineData("acme%2F..")]
    [InlineData("acme/a%20b")]
    public async Task Pause_UnknownRepo_IsNotFoundAndNotMade(string path)
    {
        (await ActAsync(path, "pause")).MustBeProblem(404, "not_found");
        (await ActAsync(path, "resume")).MustBeProblem(404, "not_found");
        Assert.DoesNotContain("nobodyknows", (await _server.GetAsync("/v1/admin/state", admin: TestServer.AdminToken)).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pause_ByAWorker_IsForbidden()
    {
        var repo = await _server.AddRepoAsync();
        var (_, token) = await _server.RegisterAsync();
        (await _server.PostAsync($"/v1/admin/repos/{repo}/pause", "{}", token)).MustBeProblem(403, "forbidden");
        (await _server.PostAsync($"/v1/admin/repos/{repo}/pause", "{}")).MustBeProblem(401, "unauthorized");
    }

    private Task<Answer> ActAsync(string repo, string verb) =>
        _server.SendAsync(HttpMethod.Post, $"/v1/admin/repos/{repo}/{verb}", null, admin: TestServer.AdminToken);
}
