using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Repos;

[Collection(SharedServer.Name)]
public sealed class RepoTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Upsert_NameOnly_TakesTheDefaults()
    {
        var answer = await UpsertAsync("""{"repo":"Defaults/Repo"}""");
        Assert.Equal((201, """{"ok":true,"repo":"Defaults/Repo"}"""), (answer.Status, answer.Body));
        Assert.Equal(3, (int)(await RepoStateAsync("Defaults/Repo"))["max_open_prs"]!);
    }

    [Fact]
    public async Task Upsert_OtherSpelling_IsTheSameRepoAndLeavesTheRestAlone()
    {
        await UpsertAsync("""{"repo":"Acme/Again","max_open_prs":7}""");
        var answer = await UpsertAsync("""{"repo":"ACME/again","paused":true}""");
        Assert.Equal((201, "Acme/Again"), (answer.Status, answer.Text("repo")));
        Assert.Equal(7, (int)(await RepoStateAsync("Acme/Again"))["max_open_prs"]!);
    }

    [Fact]
    public async Task Upsert_Everything_IsTaken()
    {
        var answer = await UpsertAsync(
            """
            {"repo":"full","max_open_prs":0,"area_locks_enabled":false,"area_lock_until":"merged",
             "trust":{"untrusted":0,"basic":0,"trusted":1,"maintainer":3},"merge_authority":"maintainer","lease_ttl_seconds":30,
             "max_attempts":1,"paused":false,"unknown":true}
            """);
        Assert.Equal(201, answer.Status);
    }

    [Fact]
    public async Task Upsert_BudgetOfZero_HandsOutNothing()
    {
        var skill = Path.GetRandomFileName();
        var repo = await _server.AddRepoAsync(""","max_open_prs":0""");
        await _server.AddTaskAsync(repo, $$""","required_skills":["{{skill}}"]""");
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{skill}}"]""");
        Assert.Empty((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
    }

    [Fact]
    public async Task Upsert_LeaseLength_IsThatOfItsLeases()
    {
        var (_, lease) = await _server.LeaseAsync(""","lease_ttl_seconds":60""");
        Assert.Equal(60, (int)lease["lease_ttl_seconds"]!);
    }

    [Theory]
    [InlineData("{}", "repo")]
    [InlineData("""{"repo":null}""", "repo")]
    [InlineData("""{"repo":"a//b"}""", "repo")]
    [InlineData("""{"repo":"."}""", "repo")]
    [InlineData("""{"repo":"a\u0000"}""", "repo")]
    [InlineData("""{"repo":"a","max_open_prs":-1}""", "max_open_prs")]
    [InlineData("""{"repo":"a","max_open_prs":101}""", "max_open_prs")]
    [InlineData("""{"repo":"a","max_open_prs":"3"}""", "max_open_prs")]
    [InlineData("""{"repo":"a","max_open_prs":0.5}""", "max_open_prs")]
    [InlineData("""{"repo":"a","area_locks_enabled":"yes"}""", "area_locks_enabled")]
    [InlineData("""{"repo":"a","area_locks_enabled":1}""", "area_locks_enabled")]
    [InlineData("""{"repo":"a","area_lock_until":"closed"}""", "area_lock_until")]
    [InlineData("""{"repo":"a","trust":3}""", "trust")]
    [InlineData("""{"repo":"a","trust":{"basic":4}}""", "trust.basic")]
    [InlineData("""{"repo":"a","trust":{"untrusted":-2,"trusted":"2","maintainer":1.5}}""",
        "trust.maintainer", "trust.trusted", "trust.untrusted")]
    [InlineData("""{"repo":"a","merge_authority":"me"}""", "merge_authority")]
    [InlineData("""{"repo":"a","lease_ttl_seconds":29}""", "lease_ttl_seconds")]
    [InlineData("""{"repo":"a","lease_ttl_seconds":86401}""", "lease_ttl_seconds")]
    [InlineData("""{"repo":"a","max_attempts":0}""", "max_attempts")]
    [InlineData("""{"repo":"a","max_attempts":101}""", "max_attempts")]
    [InlineData("""{"repo":"a","paused":"false"}""", "paused")]
    public async Task Upsert_BadField_IsNamed(string body, params string[] fields) => (await UpsertAsync(body)).MustReject(fields);

    private Task<Answer> UpsertAsync(string body) => _server.PostAsync("/v1/admin/repos", body, admin: TestServer.AdminToken);

    private async Task<System.Text.Json.Nodes.JsonNode> RepoStateAsync(string repo)
    {
        var state = await _server.GetAsync("/v1/admin/state", admin: TestServer.AdminToken);
        return state.Json!["repositories"]!.AsArray().Single(item => (string?)item!["repo"] == repo)!;
    }
}
