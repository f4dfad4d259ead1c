using OwpPool.Server.Tests.Support;
using OwpPool.Testing;

namespace OwpPool.Server.Tests.Tasks;

[Collection(SharedServer.Name)]
public sealed class TaskViewTests(SharedServer.Fixture shared)
{
    private const string Admin = TestServer.AdminToken;
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Get_WholeLife_IsToldFromTheBeginning()
    {
        var (token, lease) = await _server.LeaseAsync(taskFields: ""","description":"All of it","area":"src" """);
        var task = (string)lease["task_id"]!;
        await _server.PostAsync($"/v1/tasks/{task}/status", """{"status":"in_progress","message":"begun"}""", token);
        var pr = "https://github.com/acme/shop/pull/1";
        await _server.PostAsync($"/v1/tasks/{task}/status", $$"""{"status":"pr_opened","artifact":{"pr_url":"{{pr}}","extra":{"tests":3} } }""", token);

        var answer = await _server.GetAsync($"/v1/tasks/{task}", token);

        var view = answer.Json!;
        Assert.Equal((200, $"\"{view["version"]}\""), (answer.Status, answer.Headers["ETag"]));
        Assert.Equal((task, "pr_opened", "All of it", "begun", pr, 3), (answer.Text("task_id"), answer.Text("status"), answer.Text("description"),
            answer.Text("message"), (string?)view["artifact"]!["pr_url"], (int)view["artifact"]!["extra"]!["tests"]!));
        Assert.Equal(["task.created", "task.leased", "task.started", "task.pr_opened"], view["timeline"]!.AsArray().Select(past => (string)past!["type"]!));
        var attempt = Assert.Single(view["attempts"]!.AsArray())!;
        Assert.Equal(("pr_opened", false, (string?)lease["lease_id"]), ((string?)attempt["outcome"], (bool)attempt["counted"]!, (string?)attempt["lease_id"]));
        Assert.Null(view["lease"]);
        Assert.DoesNotContain("token_hash", answer.Body, StringComparison.Ordinal);
        // Lists and views name the id first.
        Assert.StartsWith($$"""{"task_id":"{{task}}",""", answer.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ByWhom_IsForAdminsAndTheHolder()
    {
        var (token, lease) = await _server.LeaseAsync();
        var task = (string)lease["task_id"]!;
        var (_, stranger) = await _server.RegisterAsync();
        Assert.Equal(200, (await _server.GetAsync($"/v1/tasks/{task}", token)).Status);
        Assert.Equal(200, (await _server.GetAsync($"/v1/tasks/{task}", admin: Admin)).Status);
        (await _server.GetAsync($"/v1/tasks/{task}", stranger)).MustBeProblem(404, "not_found");
        (await _server.GetAsync($"/v1/tasks/{task}")).MustBeProblem(401, "unauthorized");
        (await _server.GetAsync($"/v1/tasks/{task}", token[..^1] + (token[^1] == 'A' ? 'B' : 'A'))).MustBeProblem(401, "unauthorized");
        // Who says that it is the admin is held to it.
        (await _server.GetAsync($"/v1/tasks/{task}", token, admin: "wrong")).MustBeProblem(401, "unauthorized");
        foreach (var unknown in new[] { "t_nobody", "w_x", "t_%27", new string('t', 65) })
            (await _server.GetAsync($"/v1/tasks/{unknown}", admin: Admin)).MustBeProblem(404, "not_found");
    }

    [Theory]
    [InlineData("basic", false)]
    [InlineData("trusted", true)]
    public async Task Get_WordsOfAnEarlierHolder_AreToldToWorkersWhereItIsTrusted(string trust, bool told)
    {
        var (before, lease) = await _server.LeaseAsync();
        var task = (string)lease["task_id"]!;
        await _server.PostAsync($"/v1/tasks/{task}/status", """{"status":"in_progress","message":"first words"}""", before);
        await _server.PostAsync($"/v1/tasks/{task}/release", """{"reason":"last words"}""", before);
        var earlier = (await _server.GetAsync("/v1/workers/me", before)).Text("worker_id");
        Assert.Equal(200, (await _server.PostAsync($"/v1/workers/{earlier}/trust-tier", $$"""{"tier":"{{trust}}"}""", admin: Admin)).Status);
        var skills = (await _server.GetAsync($"/v1/tasks/{task}", admin: Admin)).Json!["required_skills"]!.ToJsonString();
        var (_, holder) = await _server.RegisterAsync($$""","skills":{{skills}}""");
        await Eventually.TrueAsync(async () => (await _server.GetAsync("/v1/work", holder)).Json!["leases"]!.AsArray().Count == 1, "the next lease");

        var answer = await _server.GetAsync($"/v1/tasks/{task}", holder);

        var attempt = Assert.Single(answer.Json!["attempts"]!.AsArray())!;
        Assert.Equal(("released", trust, told ? "last words" : null),
            ((string?)attempt["outcome"], (string?)attempt["trust_tier"], (string?)attempt["reason"]));
        Assert.Equal(told, answer.Body.Contains("first words", StringComparison.Ordinal));
        var all = (await _server.GetAsync($"/v1/tasks/{task}", admin: Admin)).Body;
        Assert.All(["first words", "last words"], words => Assert.Contains(words, all, StringComparison.Ordinal));
    }
}
