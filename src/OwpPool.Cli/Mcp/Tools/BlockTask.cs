using OwpPool.Cli.Mcp.Session;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary><c>block_task</c>: the agent waits for somebody.</summary>
internal sealed class BlockTask(AgentSession session) : ReportTool(session, Spec)
{
    private static readonly TextParameter Reason = new(
        "reason", "What you wait for, and who can give it: a question, an access, another change.", PoolTool.MaxMessage)
    {
        IsRequired = true,
    };

    private static readonly ToolSpec Spec = new("block_task", "Say what blocks a task",
        "Tells maintainers that you cannot go on with a task that you have started until somebody does something, and what. You keep the "
        + "task, and it counts against what you may hold. Call it when the answer will come soon; if you cannot do the task at all, or "
        + "the wait is long, call release_task in its place. When it goes on, call start_task. " + OnFailure,
        PoolTool.TaskId, Reason) { IsIdempotent = true };

    protected override Task<ReportAnswer> RunAsync(PoolClient pool, ToolArguments arguments, CancellationToken ct) =>
        ReportAsync(pool, arguments.RequiredText(PoolTool.TaskId),
            new ReportRequest(ReportedStatus.Blocked) { Message = arguments.RequiredText(Reason) }, ct);

    protected override string Say(ReportAnswer answer) =>
        $"{answer.TaskId} is {answer.Status}; {Wording.LeaseUntil(answer.LeaseExpiresAt)} Call start_task when you can go on, or "
        + "release_task if you cannot wait.";
}
