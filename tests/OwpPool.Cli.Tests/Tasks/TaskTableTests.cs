using OwpPool.Cli.Tests.Support;
using OwpPool.Client;
using Spectre.Console;

namespace OwpPool.Cli.Tests.Tasks;

/// <summary>Lists as people see them: one line a task at any width, and ids that may be typed as they are shown.</summary>
public sealed class TaskTableTests : IClassFixture<CommandPool>, IDisposable
{
    private readonly CommandPool _pool;
    private readonly OwpShell _owp;

    public TaskTableTests(CommandPool pool)
    {
        (_pool, _owp) = (pool, new OwpShell().At(pool.Pool));
        _owp.Variables["NO_COLOR"] = "1";
        _owp.IsTerminal = true;
    }

    [Theory]
    [InlineData(80)]
    [InlineData(140)]
    public async Task List_AnyWidth_IsOneLineATaskWithNamesAndTheTotal(int width)
    {
        var (repo, worker) = await ReviewAsync();
        for (var i = 0; i < 9; i++) await _pool.NewTaskAsync(repo, $"Task {i}: " + new string('長', 80));
        _owp.Width = width;

        var table = await _owp.RunAsync($"task list --repo {repo} --limit 8");

        var lines = table.Output.TrimEnd('\n').Split('\n');
        Assert.Equal(9, lines.Length);
        Assert.All(lines, line => Assert.True(line.TrimEnd().GetCellWidth() <= width, line));
        Assert.All(lines[1..], line => Assert.Contains("…", line, StringComparison.Ordinal));
        Assert.Equal("8 of 10 tasks.\n", table.Error);
        var all = await _owp.RunAsync($"task list --repo {repo} --sort created --status pr_opened");
        Assert.Contains(worker, all.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("w_", all.Output, StringComparison.Ordinal);
        Assert.Equal(width == 140, all.Output.Contains($"https://github.com/{repo}/pull/7", StringComparison.Ordinal));
    }

    [Fact]
    public async Task List_EveryShownId_IsAcceptedByCommands()
    {
        var repo = await _pool.NewRepoAsync();
        var ids = (await _pool.Admin.AddTasksAsync([.. Enumerable.Range(0, 60).Select(i => new TaskRequest(repo, $"Task {i}"))])).TaskIds;
        var shown = (await _owp.RunAsync($"task list --repo {repo} --limit 100")).Output.TrimEnd('\n').Split('\n')[1..]
            .Select(line => line.Split(' ')[0]).ToList();
        Assert.Equal(ids.Count, shown.Distinct().Count());

        foreach (var prefix in shown)
        {
            Assert.InRange(prefix.Length, 10, 14);
            var view = await _owp.RunAsync($"task view {prefix} --json id");
            Assert.Equal(Assert.Single(ids, id => id.StartsWith(prefix, StringComparison.Ordinal)), (string?)view.Json()["id"]);
        }
    }

    [Fact]
    public async Task Prefix_WhereverAnIdIsTaken_IsThatId()
    {
        var (repo, worker) = await ReviewAsync();
        var ids = (await _pool.Admin.AddTasksAsync([.. Enumerable.Range(0, 2).Select(i => new TaskRequest(repo, $"Task {i}"))])).TaskIds;
        var holder = await _pool.Admin.ListWorkersAsync(new WorkerQuery { Name = worker }).SingleAsync();
        var (first, second) = (ids[0][..14], ids[1][..14]);
        await _owp.RunAsync($"worker register --name {Path.GetRandomFileName()} --profile explains");
        _owp.IsTerminal = false;

        Assert.Equal(["task.created"], await JqAsync($"events --target {first} --jq .event_type"));
        Assert.Equal([ids[0]], await JqAsync($"audit list --target {first} --jq .[].target"));
        Assert.Equal([holder.WorkerId], (await JqAsync($"audit list --actor {holder.WorkerId[..14]} --jq .[].actor")).Distinct());
        var explained = await _owp.RunAsync($"worker explain {first} --profile explains --server {_pool.Pool.Address} --json task");
        Assert.Equal(ids[0], (string?)explained.Json()["task"]!["task_id"]);
        var edit = await _owp.RunAsync($"task bulk edit {first} --set depends_on={second} --yes");
        Assert.Equal(ExitCodes.Done, edit.ExitCode);
        Assert.Equal([ids[1]], (await _pool.Admin.GetTaskAsync(ids[0])).DependsOn);

        async Task<string[]> JqAsync(string line) => (await _owp.RunAsync(line)).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public async Task List_WithAWorkersToken_ShowsItsTasksAndWatchingNeedsAnAdmin()
    {
        var repo = await _pool.NewRepoAsync();
        await _pool.NewTaskAsync(repo);
        var worker = await _pool.Admin.RegisterAsync(new RegisterRequest("ada" + repo[^1]) { Skills = [repo] });
        using var client = _pool.Admin.AsWorker(worker.Token);
        var lease = (await client.ClaimAsync(new ClaimRequest { WaitSeconds = 30, Repos = [repo] })).Leases.Single();

        var list = await _owp.RunAsync(["task", "list", "--token", worker.Token, "--limit", "1"]);

        Assert.Equal((ExitCodes.Done, "1 task.\n"), (list.ExitCode, list.Error));
        Assert.Contains(lease.TaskId[..10], list.Output, StringComparison.Ordinal);
        _owp.Variables.Remove("OWP_ADMIN_TOKEN");
        var watch = await _owp.RunAsync(["task", "list", "--token", worker.Token, "--watch"]);
        Assert.Equal(ExitCodes.NeedsAuth, watch.ExitCode);
        Assert.Contains("--watch follows the pool's events", watch.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Prefix_OfSeveral_IsRefusedWithTheCandidatesAndNothingIsDone()
    {
        var repo = await _pool.NewRepoAsync();
        var ids = (await _pool.Admin.AddTasksAsync([.. Enumerable.Range(0, 300).Select(i => new TaskRequest(repo, $"Task {i}"))])).TaskIds;
        var several = Enumerable.Range(6, 10).SelectMany(length => ids.GroupBy(id => id[..length])).First(group => group.Count() is > 1 and < 10);

        var result = await _owp.RunAsync($"task cancel {several.Key} --reason No --yes");

        Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
        Assert.Contains($"Several tasks have an id that begins with '{several.Key}':", result.Error, StringComparison.Ordinal);
        Assert.All(several, id => Assert.Contains($"  {id}  ready  Task ", result.Error, StringComparison.Ordinal));
        Assert.Equal(300, (await _pool.Admin.GetRepoAsync(repo)).Backlog.Ready);
    }

    [Fact]
    public async Task Cancel_SeveralIds_CancelsEachAndSaysWhichWasRefused()
    {
        var repo = await _pool.NewRepoAsync();
        string[] ids = [await _pool.NewTaskAsync(repo), await _pool.NewTaskAsync(repo), await _pool.NewTaskAsync(repo)];
        _owp.IsTerminal = false;

        var first = await _owp.RunAsync($"task cancel {ids[0]} {ids[1]} --reason No --yes --json id,status");
        var second = await _owp.RunAsync($"task accept {ids[1]} {ids[2]}");

        Assert.Equal(["cancelled", "cancelled"], first.Json().AsArray().Select(task => (string)task!["status"]!));
        Assert.Equal(ExitCodes.Error, second.ExitCode);
        Assert.All(ids[1..], id => Assert.Contains($"{id}: ", second.Error, StringComparison.Ordinal));
        Assert.Equal("ready", (await _pool.Admin.GetTaskAsync(ids[2])).Status);
    }

    [Fact]
    public async Task Worker_ByName_IsFoundWhereOneHasItAndElseRefused()
    {
        var name = Path.GetRandomFileName();
        await _owp.RunAsync($"worker register --name {name} --profile one");
        _owp.IsTerminal = false;

        Assert.Contains((await _owp.RunAsync($"admin worker view {name}")).Cells(), cells => cells is ["name", _] && cells[1] == name);
        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync($"task list --worker {name}")).ExitCode);
        Assert.Contains($"No worker has the name '{name}x'", (await _owp.RunAsync($"admin worker pause {name}x")).Error, StringComparison.Ordinal);
        await _owp.RunAsync($"worker register --name {name} --profile two");
        var several = await _owp.RunAsync($"admin worker pause {name}");
        Assert.Equal(ExitCodes.Error, several.ExitCode);
        Assert.Contains($"Several workers have the name '{name}':", several.Error, StringComparison.Ordinal);
        Assert.Equal(2, several.Error.Split('\n').Count(line => line.StartsWith("  w_", StringComparison.Ordinal)));
    }

    public void Dispose() => _owp.Dispose();

    /// <summary>A repo with a task under review, and who did it.</summary>
    private async Task<(string Repo, string Worker)> ReviewAsync()
    {
        var repo = await _pool.NewRepoAsync();
        var id = await _pool.NewTaskAsync(repo, "Reviewed: " + new string('x', 200));
        var name = "ada" + repo[^1];
        var worker = await _pool.Admin.RegisterAsync(new RegisterRequest(name) { Skills = [repo] });
        using var client = _pool.Admin.AsWorker(worker.Token);
        await client.ClaimAsync(new ClaimRequest { WaitSeconds = 30, Repos = [repo] });
        await client.ReportAsync(id, new ReportRequest(ReportedStatus.InProgress));
        await client.ReportAsync(id, new ReportRequest(ReportedStatus.PrOpened)
        {
            Artifact = new Artifact { PrUrl = new Uri($"https://github.com/{repo}/pull/7") },
        });
        return (repo, name);
    }
}
