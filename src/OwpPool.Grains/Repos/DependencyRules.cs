using OwpPool.Core.Shared;
using OwpPool.Grains.Hosting;

namespace OwpPool.Grains.Repos;

/// <summary>What a task may depend on.</summary>
public static class DependencyRules
{
    /// <summary>Why the task cannot wait for these; null = it can.</summary>
    public static async Task<Refusal?> WhyNotAsync(IPoolReader reader, string taskId, IReadOnlyList<string> needs)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(needs);
        if (needs.Count == 0) return null;
        if (needs.Contains(taskId)) return Refusal.Invalid("depends_on", "A task cannot depend on itself.");
        var phases = await reader.ReadPhasesAsync([.. needs], CancellationToken.None);
        if (needs.FirstOrDefault(id => !phases.ContainsKey(id)) is { } unknown) return Refusal.Invalid("depends_on", $"No task '{unknown}'.");
        return await reader.DependsOnAsync(needs, taskId, CancellationToken.None)
            ? Refusal.Invalid("depends_on", "The tasks would wait for each other.")
            : null;
    }
}
