using OwpPool.Cli.Mcp.Session;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary>A tool by which the agent says something of a task that it holds.</summary>
internal abstract class ReportTool(AgentSession session, ToolSpec spec)
    : PoolTool<ReportAnswer>(session, spec, McpToolJson.Default.ReportAnswer)
{
    /// <summary>What holds for all of them.</summary>
    protected const string OnFailure =
        "If the answer says that the lease is lost or expired, stop working on the task. Repeating a call that may have failed does no "
        + "harm.";

    /// <summary>Reports under the lease that is held, so that a late word cannot touch a later holder's work.</summary>
    protected async Task<ReportAnswer> ReportAsync(PoolClient pool, string taskId, ReportRequest report, CancellationToken ct)
    {
        var lease = await LeaseOnAsync(pool, taskId, ct);
        var request = report with { LeaseId = lease?.LeaseId, FencingToken = lease?.FencingToken };
        if (report.Status is ReportedStatus.PrOpened)
            return AnswerOf(await Session.Leases.EndAsync(taskId, () => pool.ReportAsync(taskId, request, ct)));
        var reply = await pool.ReportAsync(taskId, request, ct);
        Session.Leases.Move(taskId, reply.Status, reply.LeaseExpiresAt);
        // A task whose pull request needs changes is held again.
        if (lease is null) await Session.RefreshAsync(pool, ct);
        return AnswerOf(reply);
    }

    /// <summary>The lease on a task; null = neither here nor at the pool, which then says why.</summary>
    protected async Task<LeaseView?> LeaseOnAsync(PoolClient pool, string taskId, CancellationToken ct)
    {
        if (Session.Leases.Find(taskId) is { } lease) return lease;
        await Session.RefreshAsync(pool, ct);
        return Session.Leases.Find(taskId);
    }

    protected static ReportAnswer AnswerOf(ReportReply reply) =>
        new() { TaskId = reply.TaskId, Status = reply.Status, LeaseExpiresAt = reply.LeaseExpiresAt };
}
