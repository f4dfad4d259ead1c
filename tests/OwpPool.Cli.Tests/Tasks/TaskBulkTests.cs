using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Tasks;

/// <summary>Many tasks at once, and their order of hand-out.</summary>
public sealed class TaskBulkTests : IClassFixture<CommandPool>, IDisposable
{
    private readonly CommandPool _pool;
    private readonly OwpShell _owp;

    public TaskBulkTests(CommandPool pool) => (_pool, _owp) = (pool, new OwpShell().At(pool.Pool));

    public void Dispose() => _owp.Dispose();

    [Fact]
    public async Task Bulk_Edit_AsksWithTheCountAndChangesWhatTheFilterFinds()
    {
        var repo = await _pool.NewRepoAsync();
        for (var i = 0; i < 3; i++) await _pool.NewTaskAsync(repo);
        string[] line = ["task", "bulk", "edit", "-R", repo, "--set", "priority=80", "--set", "area=src/x", "--set", "required_skills=sql, go"];

        var dry = await _owp.RunAsync([.. line, "--dry-run"]);
        var unasked = await _owp.RunAsync(line);
        _owp.Typed = "2\n";
        var wrong = await _owp.RunAsync(line);
        _owp.Typed = "3\n";
        var done = await _owp.RunAsync(line);

        Assert.Equal([["matched", "3"], ["would change", "3"], ["unchanged", "0"], ["refused", "0"], ["bulk id", ""]], dry.Cells());
        Assert.Equal(ExitCodes.Error, unasked.ExitCode);
        Assert.Contains("Changes 3 tasks of 3 that match. This is not a terminal", unasked.Error, StringComparison.Ordinal);
        Assert.NotEqual(ExitCodes.Done, wrong.ExitCode);
        Assert.Contains("Type 3 to go on", done.Error, StringComparison.Ordinal);
        Assert.StartsWith("b_", done.Cells()[4][1], StringComparison.Ordinal);
        await foreach (var task in _pool.Admin.ListTasksAsync(new TaskQuery { Repo = repo }))
            Assert.Equal((80, "src/x", "go,sql"), (task.Priority, task.Area, string.Join(',', task.RequiredSkills.Order())));
        Assert.Equal("3", (await _owp.RunAsync([.. line, "--yes"])).Cells()[2][1]);
    }

    [Fact]
    public async Task Bulk_MistypedOption_IsNoTask()
    {
        var result = await _owp.RunAsync(["task", "bulk", "cancel", "--stauts", "dead_letter", "--reason", "x", "--yes"]);

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.Contains("There is no option '--stauts'", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bulk_BlankFilter_ChangesNothing()
    {
        var repo = await _pool.NewRepoAsync();
        await _pool.NewTaskAsync(repo);

        var result = await _owp.RunAsync(["task", "bulk", "cancel", "--repo", "", "--reason", "x", "--yes"]);

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.Contains("filter.repo", result.Error, StringComparison.Ordinal);
        await foreach (var task in _pool.Admin.ListTasksAsync(new TaskQuery { Repo = repo })) Assert.Equal("ready", task.Status);
    }

    [Fact]
    public async Task Bulk_Refusals_AreGroupedByTheirReason()
    {
        var repo = await _pool.NewRepoAsync();
        var ids = new List<string>();
        for (var i = 0; i < 3; i++) ids.Add(await _pool.NewTaskAsync(repo));
        await _pool.Admin.CancelTaskAsync(ids[0], "No.");
        await _pool.Admin.CancelTaskAsync(ids[1], "No.");

        var json = await _owp.RunAsync(["task", "bulk", "requeue", .. ids, "--reason", "again", "--yes", "--json", "matched,refused"]);
        _owp.IsTerminal = true;
        _owp.Variables["NO_COLOR"] = "1";
        var table = await _owp.RunAsync(["task", "bulk", "requeue", .. ids, "--reason", "again", "--yes"]);

        Assert.Equal(ExitCodes.Error, json.ExitCode);
        Assert.Contains("\"reason\":\"wrong_phase\"", json.Output, StringComparison.Ordinal);
        Assert.Matches("REFUSED +REASON", table.Output);
        Assert.Matches(@"\n2 +A task that is cancelled cannot", table.Output);
    }

    [Fact]
    public async Task Bulk_WithoutTasksOrWithBadChanges_IsToldSo()
    {
        Assert.Contains("Say which tasks", (await _owp.RunAsync("task bulk cancel --reason x")).Error, StringComparison.Ordinal);
        Assert.Contains("Say which tasks", (await _owp.RunAsync("task bulk cancel t_1 --all --reason x")).Error, StringComparison.Ordinal);
        Assert.Contains("must be field=value", (await _owp.RunAsync("task bulk edit --all --set prio=1")).Error, StringComparison.Ordinal);
        Assert.Contains("must be a whole number", (await _owp.RunAsync("task bulk edit --all --set priority=high")).Error, StringComparison.Ordinal);
        var none = await _owp.RunAsync("task bulk cancel --repo acme/nowhere --reason x");
        Assert.Equal((ExitCodes.Done, "No task matches.\n"), (none.ExitCode, none.Error));
    }

    [Fact]
    public async Task List_Next_IsTheOrderOfHandOutWithWhatKeepsEachBack()
    {
        var repo = await _pool.NewRepoAsync(maxOpenPrs: 1);
        var low = await _pool.NewTaskAsync(repo);
        var high = (await _pool.Admin.AddTaskAsync(new TaskRequest(repo, "Now") { Priority = 90, RequiredSkills = [repo] })).TaskId;

        var lines = (await _owp.RunAsync($"task list --next -R {repo}")).Cells();

        Assert.Equal([(high, ""), (low, "a review")], lines.Select(cells => (cells[0], cells[1])));
        Assert.Contains("leave --sort out", (await _owp.RunAsync("task list --next --sort created")).Error, StringComparison.Ordinal);
    }
}
