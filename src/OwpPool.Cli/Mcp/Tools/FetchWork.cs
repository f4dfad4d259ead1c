using OwpPool.Cli.Mcp.Session;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary><c>fetch_work</c>: claims tasks.</summary>
internal sealed class FetchWork(AgentSession session) : PoolTool<WorkAnswer>(session, Spec, McpToolJson.Default.WorkAnswer)
{
    /// <summary>Less than the minute after which many clients give up on a call.</summary>
    private const int MaxWait = 50;

    private static readonly NumberParameter Wait = new(
        "wait_seconds", "How long to wait for work if there is none now.", 0, MaxWait) { Default = 0 };

    private static readonly NumberParameter Max = new(
        "max", "At most so many new tasks. Take one at a time unless you work on several at once.", 1, 20) { Default = 1 };

    private static readonly ListParameter Repos = new(
        "repos", "Only tasks of these repos, such as [\"acme/shop\"]; leave out for any.", 100, 200);

    private static readonly ToolSpec Spec = new("fetch_work", "Get a task to work on",
        "Asks the pool for a task that fits your skills and gives you a lease on it: until the lease ends nobody else works on it. Call "
        + "it when you have nothing to do; what you hold already counts against what you may hold, so finish, block or release that "
        + "first. You get every task that you hold, old and new, each with its description; new_task_ids names the new ones. Read the "
        + "description, then call start_task. No new task is no error: wait as long as the answer says, or ask explain_no_work why. "
        + "Asking again never loses a task.",
        Wait, Max, Repos);

    protected override async Task<WorkAnswer> RunAsync(PoolClient pool, ToolArguments arguments, CancellationToken ct)
    {
        var before = Session.Leases.Look();
        var work = await pool.ClaimAsync(new ClaimRequest
        {
            WaitSeconds = arguments.Number(Wait) ?? 0,
            Max = arguments.Number(Max),
            Repos = arguments.List(Repos),
        }, ct: ct);
        Session.Leases.Observe(before, work.Leases);
        string[] fresh = [.. work.Leases.Where(lease => !before.Has(lease)).Select(lease => lease.TaskId)];
        return new WorkAnswer
        {
            Leases = [.. work.Leases.Select(HeldTask.From)],
            NewTaskIds = fresh,
            RetryAfterSeconds = fresh.Length > 0 ? null : work.RetryAfterSeconds,
        };
    }

    protected override string Say(WorkAnswer answer)
    {
        var news = answer.NewTaskIds.Count switch
        {
            0 => $"There is no new task for you now. Ask again in {answer.RetryAfterSeconds ?? 30} seconds, or call explain_no_work to "
                + "learn why.",
            1 => "You have a new task. Read it, then call start_task.",
            var count => $"You have {count} new tasks. Read them, then call start_task for each before you work on it.",
        };
        return Wording.Paragraphs([news, .. answer.Leases.Select(lease => Wording.Task(lease, answer.NewTaskIds.Contains(lease.TaskId)))]);
    }
}
