using System.Text;
using OwpPool.Server.Tests.Support;

namespace OwpPool.Server.Tests.Tasks;

/// <summary>What maintainers change of a task, and how they judge its work.</summary>
[Collection(SharedServer.Name)]
public sealed class MaintenanceTests(SharedServer.Fixture shared)
{
    private const string Admin = TestServer.AdminToken;
    private readonly TestServer _server = shared.Server;
    // All tests share one pool: what is left over here is for nobody else.
    private readonly string _skill = Path.GetRandomFileName();

    [Fact]
    public async Task Edit_WithTheETagThatWasSeen_ChangesTheTaskOnce()
    {
        var task = await AddTaskAsync(await _server.AddRepoAsync());
        var seen = await _server.GetAsync($"/v1/tasks/{task}", admin: Admin);

        var answer = await EditAsync(task, """{"title":"Mend the door","priority":50,"area":" Src/ "}""", seen.Headers["ETag"]);

        Assert.Equal((200, "Mend the door", 50), (answer.Status, answer.Text("title"), (int)answer.Json!["priority"]!));
        Assert.Equal($"\"{answer.Json["version"]}\"", answer.Headers["ETag"]);
        var after = await _server.GetAsync($"/v1/tasks/{task}", admin: Admin);
        Assert.Equal(answer.Headers["ETag"], after.Headers["ETag"]);
        Assert.Equal("Mend the roof", (string?)after.Json!["timeline"]!.AsArray()[^1]!["details"]!["title_before"]);
        var late = (await EditAsync(task, """{"title":"Mend the wall"}""", seen.Headers["ETag"])).MustBeProblem(412, "conflict");
        Assert.Equal("version_changed", (string?)late.Json!["details"]!["reason"]);
        // The same change again finds its own effect.
        Assert.Equal(200, (await EditAsync(task, """{"title":"Mend the door"}""", seen.Headers["ETag"])).Status);
    }

    [Theory]
    [InlineData(null, 428)]
    [InlineData("*", 200)]
    [InlineData("\"1\"", 200)]
    [InlineData("\"7\", \"1\"", 200)]
    [InlineData("\"0\"", 412)]
    [InlineData("W/\"1\"", 412)]
    [InlineData("\"abc\"", 412)]
    [InlineData("1", 400)]
    [InlineData("\"1\", *", 400)]
    [InlineData("\"", 400)]
    public async Task Edit_IfMatch_DecidesWhetherItIsTaken(string? ifMatch, int expected)
    {
        var task = await AddTaskAsync(await _server.AddRepoAsync());
        var answer = await EditAsync(task, """{"priority":50}""", ifMatch);
        Assert.Equal(expected, answer.Status);
        if (expected == 428) answer.MustBeProblem(428, "precondition_required");
        if (expected == 400) answer.MustReject("If-Match");
    }

    [Fact]
    public async Task Edit_Null_IsTheDefault()
    {
        var task = await AddTaskAsync(await _server.AddRepoAsync(),
            ""","description":"d","estimate_points":5,"priority":7,"tier":1,"area":"src","not_before":"2990-01-01T00:00:00Z" """);
        var answer = await EditAsync(task, """
            {"description":null,"estimate_points":null,"priority":null,"tier":null,"area":null,"required_skills":null,"not_before":null,"depends_on":null}
            """, "*");
        Assert.Equal(200, answer.Status);
        var after = (await _server.GetAsync($"/v1/tasks/{task}", admin: Admin)).Json!;
        Assert.Equal(("", 1, 10, 0), ((string)after["description"]!, (int)after["estimate_points"]!, (int)after["priority"]!, (int)after["tier"]!));
        Assert.True(after["area"] is null && after["eligible_at"] is null && after["required_skills"]!.AsArray().Count == 0);
        (await EditAsync(task, """{"title":null}""", "*")).MustReject("title");
        await ActAsync(task, "cancel", """{"reason":"anybody could take it"}""");
    }

