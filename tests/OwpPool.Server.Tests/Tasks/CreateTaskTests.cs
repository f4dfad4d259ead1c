using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Tasks;

[Collection(SharedServer.Name)]
public sealed class CreateTaskTests(SharedServer.Fixture shared)
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Create_TitleOnly_MakesATask()
    {
        var repo = await AddRepoAsync();
        var answer = await CreateAsync($$"""{"repo":"{{repo.ToUpperInvariant()}}","title":"Mend the roof"}""");
        Assert.Equal(201, answer.Status);
        Assert.Equal(["ok", "task_id"], answer.Json!.AsObject().Select(member => member.Key));
        Assert.True(Core.Shared.Ids.IsId(answer.Text("task_id"), Core.Shared.Ids.Task));
    }

    [Fact]
    public async Task Create_EverythingAtItsLimit_IsTaken()
    {
        var repo = await AddRepoAsync();
        var skills = string.Join(',', Enumerable.Range(0, 50).Select(i => $"\"{i:D64}\""));
        var answer = await CreateAsync(
            $$"""
            {"repo":"{{repo}}","title":"{{new string('t', 300)}}","description":"{{new string('d', 64 * 1024)}}","estimate_points":100,
             "priority":1000,"required_skills":[{{skills}}],"area":"{{new string('a', 120)}}","tier":3,"not_before":"2030-01-01T00:00:00Z",
             "depends_on":["{{await _server.AddTaskAsync(repo)}}"],"external_id":"{{new string('e', 200)}}"}
            """);
        Assert.Equal(201, answer.Status);
    }

    [Fact]
    public async Task Create_SameExternalIdInTheRepo_FindsTheFirst()
    {
        var (repo, other) = (await AddRepoAsync(), await AddRepoAsync());
        var first = await CreateAsync($$"""{"repo":"{{repo}}","title":"One","external_id":"issue/7"}""");
        var again = await CreateAsync($$"""{"repo":"{{repo}}","title":"Another title","external_id":" issue/7 "}""");
        var elsewhere = await CreateAsync($$"""{"repo":"{{other}}","title":"One","external_id":"issue/7"}""");
        Assert.Equal((201, 200, 201), (first.Status, again.Status, elsewhere.Status));
        Assert.Equal(first.Text("task_id"), again.Text("task_id"));
        Assert.NotEqual(first.Text("task_id"), elsewhere.Text("task_id"));
    }

    [Fact]
    public async Task Create_SameExternalIdAtOnce_MakesOneTask()
    {
        var repo = await AddRepoAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            CreateAsync($$"""{"repo":"{{repo}}","title":"T {{i}}","external_id":"x"}""")));
        Assert.Single(answers.Select(answer => answer.Text("task_id")).Distinct());
        Assert.Single(answers, answer => answer.Status == 201);
    }

    [Fact]
    public async Task Create_UnknownRepo_IsNotFound() =>
        (await CreateAsync("""{"repo":"nobody/nothing","title":"T"}""")).MustBeProblem(404, "not_found");

    [Theory]
    [InlineData("""{"title":"T"}""", "repo")]
    [InlineData("""{"repo":"","title":"T"}""", "repo")]
    [InlineData("""{"repo":"a/b/c","title":"T"}""", "repo")]
    [InlineData("""{"repo":"../etc","title":"T"}""", "repo")]
    [InlineData("""{"repo":"a b","title":"T"}""", "repo")]
    [InlineData("""{"repo":"a/","title":"T"}""", "repo")]
    [InlineData("""{"repo":"é","title":"T"}""", "repo")]
    [InlineData("""{"repo":7,"title":"T"}""", "repo")]
    [InlineData("""{"repo":"a"}""", "title")]
    [InlineData("""{"repo":"a","title":""}""", "title")]
    [InlineData("""{"repo":"a","title":"a\r\nERROR forged"}""", "title")]
    [InlineData("""{"repo":"a","title":["T"]}""", "title")]
    [InlineData("""{"repo":"a","title":"T","description":7}""", "description")]
    [InlineData("""{"repo":"a","title":"T","description":"\u0000"}""", "description")]
    [InlineData("""{"repo":"a","title":"T","estimate_points":0}""", "estimate_points")]
    [InlineData("""{"repo":"a","title":"T","estimate_points":101}""", "estimate_points")]
    [InlineData("""{"repo":"a","title":"T","estimate_points":"1"}""", "estimate_points")]
    [InlineData("""{"repo":"a","title":"T","priority":-1}""", "priority")]
    [InlineData("""{"repo":"a","title":"T","priority":1001}""", "priority")]
    [InlineData("""{"repo":"a","title":"T","priority":"high"}""", "priority")]
    [InlineData("""{"repo":"a","title":"T","required_skills":"rust"}""", "required_skills")]
    [InlineData("""{"repo":"a","title":"T","required_skills":[null]}""", "required_skills")]
    [InlineData("""{"repo":"a","title":"T","area":7}""", "area")]
    [InlineData("""{"repo":"a","title":"T","area":"a\nb"}""", "area")]
    [InlineData("""{"repo":"a","title":"T","tier":-1}""", "tier")]
    [InlineData("""{"repo":"a","title":"T","tier":4}""", "tier")]
    [InlineData("""{"repo":"a","title":"T","not_before":"tomorrow"}""", "not_before")]
    [InlineData("""{"repo":"a","title":"T","not_before":"2026-01-01T00:00:00"}""", "not_before")]
    [InlineData("""{"repo":"a","title":"T","not_before":1767225600}""", "not_before")]
    [InlineData("""{"repo":"a","title":"T","depends_on":"t_a"}""", "depends_on")]
    [InlineData("""{"repo":"a","title":"T","depends_on":["w_a"]}""", "depends_on")]
    [InlineData("""{"repo":"a","title":"T","depends_on":["t_a/b"]}""", "depends_on")]
    [InlineData("""{"repo":"a","title":"T","external_id":7}""", "external_id")]
    [InlineData("""{"repo":"a","title":"T","external_id":"a\u0000"}""", "external_id")]
    [InlineData("""{"estimate_points":"1","tier":9,"depends_on":[1]}""", "depends_on", "estimate_points", "repo", "tier", "title")]
    public async Task Create_BadField_IsNamed(string body, params string[] fields) => (await CreateAsync(body)).MustReject(fields);

    [Theory]
    [InlineData("title", 301)]
    [InlineData("description", 64 * 1024 + 1)]
    [InlineData("area", 121)]
    [InlineData("external_id", 201)]
    [InlineData("repo", 201)]
    public async Task Create_TooLong_IsNamed(string field, int length)
    {
        var body = new System.Text.Json.Nodes.JsonObject { ["repo"] = "a", ["title"] = "T", [field] = new string('x', length) };
        (await CreateAsync(body.ToJsonString())).MustReject(field);
    }

    /// <summary>A repo that hands out nothing: other tests' workers must not get these tasks.</summary>
    private Task<string> AddRepoAsync() => _server.AddRepoAsync(""","max_open_prs":0""");

    private Task<Answer> CreateAsync(string body) => _server.PostAsync("/v1/admin/tasks", body, admin: TestServer.AdminToken);
}
