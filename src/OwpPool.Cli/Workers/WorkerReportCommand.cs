using System.CommandLine;
using System.Text.Json;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Workers;

/// <summary><c>owp worker report</c>: says where the work on a task stands, for those who work by hand.</summary>
internal static class WorkerReportCommand
{
    private static readonly Argument<string> Task = new("task") { Description = "The task's id, t_…, or its beginning." };

    private static readonly Argument<string> Status = new("status") { Description = "Where its work stands." };

    private static readonly Option<string?> Message = new("--message", "-m") { Description = "A word on it.", HelpName = "text" };

    private static readonly Option<string?> PullRequest = new("--pr")
    {
        Description = "Address of the pull request; pr_opened needs one.",
        HelpName = "url",
    };

    static WorkerReportCommand() => Status.AcceptOnlyFromAmong(
        [.. Enum.GetNames<ReportedStatus>().Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)]);

    public static Command Create() => new Command("report", "Say where the work on a task stands that this worker holds.")
    {
        Task, Status, Message, PullRequest, WorkerConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<ReportReply>());
        var status = Enum.GetValues<ReportedStatus>()
            .First(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()) == invocation.Get(Status));
        var request = new ReportRequest(status) { Message = invocation.Get(Message), Artifact = ArtifactOf(invocation.Get(PullRequest)) };
        using var connection = WorkerConnection.Open(invocation);
        var taskId = await Lookup.TaskAsync(connection.Client, invocation.Get(Task)!, ct);
        // A review has no lease, and its task may still be reported merged.
        if (status is not ReportedStatus.Merged)
        {
            var lease = await WorkerReports.LeaseOfAsync(connection, taskId, ct);
            request = request with { LeaseId = lease.LeaseId, FencingToken = lease.FencingToken };
        }
        var reply = await connection.Client.ReportAsync(taskId, request, ct);
        invocation.Answer.Write(reply, PoolWire.TypeOf<ReportReply>(),
            ("task", reply.TaskId), ("status", reply.Status), ("lease ends", reply.LeaseExpiresAt));
        return ExitCodes.Done;
    }

    private static Artifact? ArtifactOf(string? pullRequest)
    {
        if (pullRequest is null) return null;
        if (!Uri.TryCreate(pullRequest, UriKind.Absolute, out var url)) throw new UsageException($"--pr '{pullRequest}' is no address.");
        return new Artifact { PrUrl = url };
    }
}