    [Fact]
    public async Task Edit_Faults()
    {
        var (token, lease) = await _server.LeaseAsync();
        var task = (string)lease["task_id"]!;
        (await EditAsync(task, """{"title":" ","priority":1001,"estimate_points":0,"tier":"x","depends_on":["w_1"]}""", "*"))
            .MustReject("title", "priority", "estimate_points", "tier", "depends_on");
        var held = (await EditAsync(task, """{"area":"src"}""", "*")).MustBeProblem(409, "conflict");
        Assert.Equal(("wrong_phase", "leased"), ((string?)held.Json!["details"]!["reason"], (string?)held.Json["details"]!["phase"]));
        Assert.Equal(200, (await EditAsync(task, """{"title":"New words"}""", "*")).Status);
        (await EditAsync("t_nobody", """{"title":"x"}""", "*")).MustBeProblem(404, "not_found");
        (await EditAsync("w_x", """{"title":"x"}""", "*")).MustBeProblem(404, "not_found");
        (await EditAsync(task, """{"title":"x"}""", "*", admin: null)).MustBeProblem(401, "unauthorized");
        (await EditAsync(task, """{"title":"x"}""", "*", admin: null, worker: token)).MustBeProblem(403, "forbidden");
    }

    [Fact]
    public async Task Edit_Dependencies_AreHeldToAndNeverACircle()
    {
        var repo = await _server.AddRepoAsync();
        var (_, token) = await RegisterAsync();
        var first = await AddTaskAsync(repo);
        var second = await AddTaskAsync(repo, $$""","depends_on":["{{first}}"]""");
        var third = await AddTaskAsync(repo);
        Assert.Equal(200, (await EditAsync(third, $$"""{"depends_on":["{{second}}"]}""", "*")).Status);
        foreach (var circle in new[] { first, second, third })
            (await EditAsync(first, $$"""{"depends_on":["{{circle}}"]}""", "*")).MustReject("depends_on");
        (await EditAsync(first, """{"depends_on":["t_nobody"]}""", "*")).MustReject("depends_on");
        var work = await _server.PostAsync("/v1/claims", $$"""{"repos":["{{repo}}"]}""", token);
        Assert.Equal(first, (string)Assert.Single(work.Json!["leases"]!.AsArray())!["task_id"]!);
    }

    [Fact]
    public async Task Accept_UnderReview_MergesWithTheRatingInTheLog()
    {
        var (token, task) = await UnderReviewAsync(""","merge_authority":"maintainer" """);
        (await ActAsync(task, "accept", """{"rating":0}""")).MustReject("rating");
        (await ActAsync(task, "accept", """{"rating":6}""")).MustReject("rating");

        Assert.Equal("merged", (await ActAsync(task, "accept", """{"rating":5}""")).Text("status"));

        var view = (await _server.GetAsync($"/v1/tasks/{task}", token)).Json!;
        var merged = view["timeline"]!.AsArray().Last(past => (string?)past!["type"] == "task.merged")!["details"]!;
        Assert.Equal(("5", "maintainer", "maintainer"), ((string?)merged["rating"], (string?)merged["confirmed_by"], (string?)view["confirmed_by"]));
        Assert.Equal(200, (await ActAsync(task, "accept", "")).Status);
    }

