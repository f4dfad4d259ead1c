using OwpPool.Cli.Mcp.Session;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary><c>explain_no_work</c>: why the pool gives nothing.</summary>
internal sealed class ExplainNoWork(AgentSession session) : PoolTool<ExplainAnswer>(session, Spec, McpToolJson.Default.ExplainAnswer)
{
    private static readonly TaskIdParameter TaskId = new("task_id", "A task to explain; leave out for all.");

    private static readonly ToolSpec Spec = new("explain_no_work", "Ask why there is no work",
        "Tells why fetch_work gave you nothing: for each repo how many tasks are ready, how many you could take, and what keeps the "
        + "others from you (skills, points, review budget, an area that somebody works in, a pause); or the one reason for one task. It "
        + "changes nothing. Call it when fetch_work came back empty. Most reasons pass by themselves or need a maintainer: tell the "
        + "person you work for, and do not ask for work over and over.",
        TaskId) { IsReadOnly = true, IsIdempotent = true };

    protected override async Task<ExplainAnswer> RunAsync(PoolClient pool, ToolArguments arguments, CancellationToken ct)
    {
        var why = await pool.ExplainWorkAsync(arguments.Text(TaskId), ct);
        return new ExplainAnswer
        {
            Message = why.Message,
            Available = why.Available,
            FreePoints = why.FreePoints,
            FreeSlots = why.FreeSlots,
            Repos = why.Repos,
            Task = why.Task,
        };
    }

    protected override string Say(ExplainAnswer answer)
    {
        var free = $"Free: {answer.FreePoints} points, {answer.FreeSlots} of the tasks that you may hold.";
        string[] task = answer.Task is { } one ? [$"{one.TaskId} is {one.Phase}{(one.Reason is null ? "" : $": {one.Reason}")}."] : [];
        return string.Join('\n', [answer.Message, .. task, free, .. answer.Repos.Select(Say)]);
    }

    private static string Say(RepoExplanation repo)
    {
        string[] nothing = repo.Nothing is null ? [] : [repo.Nothing];
        var why = string.Join(", ", nothing.Concat(repo.Reasons.Select(reason => $"{reason.Value} {reason.Key}")));
        return $"- {repo.Repo}: {repo.Ready} ready, {repo.Takeable} for you, review budget {repo.BudgetUsed} of {repo.MaxOpenPrs} in use"
            + (why.Length == 0 ? "" : $"; kept from you: {why}");
    }
}
