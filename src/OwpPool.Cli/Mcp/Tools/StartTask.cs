using OwpPool.Cli.Mcp.Session;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary><c>start_task</c>: leased or blocked becomes in progress.</summary>
internal sealed class StartTask(AgentSession session) : ReportTool(session, Spec)
{
    private static readonly TextParameter Message = new(
        "message", "Your plan in a sentence or two; maintainers read it.", PoolTool.MaxMessage);

    private static readonly ToolSpec Spec = new("start_task", "Start a task",
        "Tells the pool that you begin to work on a task that you hold. Call it right after you have read the task and before you change "
        + "any file: a lease that is not begun goes back to others soon after your session ends. Also call it to go on with a task that "
        + "was blocked, or whose pull request needs changes. You get the task's status and the end of its lease, which is renewed for "
        + "you while this session lasts. " + OnFailure,
        PoolTool.TaskId, Message) { IsIdempotent = true };

    protected override Task<ReportAnswer> RunAsync(PoolClient pool, ToolArguments arguments, CancellationToken ct) =>
        ReportAsync(pool, arguments.RequiredText(PoolTool.TaskId),
            new ReportRequest(ReportedStatus.InProgress) { Message = arguments.Text(Message) }, ct);

    protected override string Say(ReportAnswer answer) =>
        $"{answer.TaskId} is {answer.Status}; {Wording.LeaseUntil(answer.LeaseExpiresAt)} Work on it now, on a branch named "
        + $"owp/{answer.TaskId} if you make one: by that the pool knows its pull request. Tell of it with report_progress, and end with "
        + "report_pr, block_task or release_task.";
}
