using OwpPool.Cli.TaskFiles;
using OwpPool.Client;

namespace OwpPool.Cli.Demo;

/// <summary>The file's tasks as the pool has them.</summary>
/// <param name="TaskIds">All of them.</param>
/// <param name="OldTaskIds">Those that were there already.</param>
internal sealed record DemoBacklog(IReadOnlyList<string> TaskIds, IReadOnlyList<string> OldTaskIds)
{
    // Fewer than the crew could hold at once, so that the budget is seen to bind.
    private const int ReviewBudget = 4;

    /// <summary>Adds the repo and the tasks; what is there already is found, not doubled.</summary>
    public static async Task<DemoBacklog> ImportAsync(PoolClient pool, string repo, IReadOnlyList<TaskEntry> entries, CancellationToken ct)
    {
        await pool.PutRepoAsync(new RepoRequest(repo) { MaxOpenPrs = ReviewBudget, AreaLocksEnabled = true }, ct);
        var ids = new Dictionary<TaskEntry, string>();
        var old = new List<string>();
        foreach (var entry in entries)
        {
            string[] needs = [.. TaskOrder.NeedsOf(entry, ids.Keys).Select(need => ids[need])];
            var added = await pool.AddTaskAsync(RequestOf(repo, entry, needs), ct);
            ids[entry] = added.TaskId;
            if (!added.IsNew) old.Add(added.TaskId);
        }
        return new DemoBacklog([.. ids.Values], old);
    }

    private static TaskRequest RequestOf(string repo, TaskEntry entry, string[] needs) => new(repo, entry.Title)
    {
        Description = entry.Description,
        EstimatePoints = entry.EstimatePoints,
        Priority = entry.Priority,
        RequiredSkills = entry.RequiredSkills,
        Area = entry.Area,
        Tier = entry.Tier,
        DependsOn = needs.Length == 0 ? null : needs,
        ExternalId = entry.ExternalId,
    };
}
