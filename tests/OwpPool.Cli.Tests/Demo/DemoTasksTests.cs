using OwpPool.Cli.Demo;
using OwpPool.Cli.TaskFiles;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.TaskFiles;

/// <summary>The file that the demo ships with shows what the pool can do.</summary>
public sealed class DemoTasksTests
{
    private readonly IReadOnlyList<TaskEntry> _entries = TaskFile.Read(TestedFiles.DemoTasks);

    [Fact]
    public void DemoTasks_AsShipped_AreVaried()
    {
        Assert.True(_entries.Count >= 12);
        Assert.True(_entries.Select(entry => entry.Area).OfType<string>().Distinct().Count() >= 3);
        Assert.True(_entries.Select(entry => entry.EstimatePoints).Distinct().Count() >= 3);
        Assert.True(_entries.Select(entry => entry.Priority).Distinct().Count() >= 3);
        Assert.Equal([0, 1], _entries.Select(entry => entry.Tier).Distinct().Order());
        Assert.Contains(_entries, entry => entry.DependsOn.Count > 0);
        Assert.All(_entries, entry => Assert.False(string.IsNullOrWhiteSpace(entry.Description)));
    }

    [Fact]
    public void DemoTasks_AsShipped_AreDoableAndNeedEveryWorker()
    {
        DemoProfile.RequireSomebodyForEach(_entries, TestedFiles.DemoTasks);
        Assert.All(DemoProfile.Crew, worker => Assert.Contains(
            _entries, entry => entry.RequiredSkills.Count > 0 && entry.RequiredSkills.All(skill => worker.Skills.Contains(skill))));
    }

    [Theory]
    [InlineData("- {title: A, tier: 2}", "tier 2")]
    [InlineData("- {title: A, required_skills: [cobol]}", "no worker of the demo has all of [cobol]")]
    [InlineData("- {title: A, required_skills: [sql, react]}", "no worker of the demo has all of [sql, react]")]
    [InlineData("- {title: A, estimate_points: 9}", "9 points are more than a worker")]
    [InlineData("- {title: A, estimate_points: 8, required_skills: [react]}", "8 points are more than a worker")]
    public void RequireSomebodyForEach_TaskForNobody_IsNamed(string yaml, string message)
    {
        var entries = TaskFile.Parse(yaml, "f.yaml");

        var failure = Assert.Throws<TaskFileException>(() => DemoProfile.RequireSomebodyForEach(entries, "f.yaml"));

        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
        Assert.StartsWith("f.yaml:1: ", failure.Message, StringComparison.Ordinal);
    }
}
