using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary><c>owp task list</c>.</summary>
internal static class TaskListCommand
{
    private const int UsualLimit = 50;

    private static readonly string[] Phases =
        ["ready", "offered", "leased", "in_progress", "blocked", "pr_opened", "merged", "cancelled", "dead_letter"];

    private static readonly Option<string?> Repo = new("--repo", "-R") { Description = "Of this repo.", HelpName = "owner/name" };

    private static readonly Option<string[]> Status = new("--status", "--state")
    {
        Description = $"In one of these, comma-separated: {string.Join(", ", Phases)}.",
        HelpName = "a,b",
        CompletionSources = { _ => Phases.Select(phase => new System.CommandLine.Completions.CompletionItem(phase)) },
    };

    private static readonly Option<string?> Area = new("--area") { Description = "In this area of its repo.", HelpName = "path" };
    private static readonly Option<string?> Skill = new("--skill") { Description = "That asks for this skill.", HelpName = "skill" };
    private static readonly Option<string?> Worker = new("--worker") { Description = "Held or done by this worker.", HelpName = "name" };
    private static readonly Option<string?> Search = new("--search", "-q")
    {
        Description = "With this in its title or external id.",
        HelpName = "text",
    };

    private static readonly Option<int?> Tier = Numbers.Option("--tier", "Of this tier, 0 to 3.");
    private static readonly Option<string?> Sort = new("--sort") { Description = "Order; -created is the newest first [-created]." };
    private static readonly Option<int?> Limit = Numbers.Limit(UsualLimit);

    private static readonly Column<TaskSummary>[] Columns =
    [
        new("task", task => task.TaskId) { IsId = true },
        new("status", task => task.Status),
        new("prio", task => task.Priority) { Rank = 3 },
        new("points", task => task.EstimatePoints) { Rank = 5 },
        new("repo", task => task.Repo) { Rank = 2, Cuts = true },
        new("title", task => task.Title) { Cuts = true },
        new("worker", task => task.WorkerId) { Rank = 1, Cuts = true, Shown = task => task.WorkerName ?? task.WorkerId },
        new("pr", task => task.PrUrl) { Rank = 6 },
        new("updated", task => task.UpdatedAt) { Rank = 4 },
    ];

    static TaskListCommand() => Sort.AcceptOnlyFromAmong("-created", "created", "-priority", "-updated");

    public static Command Create() => new Command("list", "List tasks: all of them with the admin token, with a worker's its own.")
    {
        Repo, Status, Area, Skill, Worker, Search, Tier, Sort, Limit, AdminConnection.Token, WorkerConnection.Token, Answer.Json,
    }.Shows(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<TaskSummary>());
        var query = new TaskQuery
        {
            Repo = invocation.Get(Repo),
            Statuses = Words.Of(invocation.Get(Status)),
            Area = invocation.Get(Area),
            Skill = invocation.Get(Skill),
            Text = invocation.Get(Search),
            Tier = invocation.Get(Tier),
            Sort = invocation.Get(Sort),
        };
        using var pool = ReaderConnection.Open(invocation);
        if (invocation.Get(Worker) is { } worker) query = query with { WorkerId = await Lookup.WorkerAsync(pool, worker, ct) };
        var tasks = await Taking.FirstAsync(
            invocation, size => pool.ListTasksAsync(query, size, ct), Limit, UsualLimit, ct);
        invocation.Answer.WriteAll(tasks.Items, PoolWire.TypeOf<TaskSummary>(), "No tasks.", Columns);
        var total = tasks.HasMore && invocation.Host.IsOutputTerminal && AdminConnection.HasToken(invocation) ? await TotalAsync(pool, query, ct) : null;
        Taking.SayTotal(invocation, tasks, Limit, "task", total);
        return ExitCodes.Done;
    }

    /// <summary>How many there are, where the repos' own counts say it: lists are not counted.</summary>
    private static async Task<long?> TotalAsync(PoolClient pool, TaskQuery query, CancellationToken ct)
    {
        if (query with { Repo = null, Statuses = [], Sort = null } != new TaskQuery { Statuses = [] }) return null;
        return await pool.ListReposAsync(ct: ct)
            .Where(repo => query.Repo is null || string.Equals(repo.Repo, query.Repo, StringComparison.OrdinalIgnoreCase))
            .Select(repo => repo.Tasks.Where(tasks => query.Statuses.Count == 0 || query.Statuses.Contains(tasks.Key)).Sum(tasks => tasks.Value))
            .SumAsync(ct);
    }
}
