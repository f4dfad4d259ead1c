using OwpPool.Cli.Mcp.Session;
using OwpPool.Client;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary><c>list_my_leases</c>: who the agent is, and what it holds.</summary>
internal sealed class ListMyLeases(AgentSession session) : PoolTool<LeasesAnswer>(session, Spec, McpToolJson.Default.LeasesAnswer)
{
    private static readonly ToolSpec Spec = new("list_my_leases", "List what you hold",
        "Tells who you are in the pool, which tasks you hold with their status and the end of their leases, and which you have lost in "
        + "this session. It takes no new task. Call it when a session begins, to go on with what an earlier one left, and whenever you "
        + "are not sure that you still hold a task, above all before you push.") { IsReadOnly = true, IsIdempotent = true };

    protected override async Task<LeasesAnswer> RunAsync(PoolClient pool, ToolArguments arguments, CancellationToken ct)
    {
        var self = await Session.RefreshAsync(pool, ct);
        return new LeasesAnswer
        {
            WorkerId = self.WorkerId,
            Name = self.Name,
            Status = self.Status ?? "idle",
            PausedByAdmin = self.PausedByAdmin,
            PointsUsed = self.Load?.Points ?? 0,
            CapacityPoints = self.CapacityPoints,
            MaxConcurrentTasks = self.MaxConcurrentTasks,
            Leases = [.. self.Leases.Select(HeldTask.From)],
            Lost = [.. Session.Leases.Lost.Select(loss => new LostTask(loss.TaskId, loss.Reason))],
        };
    }

    protected override string Say(LeasesAnswer answer)
    {
        var paused = answer.PausedByAdmin ? " A maintainer paused you: you get no new tasks." : "";
        var who = $"You are {answer.Name} ({answer.WorkerId}) and hold {answer.Leases.Count} of at most {answer.MaxConcurrentTasks} "
            + $"tasks, {answer.PointsUsed} of {answer.CapacityPoints} points.{paused}";
        var lost = answer.Lost.Select(loss => $"Lost: {loss.TaskId} ({loss.Reason}). Do not work on it.");
        return Wording.Paragraphs([who, .. answer.Leases.Select(lease => Wording.Task(lease, isNew: false)), .. lost]);
    }
}
