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

    /// <exception cref="UsageException">Nobody of the crew could ever take one of these tasks.</exception>
    public static void RequireSomebodyForEach(IEnumerable<TaskSummary> tasks, string path)
    {
        var problems = tasks.Select(task => (task.Title, Why: WhyNobody(task))).Where(task => task.Why is not null)
            .Select(task => $"{path}: '{task.Title}': {task.Why}").ToList();
        if (problems.Count > 0) throw new UsageException(string.Join(Environment.NewLine, problems));
    }

    private static string? WhyNobody(TaskSummary task)
    {
        if (task.Tier > MaxTier) return $"tier {task.Tier}: the demo's workers are new and may take tiers 0 to {MaxTier}";
        var able = Crew.Where(worker => task.RequiredSkills.All(skill => worker.Skills.Contains(skill, StringComparer.OrdinalIgnoreCase)));
        if (!able.Any())
        {
            var offered = string.Join("; ", Crew.Select(worker => $"{worker.Name}: {string.Join(", ", worker.Skills)}"));
            return $"no worker of the demo has all of [{string.Join(", ", task.RequiredSkills)}] ({offered})";
        }
        return able.All(worker => worker.CapacityPoints < task.EstimatePoints)
            ? $"{task.EstimatePoints} points are more than a worker of the demo with these skills takes" : null;
    }
}
