using System.Text;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Repos;

[Collection(SharedServer.Name)]
public sealed class RepoViewTests(SharedServer.Fixture shared)
{
    private const string Admin = TestServer.AdminToken;
    private readonly TestServer _server = shared.Server;
    // All tests share one pool: what is left over here is for nobody else.
    private readonly string _skill = Path.GetRandomFileName();

    [Fact]
    public async Task Get_RepoAtWork_SaysWhoHoldsWhatAndWhatWaits()
    {
        var repo = await _server.AddRepoAsync(""","max_open_prs":2,"lease_ttl_seconds":60""");
        var first = await AddTaskAsync(repo, ""","area":"Src/","priority":99,"estimate_points":3""");
        await AddTaskAsync(repo, $$""","depends_on":["{{first}}"]""");
        await AddTaskAsync(repo, ""","not_before":"2990-01-01T00:00:00Z" """);
        await AddTaskAsync(repo);
        var (worker, token) = await RegisterAsync();
        await _server.PostAsync("/v1/claims", $$"""{"repos":["{{repo}}"],"max":1}""", token);

        foreach (var path in new[] { repo, repo.ToUpperInvariant(), repo.Replace("/", "%2F", StringComparison.Ordinal) })
        {
            var view = (await _server.GetAsync($"/v1/admin/repos/{path}", admin: Admin)).Json!;
            Assert.Equal(repo, (string?)view["repo"]);
            Assert.Equal("""{"max_open_prs":2,"in_use":1,"free":1,"under_review":0}""", view["budget"]!.ToJsonString());
            Assert.Equal("""{"ready":3,"eligible":1,"resting":1,"waiting_for_others":1,"dead_ends":0,"dead_end_tasks":[]}""", view["backlog"]!.ToJsonString());
            var area = Assert.Single(view["locked_areas"]!.AsArray())!;
            Assert.Equal(("src", first, worker), ((string?)area["area"], (string?)area["task_id"], (string?)area["worker_id"]));
            var held = Assert.Single(view["held"]!.AsArray())!;
            Assert.Equal(("leased", 3), ((string?)held["status"], (int)held["estimate_points"]!));
            Assert.Equal((60, 5, "worker"), ((int)view["settings"]!["lease_ttl_seconds"]!, (int)view["settings"]!["max_attempts"]!,
                (string?)view["settings"]!["merge_authority"]));
        }
    }

    [Fact]
    public async Task Patch_SomeSettings_LeavesTheOthers()
    {
        var repo = await _server.AddRepoAsync(""","max_open_prs":7,"lease_ttl_seconds":60,"max_attempts":2,"area_lock_until":"merged" """);
        Assert.Equal((200, repo), await PatchAsync(repo, """{"paused":true,"merge_authority":"maintainer"}"""));
        var settings = await SettingsAsync(repo);
        Assert.Equal("""{"max_open_prs":7,"area_locks_enabled":true,"area_lock_until":"merged","trust":{"untrusted":0,"basic":1,"trusted":2,"maintainer":3}"""
            + ""","merge_authority":"maintainer","lease_ttl_seconds":60,"max_attempts":2,"paused":true,"pr_repos":["acme/web","acme/shop"]}""", settings);
        await PatchAsync(repo, """
            {"max_open_prs":null,"lease_ttl_seconds":null,"max_attempts":null,"area_lock_until":null,"merge_authority":null,"paused":null,"trust":null,
             "area_locks_enabled":null}
            """);
        Assert.Equal("""{"max_open_prs":3,"area_locks_enabled":true,"area_lock_until":"pr_opened","trust":{"untrusted":0,"basic":1,"trusted":2,"maintainer":3}"""
            + ""","merge_authority":"worker","lease_ttl_seconds":14400,"max_attempts":5,"paused":false,"pr_repos":["acme/web","acme/shop"]}""", await SettingsAsync(repo));
    }

    [Fact]
    public async Task GetAndPatch_Faults()
    {
        var repo = await _server.AddRepoAsync();
        (await SendPatchAsync(repo, """{"max_open_prs":101,"lease_ttl_seconds":29,"trust":{"basic":4},"paused":1,"merge_authority":"me"}"""))
            .MustReject("max_open_prs", "lease_ttl_seconds", "trust.basic", "paused", "merge_authority");
        foreach (var unknown in new[] { "acme/nothing", "nothing", "a%20b", "..%2Fx" })
        {
            (await SendPatchAsync(unknown, "{}")).MustBeProblem(404, "not_found");
            (await _server.GetAsync($"/v1/admin/repos/{unknown}", admin: Admin)).MustBeProblem(404, "not_found");
        }
        (await _server.GetAsync($"/v1/admin/repos/{repo}")).MustBeProblem(401, "unauthorized");
        (await _server.GetAsync($"/v1/admin/repos/{repo}", (await RegisterAsync()).Token)).MustBeProblem(403, "forbidden");
    }

    private Task<string> AddTaskAsync(string repo, string fields = "") =>
        _server.AddTaskAsync(repo, $$""","required_skills":["{{_skill}}"]{{fields}}""");

    private Task<(string Id, string Token)> RegisterAsync(string fields = "") => _server.RegisterAsync($$""","skills":["{{_skill}}"]{{fields}}""");

    private async Task<string> SettingsAsync(string repo) =>
        (await _server.GetAsync($"/v1/admin/repos/{repo}", admin: Admin)).Json!["settings"]!.ToJsonString();

    private async Task<(int, string)> PatchAsync(string repo, string body)
    {
        var answer = await SendPatchAsync(repo, body);
        return (answer.Status, answer.Text("repo"));
    }

    private Task<Answer> SendPatchAsync(string repo, string body) => _server.SendAsync(
        HttpMethod.Patch, $"/v1/admin/repos/{repo}", new StringContent(body, Encoding.UTF8, "application/json"), admin: Admin);
}
