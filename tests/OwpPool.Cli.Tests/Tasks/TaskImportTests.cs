using System.Text;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Tasks;

public sealed class TaskImportTests : IClassFixture<CommandPool>, IDisposable
{
    private readonly CommandPool _pool;
    private readonly OwpShell _owp;

    public TaskImportTests(CommandPool pool) => (_pool, _owp) = (pool, new OwpShell().At(pool.Pool));

    [Fact]
    public async Task Import_TenThousandTasks_AreAddedOnceAllOrNone()
    {
        const int count = 10_000;
        var repo = await _pool.NewRepoAsync();
        var file = new StringBuilder();
        for (var number = 0; number < count; number++)
            file.Append($"- title: Task {number}\n  priority: {number % 100}\n  required_skills: [sql]\n");
        var path = _owp.Home.Write("tasks.yaml", file.ToString());
        var faulty = _owp.Home.Write("faulty.yaml", file.ToString(0, file.Length - 1) + "\n  tier: 9\n");

        var refused = await _owp.RunAsync(["admin", "import-tasks", faulty, "--repo", repo]);
        Assert.Equal((ExitCodes.Error, ""), (refused.ExitCode, refused.Output));
        Assert.StartsWith($"{faulty}:{(count * 3) + 1}: tier: ", refused.Error, StringComparison.Ordinal);
        Assert.Empty(await _pool.Admin.ListTasksAsync(new TaskQuery { Repo = repo }).ToListAsync());
        var first = await _owp.RunAsync(["admin", "import-tasks", path, "--repo", repo, "--json", "created,existing"]);
        var again = await _owp.RunAsync(["task", "import", path, "--repo", repo]);

        Assert.Equal("""{"created":10000,"existing":0}""", first.Json().ToJsonString());
        Assert.Equal(
            [["created", "0"], ["updated", "0"], ["unchanged", "10000"], ["left unchanged although the file differs", "0"]], again.Cells());
        Assert.Equal(count, (await _pool.Admin.GetRepoAsync(repo)).Backlog.Ready);
    }

    [Fact]
    public async Task Import_DryRun_TellsWhatWouldBeAndAddsNothing()
    {
        var repo = await _pool.NewRepoAsync();
        await _pool.Admin.ImportTasksAsync("- title: A"u8.ToArray(), repo);
        _owp.Typed = """[{"title": "A"}, {"title": "B", "depends_on": ["A"]}]""";

        var result = await _owp.RunAsync($"task import - -R {repo} --dry-run");

        Assert.Equal([["would be created", "1"], ["would be updated", "0"], ["unchanged", "1"],
            ["left unchanged although the file differs", "0"]], result.Cells());
        Assert.Equal(1, await _pool.Admin.ListTasksAsync(new TaskQuery { Repo = repo }).CountAsync());
    }

    [Fact]
    public async Task Import_ChangedFile_IsLeftWithAHintAndUpdatedWhenAsked()
    {
        var repo = await _pool.NewRepoAsync();
        await _pool.Admin.ImportTasksAsync("- {title: A, external_id: a}\n- {title: B, external_id: b}"u8.ToArray(), repo);
        _owp.Typed = "- {title: A2, external_id: a, priority: 70}\n- {title: B, external_id: b}\n- {title: C, external_id: c}";

        var skipped = await _owp.RunAsync($"task import - -R {repo} --dry-run");
        var shown = await _owp.RunAsync($"task import - -R {repo} --on-existing update --dry-run --json tasks");
        Assert.Equal("A", (await TaskAsync(repo, "a")).Title);
        var updated = await _owp.RunAsync($"task import - -R {repo} --on-existing update");
        var again = await _owp.RunAsync($"task import - -R {repo}");

        Assert.Equal([["would be created", "1"], ["would be updated", "0"], ["unchanged", "1"],
            ["left unchanged although the file differs", "1"]], skipped.Cells());
        Assert.Contains("The file differs in title, priority. Add --on-existing update", skipped.Error, StringComparison.Ordinal);
        var tasks = shown.Json()["tasks"]!.AsArray();
        Assert.Equal(["updated title,priority", "created "], tasks.Select(task =>
            $"{task!["result"]} {string.Join(',', task["fields"]!.AsArray())}"));
        Assert.Equal(["1", "1", "1", "0"], updated.Cells().Select(line => line[1]));
        Assert.Equal(["0", "0", "3", "0"], again.Cells().Select(line => line[1]));
        var task = await TaskAsync(repo, "a");
        Assert.Equal(("A2", 70), (task.Title, task.Priority));
    }

    [Theory]
    [InlineData("- title: A", "No such repo")]
    [InlineData("- title: A\n  colour: red", "standard input:2: ")]
    [InlineData("title: A", "must be a list")]
    [InlineData("- title: [", "is not YAML")]
    [InlineData("", "must be a list")]
    public async Task Import_Faulty_SaysWhereAndAddsNothing(string file, string named)
    {
        _owp.Typed = file;

        foreach (var dryRun in new[] { "", " --dry-run" })
        {
            var result = await _owp.RunAsync($"task import - -R acme/none{dryRun}");
            Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
            Assert.Contains(named, result.Error, StringComparison.Ordinal);
            Assert.Contains("Nothing was added.", result.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Import_NoFile_NamesIt()
    {
        var missing = await _owp.RunAsync("task import /nowhere/tasks.yaml");
        var folder = await _owp.RunAsync(["task", "import", _owp.Home.FullPath]);

        Assert.Contains("There is no file /nowhere/tasks.yaml.", missing.Error, StringComparison.Ordinal);
        Assert.Contains("is a folder", folder.Error, StringComparison.Ordinal);
    }

    private async Task<TaskSummary> TaskAsync(string repo, string externalId) =>
        await _pool.Admin.ListTasksAsync(new TaskQuery { Repo = repo }).SingleAsync(task => task.ExternalId == externalId);

    public void Dispose() => _owp.Dispose();
}
