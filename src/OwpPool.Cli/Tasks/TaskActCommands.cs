using System.CommandLine;
using System.Net;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary>What maintainers do with a task over its holder's head, each with its reason: <c>owp task cancel, requeue, force-status</c>.
/// </summary>
internal static class TaskActCommands
{
    private static readonly Argument<string> Status = new("status") { Description = "The status to set." };

    private static readonly Column<ReportReply>[] Columns =
    [
        new("task", reply => reply.TaskId) { IsId = true },
        new("status", reply => reply.Status),
    ];

    static TaskActCommands() => Status.AcceptOnlyFromAmong("ready", "pr_opened", "merged", "cancelled", "dead_letter");

    public static Command CreateCancel() => new Command("cancel",
        "Cancel tasks for good. A holder learns of it with its next heartbeat.")
    {
        TaskOptions.Ids, Reason.Required, Confirmation.Yes, AdminConnection.Token, Answer.Json,
    }.Runs((invocation, ct) => EachAsync(
        invocation, invocation.Get(TaskOptions.Ids)!, "Cancels", (admin, id) => admin.CancelTaskAsync(id, ReasonOf(invocation), ct), ct));

    public static Command CreateForce() => new Command("force-status",
        "Set a task's status over its holder's head. What the holder still reports is refused.")
    {
        TaskOptions.Id, Status, Reason.Required, Confirmation.Yes, AdminConnection.Token, Answer.Json,
    }.Runs((invocation, ct) =>
    {
        var status = invocation.Get(Status)!;
        return EachAsync(invocation, [invocation.Get(TaskOptions.Id)!], $"Forces to {status}",
            (admin, id) => admin.ForceStatusAsync(id, status, ReasonOf(invocation), ct), ct);
    });

    public static Command CreateRequeue() => new Command("requeue",
        "Make tasks ready again: ends a lease, a review or a delay, undoes an unconfirmed merge, or revives a dead letter.")
    {
        TaskOptions.Ids, Reason.Required, AdminConnection.Token, Answer.Json,
    }.Runs((invocation, ct) => EachAsync(
        invocation, invocation.Get(TaskOptions.Ids)!, null, (admin, id) => admin.RequeueTaskAsync(id, ReasonOf(invocation), ct), ct));

    /// <summary>Does the same with each task. One that is refused keeps no other back; the end says so.</summary>
    /// <param name="invocation">The command.</param>
    /// <param name="given">Ids or their beginnings.</param>
    /// <param name="confirm">What to ask for before anything is done; null = nothing.</param>
    /// <param name="act">What to do with one.</param>
    /// <param name="ct">Ends it.</param>
    internal static async Task<int> EachAsync(Invocation invocation, IReadOnlyList<string> given, string? confirm,
        Func<PoolClient, string, Task<ReportReply>> act, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<ReportReply>());
        using var admin = AdminConnection.Open(invocation);
        var ids = await Lookup.TasksAsync(admin, given, ct);
        if (confirm is not null && !invocation.Get(Confirmation.Yes)) Confirmation.Ask(invocation, $"{confirm} {await DescribeAsync(admin, ids, ct)}");
        if (ids is [var only])
        {
            var reply = await act(admin, only);
            invocation.Answer.Write(reply, PoolWire.TypeOf<ReportReply>(), ("task", reply.TaskId), ("status", reply.Status));
            return ExitCodes.Done;
        }
        var done = new List<ReportReply>();
        foreach (var id in ids)
        {
            try
            {
                done.Add(await act(admin, id));
            }
            catch (PoolProblemException refusal) when (refusal.Status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden))
            {
                invocation.Say($"{id}: {PoolRefusal.Explain(refusal, invocation.TokenAdvice)}");
            }
        }
        invocation.Answer.WriteAll(done, PoolWire.TypeOf<ReportReply>(), "No task was changed.", Columns);
        return done.Count == ids.Count ? ExitCodes.Done : ExitCodes.Error;
    }

    private static string ReasonOf(Invocation invocation) => invocation.Get(Reason.Required)!;

    /// <summary>What it is about, with whole titles.</summary>
    private static async Task<string> DescribeAsync(PoolClient admin, IReadOnlyList<string> ids, CancellationToken ct)
    {
        var lines = new List<string>();
        foreach (var id in ids)
        {
            var task = await admin.GetTaskAsync(id, ct);
            var holder = task.WorkerId is null ? "" : $", held by {task.WorkerName ?? task.WorkerId}";
            lines.Add($"{task.TaskId} '{Printable.Of(task.Title)}' ({task.Repo}, {task.Status}{Printable.Of(holder)})");
        }
        return lines is [var only] ? only : string.Join(Environment.NewLine, [$"{lines.Count} tasks:", .. lines.Select(line => $"  {line}")]);
    }
}
