using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary>What maintainers do with many tasks at once: <c>owp task bulk requeue, cancel, edit, accept</c>.</summary>
internal static class TaskBulkCommands
{
    /// <summary>Tasks that a person is shown of each reason.</summary>
    private const int Examples = 2;

    private static readonly Argument<string[]> Ids = new("task")
    {
        Description = "Ids of the tasks, instead of a filter.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> All = new("--all") { Description = "Every task of the pool, instead of a filter." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only say what would be changed and refused." };

    private static readonly Option<string[]> Set = new("--set")
    {
        Description = $"A field and its new value, such as priority=80; several times. Fields: {string.Join(", ", TaskChanges.Fields)}.",
        HelpName = "field=value",
        Required = true,
    };

    private static readonly Option<int?> Rating = Numbers.Option("--rating", "How good the work is, 1 to 5; counts for its workers.");

    static TaskBulkCommands() => Ids.Validators.Add(TaskOptions.RefuseOptions);

    public static Command CreateRequeue() => Create("requeue",
        "Put tasks back to ready: ends leases, reviews and delays, undoes unconfirmed merges, revives dead letters.", "Requeues",
        invocation => new BulkRequest("requeue") { Reason = invocation.Get(Reason.Required) }, Reason.Required);

    public static Command CreateCancel() => Create("cancel", "Withdraw tasks for good.", "Cancels",
        invocation => new BulkRequest("cancel") { Reason = invocation.Get(Reason.Required) }, Reason.Required);

    public static Command CreateEdit() => Create("edit", "Change tasks.", "Changes",
        invocation => new BulkRequest("edit") { Changes = TaskChanges.Of(invocation.Get(Set) ?? []), Reason = invocation.Get(Reason.Optional) },
        Set, Reason.Optional);

    public static Command CreateAccept() => Create("accept", "Confirm that the work under review is merged.", "Confirms the merge of",
        invocation => new BulkRequest("accept") { Rating = invocation.Get(Rating), Reason = invocation.Get(Reason.Optional) },
        Rating, Reason.Optional);

    private static Command Create(
        string name, string description, string act, Func<Invocation, BulkRequest> request, params ReadOnlySpan<Option> options)
    {
        var command = new Command(name, description) { Ids }.With(TaskFilterOptions.All);
        command.Add(All);
        foreach (var option in options) command.Add(option);
        foreach (var option in new Option[] { DryRun, Confirmation.Yes, AdminConnection.Token, Answer.Json }) command.Add(option);
        return command.Runs((invocation, ct) => RunAsync(invocation, act, request(invocation), ct));
    }

    private static async Task<BulkRequest> WithTasksAsync(Invocation invocation, PoolClient admin, BulkRequest request, CancellationToken ct)
    {
        var (ids, all) = (invocation.Get(Ids) ?? [], invocation.Get(All));
        var isFiltered = TaskFilterOptions.All.Any(invocation.Has);
        if (new[] { ids.Length > 0, isFiltered, all }.Count(given => given) != 1)
            throw new UsageException("Say which tasks: ids, or filters such as --status dead_letter, or --all; one of the three.");
        if (request.Changes is { DependsOn: { } needs } changes)
            request = request with { Changes = changes with { DependsOn = await Lookup.TasksAsync(admin, needs, ct) } };
        if (ids.Length == 0) return request with { Filter = await TaskFilterOptions.ReadAsync(invocation, admin, ct), All = all };
        return request with { TaskIds = await Lookup.TasksAsync(admin, ids, ct) };
    }

    private static async Task<int> RunAsync(Invocation invocation, string act, BulkRequest request, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<BulkReply>());
        using var admin = AdminConnection.Open(invocation);
        request = await WithTasksAsync(invocation, admin, request, ct);
        var isDryRun = invocation.Get(DryRun);
        var reply = isDryRun || !invocation.Get(Confirmation.Yes) ? await RunAllAsync(admin, request with { DryRun = true }, ct) : null;
        if (reply is { Changed: > 0 } && !isDryRun)
        {
            Confirmation.Require(invocation, $"{act} {Counted.Of(reply.Changed, "task")} of {reply.Matched} that match", $"{reply.Changed}");
            reply = null;
        }
        reply ??= await RunAllAsync(admin, request, ct);
        Write(invocation, reply);
        return reply.Refused.Count > 0 ? ExitCodes.Error : ExitCodes.Done;
    }

    /// <summary>Page after page, until all tasks are done.</summary>
    private static async Task<BulkReply> RunAllAsync(PoolClient admin, BulkRequest request, CancellationToken ct)
    {
        var reply = await admin.BulkTasksAsync(request, ct);
        while (reply.NextCursor is { } cursor) reply = reply.Plus(await admin.BulkTasksAsync(request with { Cursor = cursor }, ct));
        return reply;
    }

    private static void Write(Invocation invocation, BulkReply reply)
    {
        if (reply.Matched == 0) invocation.Say("No task matches.");
        invocation.Answer.Write(reply, PoolWire.TypeOf<BulkReply>(),
            ("matched", reply.Matched), (reply.DryRun ? "would change" : "changed", reply.Changed), ("unchanged", reply.Unchanged),
            ("refused", reply.Refused.Count), ("bulk id", reply.DryRun ? null : reply.BulkId));
        var reasons = reply.Refused.GroupBy(task => task.Message, StringComparer.Ordinal).OrderByDescending(group => group.Count()).ToList();
        invocation.Answer.WriteBelow(reasons,
            new Column<IGrouping<string, BulkRefused>>("refused", group => group.Count()),
            new("reason", group => group.Key) { Wraps = true },
            new("such as", group => group.Take(Examples).Select(task => task.TaskId)) { Rank = 1 });
    }
}
