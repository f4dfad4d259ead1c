using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Tasks;

public sealed class TaskCommandTests : IClassFixture<CommandPool>, IDisposable
{
    private readonly CommandPool _pool;
    private readonly OwpShell _owp;

    public TaskCommandTests(CommandPool pool) => (_pool, _owp) = (pool, new OwpShell().At(pool.Pool));

    [Fact]
    public async Task Create_AllOptions_AreThoseOfTheTask()
    {
        var repo = await _pool.NewRepoAsync();
        var first = await _pool.NewTaskAsync(repo);

        var created = await _owp.RunAsync(["task", "create", "-R", repo, "--title", "Index orders", "--description", "All\nof it.",
            "--estimate", "3", "--priority", "80", "--required-skills", "sql, c#", "--required-skills", "ef", "--area", "src/orders",
            "--tier", "2", "--depends-on", first, "--not-before", "2036-01-18", "--external-id", "x-1", "--json", "id,created"]);
        var again = await _owp.RunAsync(["admin", "add-task", "--repo", repo, "--title", "Other", "--external-id", "x-1"]);

        var task = await _pool.Admin.GetTaskAsync((string)created.Json()["id"]!);
        Assert.Equal(("Index orders", "All\nof it.", 3, 80, 2),
            (task.Title, task.Description, task.EstimatePoints, task.Priority, task.Tier));
        Assert.Equal(["c#", "ef", "sql"], task.RequiredSkills.Order());
        Assert.Equal([first], task.DependsOn);
        Assert.Equal(new DateTimeOffset(2036, 1, 18, 0, 0, 0, TimeSpan.Zero), task.EligibleAt);
        Assert.True((bool)created.Json()["created"]!);
        Assert.Equal([["task", task.TaskId], ["created", "false"]], again.Cells());
        Assert.Contains("stays as it is", again.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2036-01-18T05:00:00.123456789Z", "2036-01-18T05:00:00.123Z")]
    [InlineData("2036-01-18T05:00:00.9999999999+01:00", "2036-01-18T04:00:00.999Z")]
    [InlineData("2036-01-18t05:00:00z", "2036-01-18T05:00:00.000Z")]
    [InlineData("2036-01-18T05:00:00", "2036-01-18T05:00:00.000Z")]
    [InlineData("2036-01-18", "2036-01-18T00:00:00.000Z")]
    public async Task Create_NotBeforeAsPeopleAndProgramsWriteIt_IsThatInstant(string text, string expected)
    {
        var created = await _owp.RunAsync(["task", "create", "-R", await _pool.NewRepoAsync(), "--title", "t", "--not-before", text, "--json", "id"]);

        var task = await _pool.Admin.GetTaskAsync((string)created.Json()["id"]!);
        Assert.Equal(expected, task.EligibleAt!.Value.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Theory]
    [InlineData("05:00", "is no instant")]
    [InlineData("01/02/2036", "is no instant")]
    [InlineData("9999-12-31", "1970 to 9998")]
    public async Task Create_NotBeforeThatIsNoInstant_SaysWhatIs(string text, string fault) =>
        Assert.Contains(fault, (await _owp.RunAsync(["task", "create", "-R", "a/b", "--title", "t", "--not-before", text])).Error, StringComparison.Ordinal);

    [Fact]
    public async Task List_FiltersAndFields_AreWhatWasAskedFor()
    {
        var repo = await _pool.NewRepoAsync();
        var ids = (await _pool.Admin.AddTasksAsync(
            [.. Enumerable.Range(0, 55).Select(number => NewTask(repo, number))])).TaskIds;

        var some = await _owp.RunAsync($"task list --repo {repo} --json id,status --limit 3 --sort created");
        var lines = await _owp.RunAsync($"task list --repo {repo} --status ready,blocked --tier 1");
        var many = await _owp.RunAsync($"task list --repo {repo}");
        var all = await _owp.RunAsync($"task list --repo {repo} --limit 1000");
        var none = await _owp.RunAsync($"task list --repo {repo} --status merged");

        Assert.Equal(3, some.Json().AsArray().Count);
        Assert.Equal("", some.Error);
        Assert.Equal($$"""{"id":"{{some.Json()[0]!["id"]}}","status":"ready"}""", some.Json()[0]!.ToJsonString());
        Assert.Equal(27, lines.Cells().Length);
        Assert.All(lines.Cells(), cells => Assert.Equal("ready", cells[1]));
        Assert.Equal(50, many.Cells().Length);
        Assert.Contains("The first 50 tasks; there are more. --limit 500 shows more.", many.Error, StringComparison.Ordinal);
        Assert.Equal(ids.Order(), all.Cells().Select(cells => cells[0]).Order());
        Assert.Equal(("", "No tasks.\n"), (none.Output, none.Error));
    }

    [Fact]
    public async Task List_OnATerminal_IsATableWithAHead()
    {
        var repo = await _pool.NewRepoAsync();
        var id = await _pool.NewTaskAsync(repo);
        _owp.IsTerminal = true;
        _owp.Variables["NO_COLOR"] = "1";

        var table = await _owp.RunAsync($"task list --repo {repo}");

        Assert.StartsWith("TASK", table.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', table.Output);
        Assert.DoesNotContain('\t', table.Output);
        Assert.All(table.Output.Split('\n'), line => Assert.True(line.TrimEnd().Length <= 80, line));
        Assert.Matches($"\n{id[..10]} +ready +.*Fix it", table.Output);
        Assert.Equal("1 task.\n", table.Error);
    }

    [Fact]
    public async Task View_Fields_AndExitStatusFollowTheTask()
    {
        var repo = await _pool.NewRepoAsync();
        var id = await _pool.NewTaskAsync(repo);

        var view = await _owp.RunAsync($"task view {id}");
        var fields = await _owp.RunAsync($"task view {id} --json title,timeline");
        Assert.Contains(view.Cells(), cells => cells is ["title", "Fix it"]);
        Assert.Equal("task.created", (string?)fields.Json()["timeline"]![0]!["type"]);
        Assert.EndsWith("Z", (string?)fields.Json()["timeline"]![0]!["at"], StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Pending, (await _owp.RunAsync($"task view {id} --exit-status")).ExitCode);
        await _pool.Admin.CancelTaskAsync(id, "No.");
        Assert.Equal(ExitCodes.Error, (await _owp.RunAsync($"task view {id} --exit-status")).ExitCode);
        _owp.IsTerminal = true;
        Assert.Contains("task.cancelled", (await _owp.RunAsync($"task view {id}")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Edit_VersionSeen_IsHeldToIt()
    {
        var id = await _pool.NewTaskAsync(await _pool.NewRepoAsync());

        var edited = await _owp.RunAsync(["task", "edit", id, "--priority", "99", "--area", "", "--if-version", "1", "--json", "version"]);
        var stale = await _owp.RunAsync($"task edit {id} --priority 1 --if-version 1");
        var nothing = await _owp.RunAsync($"task edit {id}");

        Assert.Equal(2, (int)edited.Json()["version"]!);
        Assert.Equal((ExitCodes.Error, ExitCodes.Error), (stale.ExitCode, nothing.ExitCode));
        Assert.Contains("412", stale.Error, StringComparison.Ordinal);
        Assert.Contains("Nothing to change", nothing.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cancel {0} --reason No", "cancelled")]
    [InlineData("force-status {0} cancelled --reason No", "cancelled")]
    public async Task Act_OnATerminal_IsDoneOnlyWhenConfirmed(string line, string status)
    {
        var id = await _pool.NewTaskAsync(await _pool.NewRepoAsync());
        line = "task " + line.Replace("{0}", id, StringComparison.Ordinal);

        var unasked = await _owp.RunAsync(line);
        _owp.Typed = "no\n";
        var wrong = await _owp.RunAsync(line);
        Assert.Equal((ExitCodes.Error, ExitCodes.Cancelled), (unasked.ExitCode, wrong.ExitCode));
        Assert.Contains("--yes", unasked.Error, StringComparison.Ordinal);
        Assert.Contains($"'Fix it'", wrong.Error, StringComparison.Ordinal);
        Assert.Equal("ready", (await _pool.Admin.GetTaskAsync(id)).Status);
        _owp.Typed = "y\n";

        Assert.Equal([["task", id], ["status", status]], (await _owp.RunAsync(line)).Cells());
    }

    [Fact]
    public async Task Cancel_Yes_AsksNobody()
    {
        var id = await _pool.NewTaskAsync(await _pool.NewRepoAsync());

        var result = await _owp.RunAsync($"task cancel {id} --reason No --yes --json");

        Assert.Equal("cancelled", (string?)result.Json()["status"]);
    }

    [Fact]
    public async Task Move_Before_SaysHowManyAreAhead()
    {
        var repo = await _pool.NewRepoAsync();
        var (first, second) = (await _pool.NewTaskAsync(repo), await _pool.NewTaskAsync(repo));

        Assert.Equal(0, (int)(await _owp.RunAsync($"task move {second} --before {first} --json")).Json()["ahead"]!);
        Assert.Equal(ExitCodes.Error, (await _owp.RunAsync($"task move {second} --front --back")).ExitCode);
    }

    [Fact]
    public async Task Review_AcceptRejectRequeue_LeadWhereTheySay()
    {
        var repo = await _pool.NewRepoAsync();
        var id = await _pool.NewTaskAsync(repo);
        await _owp.RunAsync($"worker register --name ada --skills {repo}");
        using var worker = _pool.Admin.AsWorker(TokenOf());
        await worker.ClaimAsync(new ClaimRequest { WaitSeconds = 30 });

        var opened = $"worker report {id} pr_opened --pr https://github.com/{repo}/pull/7";
        Assert.Equal(1, (int)(await _owp.RunAsync("worker status --json load")).Json()["load"]!["tasks"]!);
        Assert.Equal("in_progress", (await _owp.RunAsync($"worker report {id} in_progress -m Begun")).Cells()[1][1]);
        Assert.Equal("pr_opened", (await _owp.RunAsync(opened)).Cells()[1][1]);
        Assert.Equal("in_progress", (await _owp.RunAsync($"task reject {id} --reason Tests")).Cells()[1][1]);
        Assert.Equal("ready", (await _owp.RunAsync($"task requeue {id} --reason Ill")).Cells()[1][1]);
        await worker.ClaimAsync(new ClaimRequest { WaitSeconds = 30 });
        Assert.Equal("pr_opened", (await _owp.RunAsync(opened)).Cells()[1][1]);
        Assert.Equal("merged", (await _owp.RunAsync($"task accept {id} --rating 4")).Cells()[1][1]);
    }

    [Fact]
    public async Task Logs_OfATask_AreItsLines()
    {
        var repo = await _pool.NewRepoAsync();
        var id = await _pool.NewTaskAsync(repo);
        await _owp.RunAsync($"worker register --name ada --skills {repo}");
        using var worker = _pool.Admin.AsWorker(TokenOf());
        await worker.ClaimAsync(new ClaimRequest { WaitSeconds = 30 });
        NewLogLine[] said = [new("one"), new("two") { Level = "warn", Stage = "build" }];
        await worker.AppendLogsAsync(id, new LogRequest(said));

        var lines = await _owp.RunAsync($"task logs {id}");
        var json = await _owp.RunAsync($"task logs {id} --json message");

        Assert.Equal([["info", "", "one"], ["warn", "build", "two"]], lines.Cells().Select(cells => cells[1..]));
        Assert.Equal("{\"message\":\"one\"}\n{\"message\":\"two\"}\n", json.Output);
    }

    [Theory]
    [InlineData("task view t_none", 1, "No such task. 'owp task list'")]
    [InlineData("task create -R acme/none --title A --estimate 0", 1, "is not valid:\n  estimate_points: must be")]
    [InlineData("task list --json id,nme", 1, "task_id")]
    [InlineData("task list --limit many", 1, "--limit 'many' must be a whole number")]
    [InlineData("task list --limit 0", 1, "at least 1")]
    [InlineData("task list --status done", 1, "status")]
    [InlineData("task create -R acme/none --title A", 1, "No such repo. 'owp repo create' adds it")]
    [InlineData("task create -R acme/none", 1, "--title")]
    [InlineData("task cancel t_none", 1, "--reason")]
    [InlineData("task list --admin-token wrong-token", 4, "401 unauthorized): The admin token is missing, wrong, expired or revoked. Set OWP_ADMIN_TOKEN")]
    [InlineData("task list --token owpw_w_1.x", 4, "Register again with 'owp worker register'")]
    public async Task Any_SomethingWrong_SaysWhatAndHasItsCode(string line, int code, string named)
    {
        var result = await _owp.RunAsync(line);

        Assert.Equal((code, ""), (result.ExitCode, result.Output));
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_WithAWorkersTokenOnly_IsItsOwn()
    {
        var repo = await _pool.NewRepoAsync();
        var id = await _pool.NewTaskAsync(repo);
        await _pool.NewTaskAsync(repo, "Another");
        await _owp.RunAsync($"worker register --name ada --skills {repo}");
        _owp.Variables.Remove("OWP_ADMIN_TOKEN");
        using var worker = _pool.Admin.AsWorker(TokenOf());
        await worker.ClaimAsync(new ClaimRequest { WaitSeconds = 30, Max = 1 });

        Assert.Equal(id, Assert.Single((await _owp.RunAsync("task list")).Cells())[0]);
    }

    public void Dispose() => _owp.Dispose();

    private static TaskRequest NewTask(string repo, int number) =>
        new(repo, $"Task {number}") { Tier = number % 2, RequiredSkills = [repo] };

    private string TokenOf() =>
        (string)System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(_owp.ConfigPath))!["profiles"]!["ada"]!["token"]!;
}
