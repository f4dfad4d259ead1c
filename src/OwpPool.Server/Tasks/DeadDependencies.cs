using OwpPool.Core.Tasks;
using OwpPool.Storage;
using OwpPool.Server.Hosting.OpenApi;

namespace OwpPool.Server.Tasks;

/// <summary>A task that others wait for in vain.</summary>
public sealed record DeadDependency
{
    /// <summary>The task, of the same repo or another.</summary>
    public required string TaskId { get; init; }

    /// <summary>cancelled or dead_letter.</summary>
    [OneOf(nameof(WordLists.TaskStatus))]
    public required string Status { get; init; }
}

/// <summary>Finds what ready tasks wait for in vain; one look for many tasks.</summary>
internal sealed class DeadDependencies
{
    private readonly IReadOnlyDictionary<string, string> _phases;

    private DeadDependencies(IReadOnlyDictionary<string, string> phases) => _phases = phases;

    /// <summary>Looks at what the tasks depend on.</summary>
    public static async Task<DeadDependencies> LookAsync(
        SqliteStorage storage, IEnumerable<TaskState> tasks, CancellationToken cancellationToken)
    {
        var needs = tasks.SelectMany(NeedsOf).ToHashSet(StringComparer.Ordinal);
        return new DeadDependencies(needs.Count == 0 ? new Dictionary<string, string>()
            : await storage.ReadModel.ReadPhasesAsync(needs, cancellationToken));
    }

    /// <summary>What one of them waits for in vain.</summary>
    public IReadOnlyList<DeadDependency> Of(TaskState task) =>
    [
        .. from need in NeedsOf(task)
           where _phases.TryGetValue(need, out var phase) && TaskPhases.Parse(phase).IsDeadEnd()
           select new DeadDependency { TaskId = need, Status = _phases[need] },
    ];

    /// <summary>Who was granted a task once found all of it merged.</summary>
    private static IReadOnlyList<string> NeedsOf(TaskState task) => task is { Phase: TaskPhase.Ready, Token: 0 } ? task.DependsOn : [];
}
