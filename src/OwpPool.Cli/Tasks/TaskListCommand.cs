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
    private static readonly Option<string?> Worker = new("--worker") { Description = "Held or done by this worker.", HelpName = "w_…" };
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
        new("task", task => task.TaskId),
        new("status", task => task.Status),
        new("prio", task => task.Priority) { Rank = 3 },
        new("points", task => task.EstimatePoints) { Rank = 4 },
        new("repo", task => task.Repo) { Rank = 1 },
        new("title", task => task.Title) { Wraps = true },
        new("worker", task => task.WorkerId) { Rank = 5 },
        new("updated", task => task.UpdatedAt) { Rank = 2 },
    ];

    static TaskListCommand() => Sort.AcceptOnlyFromAmong("-created", "created", "-priority", "-updated");

    public static Command Create() => new Command("list", "List tasks: all of them with the admin token, with a worker's its own.")
    {
        Repo, Status, Area, Skill, Worker, Search, Tier, Sort, Limit, AdminConnection.Token, WorkerConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<TaskSummary>());
        var query = new TaskQuery
        {
            Repo = invocation.Get(Repo),
            Statuses = Words.Of(invocation.Get(Status)),
            Area = invocation.Get(Area),
            Skill = invocation.Get(Skill),
            WorkerId = invocation.Get(Worker),
            Text = invocation.Get(Search),
            Tier = invocation.Get(Tier),
            Sort = invocation.Get(Sort),
        };
        using var pool = ReaderConnection.Open(invocation);
        var tasks = await Taking.FirstAsync(
            invocation, size => pool.ListTasksAsync(query, size, ct), Limit, UsualLimit, ct);
        invocation.Answer.WriteAll(tasks, PoolWire.TypeOf<TaskSummary>(), "No tasks.", Columns);
        return ExitCodes.Done;
    }
}
