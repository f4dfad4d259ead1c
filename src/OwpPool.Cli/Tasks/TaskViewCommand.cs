using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Tasks;

/// <summary><c>owp task view</c>.</summary>
internal static class TaskViewCommand
{
    private static readonly Option<bool> ExitStatus = new("--exit-status")
    {
        Description = "Exit with 0 if it is merged, 1 if it is cancelled or a dead letter, 8 while it is neither.",
    };

    private static readonly Column<TaskEvent>[] Timeline =
    [
        new("when", past => past.At),
        new("what", past => past.Type),
        new("who", past => past.Actor),
    ];

    private static readonly Column<PastLease>[] Attempts =
    [
        new("worker", lease => lease.WorkerId) { Shown = lease => lease.WorkerName ?? lease.WorkerId, Cuts = true },
        new("began", lease => lease.GrantedAt) { Rank = 2 },
        new("ended", lease => lease.EndedAt) { Rank = 1 },
        new("outcome", lease => lease.Outcome),
        new("counted", lease => lease.Counted) { Rank = 3 },
        new("reason", lease => lease.Reason) { Wraps = true },
    ];

    public static Command Create() => new Command("view", "Show one task with its history.")
    {
        TaskOptions.Id, ExitStatus, AdminConnection.Token, WorkerConnection.Token, Answer.Json,
    }.Shows(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<TaskDetails>());
        using var reader = ReaderConnection.Open(invocation);
        var task = await reader.Pool.GetTaskAsync(await Lookup.TaskAsync(reader.Pool, invocation.Get(TaskOptions.Id)!, ct), ct);
        // Half of it is empty for most tasks; programs find every line in its place.
        var lines = Lines(task).Where(line => !invocation.Host.IsOutputTerminal || Cell.ForPrograms(line.Value).Length > 0);
        invocation.Answer.Write(task, PoolWire.TypeOf<TaskDetails>(), [.. lines]);
        if (invocation.Host.IsOutputTerminal && !invocation.Answer.IsJson) WriteHistory(invocation, task);
        return invocation.Get(ExitStatus) ? CodeOf(task.Status) : ExitCodes.Done;
    }

    private static (string Name, object? Value)[] Lines(TaskDetails task) =>
    [
        ("task", task.TaskId),
        ("title", task.Title),
        ("repo", task.Repo),
        ("status", task.Status),
        ("since", task.StatusSince),
        ("priority", task.Priority),
        ("points", task.EstimatePoints),
        ("skills", task.RequiredSkills),
        ("area", task.Area),
        ("tier", task.Tier),
        ("external id", task.ExternalId),
        ("depends on", task.DependsOn),
        ("never merged", task.DeadDependencies.Select(need => $"{need.TaskId} ({need.Status})")),
        ("worker", task.WorkerName is null ? task.WorkerId : $"{task.WorkerName} ({task.WorkerId})"),
        ("lease ends", task.LeaseExpiresAt),
        ("not before", task.EligibleAt),
        ("failed attempts", task.AttemptCount),
        ("pull request", task.Artifact.PrUrl?.OriginalString),
        ("message", task.Message),
        ("created", task.CreatedAt),
        ("version", task.Version),
    ];

    private static void WriteHistory(Invocation invocation, TaskDetails task)
    {
        if (task.Description.Length > 0)
        {
            invocation.Output.WriteLine();
            foreach (var line in task.Description.ReplaceLineEndings("\n").Split('\n')) invocation.Output.WriteLine(Printable.Of(line));
        }
        invocation.Answer.WriteBelow(task.Attempts, Attempts);
        invocation.Answer.WriteBelow(task.Timeline, Timeline);
    }

    private static int CodeOf(string status) => status switch
    {
        "merged" => ExitCodes.Done,
        "cancelled" or "dead_letter" => ExitCodes.Error,
        _ => ExitCodes.Pending,
    };
}
