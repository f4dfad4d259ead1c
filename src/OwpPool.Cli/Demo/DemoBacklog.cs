using OwpPool.Cli.Tasks;
using OwpPool.Client;

namespace OwpPool.Cli.Demo;

/// <summary>The file's tasks as the pool has them.</summary>
/// <param name="Tasks">All of them.</param>
/// <param name="Created">How many of them are new.</param>
internal sealed record DemoBacklog(IReadOnlyList<TaskSummary> Tasks, int Created)
{
    // Fewer than the crew could hold at once, so that the budget is seen to bind.
    private const int ReviewBudget = 4;

    /// <summary>Those in a status.</summary>
    public IEnumerable<string> In(string status) => Tasks.Where(task => task.Status == status).Select(task => task.TaskId);

    /// <summary>Adds the repo and the tasks of the file; what is there already is found, not doubled.</summary>
    /// <exception cref="UsageException">The file is faulty, or holds tasks that nobody of the crew could take.</exception>
    public static async Task<DemoBacklog> ImportAsync(PoolClient pool, string repo, string path, CancellationToken ct)
    {
        var file = await TaskFile.ReadAsync(path, TextReader.Null, ct);
        await pool.PutRepoAsync(new RepoRequest(repo) { MaxOpenPrs = ReviewBudget, AreaLocksEnabled = true }, ct);
        var added = await TaskFile.ImportAsync(path, () => pool.ImportTasksAsync(file, repo, ct: ct));
        var ids = added.TaskIds.ToHashSet(StringComparer.Ordinal);
        var tasks = await pool.ListTasksAsync(new TaskQuery { Repo = repo }, ct: ct).Where(task => ids.Contains(task.TaskId)).ToListAsync(ct);
        if (tasks.Count < ids.Count) throw new UsageException($"{path}: all tasks of a demo are of one repo: leave 'repo' out.");
        DemoProfile.RequireSomebodyForEach(tasks.Where(task => task.Status != DemoPhase.Merged), path);
        return new DemoBacklog(tasks, added.Created);
    }
}
