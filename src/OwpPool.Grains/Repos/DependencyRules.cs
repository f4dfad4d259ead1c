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
        if (await WhyUnknownAsync(reader, needs) is { } unknown) return unknown;
        return await reader.DependsOnAsync(needs, taskId, CancellationToken.None)
            ? Refusal.Invalid("depends_on", "The tasks would wait for each other.")
            : null;
    }

    /// <summary>A refusal that names the first task that is not there; null = all are.</summary>
    public static async Task<Refusal?> WhyUnknownAsync(IPoolReader reader, IReadOnlyList<string> needs)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(needs);
        if (needs.Count == 0) return null;
        var phases = await reader.ReadPhasesAsync([.. needs], CancellationToken.None);
        return needs.FirstOrDefault(id => !phases.ContainsKey(id)) is { } unknown ? Refusal.Invalid("depends_on", $"No task '{unknown}'.") : null;
    }
}
