using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Tasks;

/// <summary>A letter may be one code point or two: for people it is one (protocol §1).</summary>
[Collection(SharedServer.Name)]
public sealed class UnicodeFormTests(SharedServer.Fixture shared)
{
    private const string Admin = TestServer.AdminToken;
    private const string Composed = "M\u00FCller";
    private const string Decomposed = "Mu\u0308ller";

    private readonly TestServer _server = shared.Server;
    private readonly string _mark = Path.GetRandomFileName();

    [Fact]
    public async Task Area_TwoForms_IsOneArea()
    {
        var repo = await _server.AddRepoAsync();
        var (_, token) = await _server.RegisterAsync($$""","skills":["{{_mark}}"]""");
        foreach (var area in new[] { Composed, Decomposed })
            await _server.AddTaskAsync(repo, $$""","required_skills":["{{_mark}}"],"area":"src/{{area}}" """);

        Assert.Single((await _server.GetAsync("/v1/work?max=2", token)).Json!["leases"]!.AsArray());

        foreach (var area in new[] { Composed, Decomposed, Decomposed.ToUpperInvariant() })
        {
            var found = (await _server.GetAsync($"/v1/tasks?repo={repo}&area={Uri.EscapeDataString($"src/{area}")}", admin: Admin)).Json!["items"]!.AsArray();
            Assert.Equal(2, found.Count);
            Assert.All(found, task => Assert.Equal($"src/{Composed}", (string?)task!["area"]));
        }
        var locked = (await _server.GetAsync($"/v1/admin/repos/{repo}", admin: Admin)).Json!["locked_areas"]!.AsArray();
        Assert.Equal("src/m\u00FCller", (string?)Assert.Single(locked)!["area"]);
    }

    [Fact]
    public async Task Skill_TwoForms_IsOneSkill()
    {
        var repo = await _server.AddRepoAsync();
        var (id, token) = await _server.RegisterAsync($$""","skills":["{{_mark}}-{{Decomposed}}","{{_mark}}-{{Composed}}"]""");
        await _server.AddTaskAsync(repo, $$""","required_skills":["{{_mark}}-{{Composed.ToUpperInvariant()}}"]""");

        foreach (var skill in new[] { Composed, Decomposed })
        {
            var query = Uri.EscapeDataString($"{_mark}-{skill}");
            Assert.Single((await _server.GetAsync($"/v1/tasks?skill={query}", admin: Admin)).Json!["items"]!.AsArray());
            Assert.Equal(id, (string?)Assert.Single((await _server.GetAsync($"/v1/workers?skill={query}", admin: Admin)).Json!["items"]!.AsArray())!["worker_id"]);
        }
        Assert.Single((await _server.GetAsync("/v1/work", token)).Json!["leases"]!.AsArray());
        Assert.Single((await _server.GetAsync("/v1/workers/me", token)).Json!["skills"]!.AsArray());
    }

    [Fact]
    public async Task Text_AnyForm_IsKeptInNfc()
    {
        var repo = await _server.AddRepoAsync();
        var task = (await _server.PostAsync("/v1/admin/tasks",
            $$"""{"repo":"{{repo}}","title":"{{_mark}} {{Decomposed}}","description":"{{Decomposed}}","external_id":"{{Decomposed}}","required_skills":["{{_mark}}"]}""", admin: Admin)).Text("task_id");
        var again = await _server.PostAsync("/v1/admin/tasks", $$"""{"repo":"{{repo}}","title":"x","external_id":"{{Composed}}"}""", admin: Admin);

        Assert.Equal((200, task), (again.Status, again.Text("task_id")));
        var view = (await _server.GetAsync($"/v1/tasks/{task}", admin: Admin)).Json!;
        Assert.Equal(($"{_mark} {Composed}", Composed, Composed),
            ((string?)view["title"], (string?)view["description"], (string?)view["external_id"]));
        Assert.Single((await _server.GetAsync($"/v1/tasks?q={Uri.EscapeDataString($"{_mark} {Decomposed}")}", admin: Admin)).Json!["items"]!.AsArray());
    }

    [Fact]
    public async Task Text_HalfASurrogatePair_IsRefusedAndNotAnError()
    {
        var repo = await _server.AddRepoAsync();
        (await _server.PostAsync("/v1/admin/tasks", $$"""{"repo":"{{repo}}","title":"a","area":"\ud800"}""", admin: Admin)).MustReject("body");
        var found = await _server.GetAsync("/v1/tasks?area=%ED%A0%80&q=%ED%B0%80", admin: Admin);
        Assert.Equal(200, found.Status);
    }
}
