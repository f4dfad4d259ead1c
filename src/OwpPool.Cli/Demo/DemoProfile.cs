using OwpPool.Cli.TaskFiles;
using OwpPool.Client;

namespace OwpPool.Cli.Demo;

/// <summary>One simulated worker: who it is and what it can do.</summary>
internal sealed record DemoProfile(string Name, IReadOnlyList<string> Skills, int CapacityPoints, int MaxConcurrentTasks)
{
    /// <summary>A new worker is basic, and by default a repo gives those tiers 0 and 1.</summary>
    public const int MaxTier = 1;

    /// <summary>The three that the demo starts.</summary>
    public static IReadOnlyList<DemoProfile> Crew { get; } =
    [
        new("ada", ["csharp", "sql"], 8, 2),
        new("lin", ["typescript", "react", "css", "accessibility"], 5, 2),
        new("sam", ["docker", "linux", "ci", "writing"], 5, 2),
    ];

    public RegisterRequest ToRequest() =>
        new(Name) { Skills = Skills, CapacityPoints = CapacityPoints, MaxConcurrentTasks = MaxConcurrentTasks };

    /// <exception cref="TaskFileException">Nobody of the crew could ever take one of these tasks.</exception>
    public static void RequireSomebodyForEach(IEnumerable<TaskEntry> entries, string path)
    {
        var problems = entries.Select(WhyNobody).OfType<TaskFileProblem>().ToList();
        if (problems.Count > 0) throw new TaskFileException(path, problems);
    }

    private static TaskFileProblem? WhyNobody(TaskEntry entry)
    {
        if (entry.Tier > MaxTier)
            return new(entry.Line, $"tier {entry.Tier}: the demo's workers are new and may take tiers 0 to {MaxTier}");
        var able = Crew.Where(worker => entry.RequiredSkills.All(skill => worker.Skills.Contains(skill, StringComparer.OrdinalIgnoreCase)));
        if (!able.Any())
        {
            var offered = string.Join("; ", Crew.Select(worker => $"{worker.Name}: {string.Join(", ", worker.Skills)}"));
            return new(entry.Line, $"no worker of the demo has all of [{string.Join(", ", entry.RequiredSkills)}] ({offered})");
        }
        if (able.All(worker => worker.CapacityPoints < entry.EstimatePoints))
            return new(entry.Line, $"{entry.EstimatePoints} points are more than a worker of the demo with these skills takes");
        return null;
    }
}