    [Fact]
    public async Task Reject_ForChanges_GivesTheWorkBackToItsWorker()
    {
        var (token, task) = await UnderReviewAsync();

        Assert.Equal("in_progress", (await ActAsync(task, "reject", """{"reason":"too long","to":"in_progress"}""")).Text("status"));

        // The worker is told by its next request, whatever it is.
        var heartbeat = await _server.PostAsync("/v1/workers/heartbeat", "{}", token);
        Assert.Equal(task, (string)Assert.Single(heartbeat.Json!["leases"]!.AsArray())!["task_id"]!);
        Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{task}/status", """{"status":"pr_opened"}""", token)).Status);
    }

    [Fact]
    public async Task Reject_AreaTakenMeanwhile_IsAConflict()
    {
        var (_, task) = await UnderReviewAsync(taskFields: ""","area":"src" """);
        var repo = (await _server.GetAsync($"/v1/tasks/{task}", admin: Admin)).Text("repo");
        var (_, other) = await RegisterAsync();
        await AddTaskAsync(repo, ""","area":"SRC/" """);
        Assert.Single((await _server.PostAsync("/v1/claims", $$"""{"repos":["{{repo}}"]}""", other)).Json!["leases"]!.AsArray());

        var answer = (await ActAsync(task, "reject", """{"reason":"too long","to":"in_progress"}""")).MustBeProblem(409, "conflict");

        Assert.Equal("area_locked", (string?)answer.Json!["details"]!["reason"]);
        Assert.Equal("ready", (await ActAsync(task, "reject", """{"reason":"too long","to":"ready"}""")).Text("status"));
    }

    [Fact]
    public async Task ForceStatus_HeldTask_TurnsAwayWhatItsHolderStillReports()
    {
        var (token, lease) = await _server.LeaseAsync();
        var task = (string)lease["task_id"]!;

        Assert.Equal("pr_opened", (await ActAsync(task, "force-status", """{"status":"pr_opened","reason":"its tool crashed"}""")).Text("status"));

        var late = await _server.PostAsync($"/v1/tasks/{task}/status",
            $$"""{"status":"in_progress","lease_id":"{{lease["lease_id"]}}","fencing_token":{{lease["fencing_token"]}}}""", token);
        Assert.Equal("stale_token", (string?)late.MustBeProblem(409, "conflict").Json!["details"]!["reason"]);
        Assert.Equal("merged", (await ActAsync(task, "force-status", """{"status":"merged","reason":"by hand"}""")).Text("status"));
        var refused = (await ActAsync(task, "force-status", """{"status":"ready","reason":"again"}""")).MustBeProblem(400, "validation_error");
        Assert.Equal("merged", (string?)refused.Json!["details"]!["phase"]);
    }

    [Theory]
    [InlineData("force-status", "{}", "status", "reason")]
    [InlineData("force-status", """{"status":"in_progress","reason":"x"}""", "status")]
    [InlineData("force-status", """{"status":"READY","reason":" "}""", "status", "reason")]
    [InlineData("reject", "{}", "reason", "to")]
    [InlineData("reject", """{"reason":"x","to":"merged"}""", "to")]
    [InlineData("position", "{}", "position")]
    [InlineData("position", """{"position":"front","before":"t_1"}""", "position")]
    [InlineData("position", """{"position":"middle"}""", "position")]
    [InlineData("position", """{"before":"w_1"}""", "before")]
    [InlineData("position", """{"before":"t_nobody"}""", "before")]
    public async Task Act_BadFields_AreNamed(string verb, string body, params string[] fields)
    {
        var task = await AddTaskAsync(await _server.AddRepoAsync());
        (await ActAsync(task, verb, body)).MustReject(fields);
    }

    [Theory]
    [InlineData("accept", "{}")]
    [InlineData("reject", """{"reason":"x","to":"ready"}""")]
    [InlineData("force-status", """{"status":"ready","reason":"x"}""")]
    [InlineData("position", """{"position":"front"}""")]
    public async Task Act_UnknownTaskOrCaller_IsRefused(string verb, string body)
    {
        (await ActAsync("t_nobody", verb, body)).MustBeProblem(404, "not_found");
        (await ActAsync("w_x", verb, body)).MustBeProblem(404, "not_found");
        (await _server.PostAsync($"/v1/admin/tasks/t_any/{verb}", body)).MustBeProblem(401, "unauthorized");
        (await _server.PostAsync($"/v1/admin/tasks/t_any/{verb}", body, (await RegisterAsync()).Token)).MustBeProblem(403, "forbidden");
    }

    [Fact]
    public async Task Position_IsWhereTheNextWorkerFindsIt()
    {
        var repo = await _server.AddRepoAsync(""","max_open_prs":9""");
        var tasks = new List<string>();
        foreach (var priority in new[] { 30, 20, 10 }) tasks.Add(await AddTaskAsync(repo, $$""","priority":{{priority}}"""));

        Assert.Equal(0, (int)(await ActAsync(tasks[2], "position", """{"position":"front"}""")).Json!["ahead"]!);
        Assert.Equal(2, (int)(await ActAsync(tasks[0], "position", """{"position":"back"}""")).Json!["ahead"]!);
        Assert.Equal(1, (int)(await ActAsync(tasks[0], "position", $$"""{"before":"{{tasks[1]}}"}""")).Json!["ahead"]!);

        var (_, token) = await RegisterAsync(""","max_concurrent_tasks":9""");
        foreach (var expected in new[] { tasks[2], tasks[0], tasks[1] })
        {
            var work = await _server.PostAsync("/v1/claims", $$"""{"repos":["{{repo}}"],"max":1}""", token);
            Assert.Contains(work.Json!["leases"]!.AsArray(), lease => (string?)lease!["task_id"] == expected);
        }
        var held = (await ActAsync(tasks[0], "position", """{"position":"front"}""")).MustBeProblem(409, "conflict");
        Assert.Equal("leased", (string?)held.Json!["details"]!["phase"]);
    }

    [Fact]
    public async Task Act_WithAKey_IsReplayed()
    {
        var (_, task) = await UnderReviewAsync();
        foreach (var (verb, body) in new[] { ("reject", """{"reason":"x","to":"ready"}"""), ("position", """{"position":"front"}"""),
            ("force-status", """{"status":"cancelled","reason":"x"}""") })
        {
            var key = Keyed.NewKey();
            var first = await _server.PostKeyedAsync(key, $"/v1/admin/tasks/{task}/{verb}", body, admin: Admin);
            Assert.Equal(200, first.Status);
            (await _server.PostKeyedAsync(key, $"/v1/admin/tasks/{task}/{verb}", body, admin: Admin)).MustReplay(first);
        }
    }

    [Fact]
    public async Task Edit_WithAKey_IsReplayed()
    {
        var (task, key) = (await AddTaskAsync(await _server.AddRepoAsync()), Keyed.NewKey());
        var first = await SendAsync();
        Assert.Equal(200, first.Status);
        (await SendAsync()).MustReplay(first);

        Task<Answer> SendAsync() => EditAsync(task, """{"priority":77}""", "\"1\"", key: key);
    }

    private Task<string> AddTaskAsync(string repo, string fields = "") =>
        _server.AddTaskAsync(repo, $$""","required_skills":["{{_skill}}"]{{fields}}""");

    private Task<(string Id, string Token)> RegisterAsync(string fields = "") => _server.RegisterAsync($$""","skills":["{{_skill}}"]{{fields}}""");

    private async Task<(string Token, string TaskId)> UnderReviewAsync(string repoFields = "", string taskFields = "")
    {
        var (token, lease) = await _server.LeaseAsync(repoFields, taskFields);
        var task = (string)lease["task_id"]!;
        await _server.PostAsync($"/v1/tasks/{task}/status", """{"status":"in_progress"}""", token);
        Assert.Equal(200, (await _server.PostAsync($"/v1/tasks/{task}/status", """{"status":"pr_opened"}""", token)).Status);
        return (token, task);
    }

    private Task<Answer> ActAsync(string task, string verb, string body) => _server.PostAsync($"/v1/admin/tasks/{task}/{verb}", body, admin: Admin);

    private Task<Answer> EditAsync(
        string task, string body, string? ifMatch, string? admin = Admin, string? worker = null, string? key = null) =>
        _server.SendAsync(HttpMethod.Patch, $"/v1/admin/tasks/{task}", new StringContent(body, Encoding.UTF8, "application/json"), worker, admin,
            request =>
            {
                if (ifMatch is not null) request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
                if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
            });
}
