using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary>What maintainers do with a task over its holder's head, each with its reason: <c>owp task cancel, requeue, force-status</c>.
/// </summary>
internal static class TaskActCommands
{
    private static readonly Argument<string> Status = new("status") { Description = "The status to set." };

    static TaskActCommands() => Status.AcceptOnlyFromAmong("ready", "pr_opened", "merged", "cancelled", "dead_letter");

    public static Command CreateCancel() => new Command("cancel",
        "Withdraw a task for good. Its holder learns of it with the next heartbeat.")
    {
        TaskOptions.Id, Reason.Required, Confirmation.Yes, AdminConnection.Token, Answer.Json,
    }.Runs((invocation, ct) => ActAsync(invocation, "Cancels", (admin, id, reason) => admin.CancelTaskAsync(id, reason, ct), ct));

    public static Command CreateForce() => new Command("force-status",
        "Set a task's status over its holder's head. What the holder still reports is refused.")
    {
        TaskOptions.Id, Status, Reason.Required, Confirmation.Yes, AdminConnection.Token, Answer.Json,
    }.Runs((invocation, ct) =>
    {
        var status = invocation.Get(Status)!;
        return ActAsync(invocation, $"Forces to {status}", (admin, id, reason) => admin.ForceStatusAsync(id, status, reason, ct), ct);
    });

    public static Command CreateRequeue() => new Command("requeue",
        "Put a task back to ready: ends its lease, review or delay, undoes an unconfirmed merge, or revives a dead letter.")
    {
        TaskOptions.Id, Reason.Required, AdminConnection.Token, Answer.Json,
    }.Runs(async (invocation, ct) =>
    {
        invocation.Answer.Check(PoolWire.TypeOf<ReportReply>());
        using var admin = AdminConnection.Open(invocation);
        return Write(invocation, await admin.RequeueTaskAsync(invocation.Get(TaskOptions.Id)!, invocation.Get(Reason.Required)!, ct));
    });

    internal static int Write(Invocation invocation, ReportReply reply)
    {
        invocation.Answer.Write(reply, PoolWire.TypeOf<ReportReply>(), ("task", reply.TaskId), ("status", reply.Status));
        return ExitCodes.Done;
    }

    /// <summary>Shows whom it is about before it is asked for.</summary>
    private static async Task<int> ActAsync(Invocation invocation, string act,
        Func<PoolClient, string, string, Task<ReportReply>> run, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<ReportReply>());
        using var admin = AdminConnection.Open(invocation);
        var task = await admin.GetTaskAsync(invocation.Get(TaskOptions.Id)!, ct);
        var holder = task.WorkerId is null ? "" : $", held by {task.WorkerId}";
        var what = $"{act} '{Printable.Of(task.Title)}' ({task.Repo}, {task.Status}{holder})";
        Confirmation.Require(invocation, what, task.TaskId);
        return Write(invocation, await run(admin, task.TaskId, invocation.Get(Reason.Required)!));
    }
}
