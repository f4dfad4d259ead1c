using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary>What maintainers say of the work under review: <c>owp task accept</c> and <c>reject</c>.</summary>
internal static class TaskReviewCommands
{
    private static readonly Option<int?> Rating = Numbers.Option("--rating", "How good it is, 1 to 5; counts for its worker.");

    private static readonly Option<string> To = new("--to")
    {
        Description = "in_progress: its worker is to change it; ready: it is closed, another worker may try.",
        DefaultValueFactory = _ => "in_progress",
    };

    static TaskReviewCommands() => To.AcceptOnlyFromAmong("in_progress", "ready");

    public static Command CreateAccept() => new Command("accept", "Confirm that the work under review is merged.")
    {
        TaskOptions.Id, Rating, Reason.Optional, AdminConnection.Token, Answer.Json,
    }.Runs(async (invocation, ct) =>
    {
        invocation.Answer.Check(PoolWire.TypeOf<ReportReply>());
        using var admin = AdminConnection.Open(invocation);
        var (id, rating) = (invocation.Get(TaskOptions.Id)!, invocation.Get(Rating));
        return TaskActCommands.Write(invocation, await admin.AcceptTaskAsync(id, rating, invocation.Get(Reason.Optional), ct));
    });

    public static Command CreateReject() => new Command("reject", "Refuse the work under review.")
    {
        TaskOptions.Id, Reason.Required, To, AdminConnection.Token, Answer.Json,
    }.Runs(async (invocation, ct) =>
    {
        invocation.Answer.Check(PoolWire.TypeOf<ReportReply>());
        using var admin = AdminConnection.Open(invocation);
        var (id, reason) = (invocation.Get(TaskOptions.Id)!, invocation.Get(Reason.Required)!);
        return TaskActCommands.Write(invocation, await admin.RejectTaskAsync(id, reason, invocation.Get(To)!, ct));
    });
}
