using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Workers;

/// <summary><c>owp worker release</c>: gives a task back.</summary>
internal static class WorkerReleaseCommand
{
    private static readonly Argument<string> Task = new("task") { Description = "The task's id, t_…, or its beginning." };

    private static readonly Option<string?> Reason = new("--reason", "-m")
    {
        Description = "Why; the next worker reads it.",
        HelpName = "text",
    };

    private static readonly Option<int?> RetryAfter = Numbers.Option(
        "--retry-after", "How long the task rests before anybody gets it again, in seconds [0].", "seconds");

    public static Command Create() => new Command("release", "Give a task back, without its counting as an attempt.")
    {
        Task, Reason, RetryAfter, WorkerConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<ReportReply>());
        using var connection = WorkerConnection.Open(invocation);
        var taskId = await Lookup.TaskAsync(connection.Client, invocation.Get(Task)!, ct);
        var lease = await WorkerReports.LeaseOfAsync(connection, taskId, ct);
        var reply = await connection.Client.ReleaseAsync(taskId, new ReleaseRequest
        {
            Reason = invocation.Get(Reason),
            RetryAfterSeconds = invocation.Get(RetryAfter),
            LeaseId = lease.LeaseId,
            FencingToken = lease.FencingToken,
        }, ct: ct);
        invocation.Answer.Write(reply, PoolWire.TypeOf<ReportReply>(), ("task", reply.TaskId), ("status", reply.Status));
        return ExitCodes.Done;
    }
}
