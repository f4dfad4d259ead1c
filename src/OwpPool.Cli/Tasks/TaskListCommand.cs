using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary><c>owp task list</c>.</summary>
internal static class TaskListCommand
{
    private const int UsualLimit = 50;

    private static readonly Option<string?> Sort = new("--sort")
    {
        Description = "Order: -created is the newest first, status_since the longest in its status, -attempts the most failures [-created].",
    };

    private static readonly Option<bool> Next = new("--next")
    {
        Description = "Ready tasks in the order in which they are given out, and what keeps each back.",
    };

    private static readonly Option<int?> Limit = Numbers.Limit(UsualLimit);

    private static readonly Column<TaskSummary>[] NextColumns =
    [
        new("task", task => task.TaskId) { IsId = true },
        new("waits for", task => WordsOf(task.WaitsFor, task.EligibleAt)),
        new("prio", task => task.Priority) { Rank = 2 },
        new("points", task => task.EstimatePoints) { Rank = 4 },
        new("repo", task => task.Repo) { Rank = 1, Cuts = true },
        new("title", task => task.Title) { Cuts = true },
        new("skills", task => task.RequiredSkills) { Rank = 5 },
        new("age", task => task.CreatedAt) { Rank = 3 },
    ];

    private static readonly Column<TaskSummary>[] Columns =
    [
        new("task", task => task.TaskId) { IsId = true },
        new("status", task => task.Status),
        new("prio", task => task.Priority) { Rank = 3 },
        new("points", task => task.EstimatePoints) { Rank = 5 },
        new("repo", task => task.Repo) { Rank = 2, Cuts = true },
        new("title", task => task.Title) { Cuts = true },
        new("failed", task => task.AttemptCount) { Rank = 7 },
        new("worker", task => task.WorkerId) { Rank = 1, Cuts = true, Shown = task => task.WorkerName ?? task.WorkerId },
        new("pr", task => task.PrUrl) { Rank = 6 },
        new("updated", task => task.UpdatedAt) { Rank = 4 },
    ];

    static TaskListCommand() => Sort.AcceptOnlyFromAmong("-created", "created", "-priority", "-updated", "status_since", "-attempts");

    public static Command Create() => new Command("list", "List tasks: all of them with the admin token, with a worker's its own.")
    {
        Sort, Next, Limit, AdminConnection.Token, WorkerConnection.Token, Answer.Json,
    }.With(TaskFilterOptions.All).Shows(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<TaskSummary>());
        if (invocation.Get(Next) && invocation.Has(Sort)) throw new UsageException("--next is an order of its own: leave --sort out.");
        using var reader = ReaderConnection.Open(invocation);
        var pool = reader.Pool;
        var query = await TaskFilterOptions.ReadAsync(invocation, pool, ct) with { Sort = invocation.Get(Next) ? "next" : invocation.Get(Sort) };
        var tasks = await Taking.FirstAsync(
            invocation, size => pool.ListTasksAsync(query, size, ct), Limit, UsualLimit, ct);
        invocation.Answer.WriteAll(
            tasks.Items, PoolWire.TypeOf<TaskSummary>(), "No tasks.", invocation.Get(Next) ? NextColumns : Columns);
        var total = tasks.HasMore && invocation.Host.IsOutputTerminal && reader.IsAdmin ? await TotalAsync(pool, query, ct) : null;
        Taking.SayTotal(invocation, tasks, Limit, "task", total);
        return ExitCodes.Done;
    }

    /// <summary>How many there are, where the repos' own counts say it: lists are not counted.</summary>
    private static async Task<long?> TotalAsync(PoolClient pool, TaskQuery query, CancellationToken ct)
    {
        if (query with { Repo = null, Statuses = [], Sort = null } != new TaskQuery { Statuses = [] }) return null;
        IReadOnlyList<string> statuses = query.Sort is "next" ? ["ready"] : query.Statuses;
        return await pool.ListReposAsync(ct: ct)
            .Where(repo => query.Repo is null || string.Equals(repo.Repo, query.Repo, StringComparison.OrdinalIgnoreCase))
            .Select(repo => repo.Tasks.Where(tasks => statuses.Count == 0 || statuses.Contains(tasks.Key)).Sum(tasks => tasks.Value))
            .SumAsync(ct);
    }

    /// <summary>What keeps a task back; null = nothing, it goes to the next worker that can take it.</summary>
    private static object? WordsOf(string? reason, DateTimeOffset? eligibleAt) => reason switch
    {
        "budget_exhausted" => "a review",
        "area_locked" => "its area",
        "dependency_open" => "another task",
        "dependency_dead" => "a task that will never be merged",
        "repo_paused" => "its repo (paused)",
        "pool_paused" => "the pool (paused)",
        "not_before" => eligibleAt,
        _ => reason,
    };
}
