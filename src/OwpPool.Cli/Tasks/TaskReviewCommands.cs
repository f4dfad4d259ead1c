using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;

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
        TaskOptions.Ids, Rating, Reason.Optional, AdminConnection.Token, Answer.Json,
    }.Runs((invocation, ct) => TaskActCommands.EachAsync(invocation, invocation.Get(TaskOptions.Ids)!, null,
        (admin, id) => admin.AcceptTaskAsync(id, invocation.Get(Rating), invocation.Get(Reason.Optional), ct), ct));

    public static Command CreateReject() => new Command("reject", "Reject the work under review.")
    {
        TaskOptions.Ids, Reason.Required, To, AdminConnection.Token, Answer.Json,
    }.Runs((invocation, ct) => TaskActCommands.EachAsync(invocation, invocation.Get(TaskOptions.Ids)!, null,
        (admin, id) => admin.RejectTaskAsync(id, invocation.Get(Reason.Required)!, invocation.Get(To)!, ct), ct));
}
