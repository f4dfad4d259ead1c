using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Admin;

/// <summary><c>owp admin worker view</c>.</summary>
internal static class WorkerViewCommand
{
    private static readonly Column<TaskSummary>[] Tasks =
    [
        new("task", task => task.TaskId) { IsId = true },
        new("status", task => task.Status),
        new("repo", task => task.Repo) { Rank = 1 },
        new("title", task => task.Title) { Cuts = true },
        new("lease ends", task => task.LeaseExpiresAt) { Rank = 2 },
    ];

    public static Command Create() => new Command("view", "Show one worker with its reputation and what it holds.")
    {
        WorkerAdminCommands.Id, AdminConnection.Token, Answer.Json,
    }.Shows(RunAsync);

    /// <param name="invocation">The command.</param>
    /// <param name="worker">The worker.</param>
    /// <param name="reputation">Null = not asked for.</param>
    public static void Write(Invocation invocation, WorkerDetails worker, Reputation? reputation)
    {
        (string, object?)[] lines =
        [
            ("worker", worker.WorkerId),
            ("name", worker.Name),
            ("status", worker.Status),
            ("paused by a maintainer", worker.PausedByAdmin),
            ("revoked", worker.Revoked),
            ("trust", worker.TrustTier),
            ("github", worker.GithubHandle),
            ("skills", worker.Skills),
            ("load", $"{worker.Load.Points} of {worker.CapacityPoints} points, {worker.Load.Tasks} of {worker.MaxConcurrentTasks} tasks"),
            ("last seen", worker.LastSeenAt),
            ("registered", worker.RegisteredAt),
        ];
        if (reputation is not null)
        {
            lines =
            [
                .. lines, ("reputation", reputation.ReputationScore), ("finished leases", reputation.Metrics.TotalTasks),
                ("completed", Cell.Percent(reputation.Metrics.CompletionRate)), ("on time", Cell.Percent(reputation.Metrics.OnTimeDelivery)),
                ("quality", reputation.Metrics.AvgPrQuality),
            ];
        }
        invocation.Answer.Write(worker, PoolWire.TypeOf<WorkerDetails>(), lines);
    }

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<WorkerDetails>());
        using var admin = AdminConnection.Open(invocation);
        var worker = await admin.GetWorkerAsync(await Lookup.WorkerAsync(admin, invocation.Get(WorkerAdminCommands.Id)!, ct), ct);
        Write(invocation, worker, await admin.GetReputationAsync(worker.WorkerId, ct));
        invocation.Answer.WriteBelow(worker.Tasks, Tasks);
        return ExitCodes.Done;
    }
}
