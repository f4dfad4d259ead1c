using OwpPool.Cli.Mcp.Session;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary><c>release_task</c>: somebody else may do it.</summary>
internal sealed class ReleaseTask(AgentSession session) : ReportTool(session, Spec)
{
    private const int MaxReason = 500;
    private const int MaxRest = 86_400;

    private static readonly TextParameter Reason = new(
        "reason", "Why, and what you found out; the next worker reads it.", MaxReason) { IsRequired = true };

    private static readonly NumberParameter Rest = new(
        "retry_after_seconds", "How long nobody should get it, where it cannot be done before; leave out if anybody may try now.",
        0, MaxRest);

    private static readonly ToolSpec Spec = new("release_task", "Give a task back",
        "Gives a task that you hold back to the pool: anybody, also you, can get it again. Call it when you cannot or should not do the "
        + "task, after you have undone or pushed nothing half done. It does not count as a failure, but a lease left to run out does, so "
        + "do not just stop. You get the task's status, ready. " + OnFailure,
        PoolTool.TaskId, Reason, Rest) { IsDestructive = true };

    protected override async Task<ReportAnswer> RunAsync(PoolClient pool, ToolArguments arguments, CancellationToken ct)
    {
        var taskId = arguments.RequiredText(PoolTool.TaskId);
        var lease = await LeaseOnAsync(pool, taskId, ct);
        var request = new ReleaseRequest
        {
            Reason = arguments.RequiredText(Reason),
            RetryAfterSeconds = arguments.Number(Rest),
            LeaseId = lease?.LeaseId,
            FencingToken = lease?.FencingToken,
        };
        return AnswerOf(await Session.Leases.EndAsync(taskId, () => pool.ReleaseAsync(taskId, request, ct: ct)));
    }

    protected override string Say(ReportAnswer answer) =>
        $"{answer.TaskId} is given back and {answer.Status} for others. fetch_work gets another task.";
}
