using OwpPool.Cli.Demo;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Demo;

/// <summary>The file that the demo ships with shows what the pool can do; one that nobody could work off is refused.</summary>
public sealed class DemoTasksTests(CommandPool pool) : IClassFixture<CommandPool>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task DemoTasks_AsShipped_AreVariedDoableAndNeedEveryWorker()
    {
        var repo = await pool.NewRepoAsync();
        await DemoBacklog.ImportAsync(pool.Admin, repo, TestedFiles.DemoTasks, CancellationToken.None);
        var tasks = new List<TaskDetails>();
        await foreach (var task in pool.Admin.ListTasksAsync(new TaskQuery { Repo = repo })) tasks.Add(await pool.Admin.GetTaskAsync(task.TaskId));

        Assert.True(tasks.Count >= 12);
        Assert.True(tasks.Select(task => task.Area).OfType<string>().Distinct().Count() >= 3);
        Assert.True(tasks.Select(task => task.EstimatePoints).Distinct().Count() >= 3);
        Assert.True(tasks.Select(task => task.Priority).Distinct().Count() >= 3);
        Assert.Equal([0, 1], tasks.Select(task => task.Tier).Distinct().Order());
        Assert.Contains(tasks, task => task.DependsOn.Count > 0);
        Assert.All(tasks, task => Assert.False(string.IsNullOrWhiteSpace(task.Description)));
        Assert.All(DemoProfile.Crew, worker => Assert.Contains(
            tasks, task => task.RequiredSkills.Count > 0 && task.RequiredSkills.All(skill => worker.Skills.Contains(skill))));
    }

    [Theory]
    [InlineData("- {title: A, tier: 2}", "'A': tier 2")]
    [InlineData("- {title: A, required_skills: [cobol]}", "'A': no worker of the demo has all of [cobol]")]
    [InlineData("- {title: A, required_skills: [sql, react]}", "'A': no worker of the demo has all of [sql, react]")]
    [InlineData("- {title: A, estimate_points: 9}", "'A': 9 points are more than a worker")]
    [InlineData("- {title: A, estimate_points: 8, required_skills: [react]}", "'A': 8 points are more than a worker")]
    [InlineData("- title: A\n  tier: 7", "tier: ")]
    public async Task Import_FileThatTheDemoCannotWorkOff_IsRefusedAndNamed(string yaml, string message)
    {
        var path = _folder.Write("f.yaml", yaml);
        var repo = await pool.NewRepoAsync();

        var failure = await Assert.ThrowsAsync<UsageException>(() => DemoBacklog.ImportAsync(pool.Admin, repo, path, CancellationToken.None));

        Assert.StartsWith($"{path}:", failure.Message, StringComparison.Ordinal);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_TaskOfAnotherRepo_IsRefused()
    {
        var (repo, other) = (await pool.NewRepoAsync(), await pool.NewRepoAsync());
        var path = _folder.Write("f.yaml", $"- title: A\n- title: B\n  repo: {other}");

        var failure = await Assert.ThrowsAsync<UsageException>(() => DemoBacklog.ImportAsync(pool.Admin, repo, path, CancellationToken.None));

        Assert.Contains("leave 'repo' out", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
