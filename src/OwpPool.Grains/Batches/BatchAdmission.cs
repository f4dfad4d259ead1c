using OwpPool.Core.Batches;
using OwpPool.Core.Shared;

namespace OwpPool.Grains.Batches;

/// <summary>Whether the repos of a batch would take its tasks. Asking changes nothing.</summary>
public static class BatchAdmission
{
    /// <summary>Asks each repo.</summary>
    /// <returns>The first refusal, with its repo's name; null = all would be taken.</returns>
    public static async Task<Refusal?> WhyNotAsync(IGrainFactory grains, IReadOnlyList<BatchTask> tasks)
    {
        var own = tasks.Select(task => task.TaskId).ToHashSet(StringComparer.Ordinal);
        foreach (var group in tasks.GroupBy(task => Names.CanonicalRepo(task.Repo), StringComparer.Ordinal))
        {
            var needs = group.SelectMany(task => task.Changes is { } changes ? changes.DependsOn ?? [] : task.Spec.DependsOn).Where(need => !own.Contains(need)).Distinct(StringComparer.Ordinal);
            var admit = new AdmitTasks([.. group.Where(task => task.Changes is null).Select(task => task.TaskId)], [.. needs]);
            if (await grains.GetRepo(group.Key).AdmitAsync(admit) is { } refusal)
                return refusal with { Message = $"{group.First().Repo}: {refusal.Message}" };
        }
        return null;
    }
}
