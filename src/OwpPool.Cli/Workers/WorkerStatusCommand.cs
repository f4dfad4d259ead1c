using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Workers;

/// <summary><c>owp worker status</c>: what the pool knows of the worker, and what it holds.</summary>
internal static class WorkerStatusCommand
{
    private static readonly Column<LeaseView>[] Leases =
    [
        new("task", lease => lease.TaskId) { IsId = true },
        new("status", lease => lease.Status),
        new("repo", lease => lease.Repo) { Rank = 2 },
        new("title", lease => lease.Title) { Cuts = true },
        new("lease ends", lease => lease.LeaseExpiresAt) { Rank = 1 },
    ];

    public static Command Create() => new Command("status", "Show what the pool knows of this worker, and the leases that it holds.")
    {
        WorkerConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        using var connection = WorkerConnection.Open(invocation);
        var self = await connection.Client.GetSelfAsync(ct);
        invocation.Answer.Write(self, PoolWire.TypeOf<WorkerSelf>(),
            ("worker", self.WorkerId),
            ("name", self.Name),
            ("server", connection.Server.AbsoluteUri.TrimEnd('/')),
            ("profile", connection.ProfileName),
            ("status", self.PausedByAdmin ? $"{self.Status}, a maintainer allows it no new work" : self.Status),
            ("skills", self.Skills),
            ("capacity", $"{self.Load?.Points} of {self.CapacityPoints} points, {self.Load?.Tasks} of {self.MaxConcurrentTasks} tasks"),
            ("trust", self.TrustTier),
            ("reputation", self.ReputationScore),
            ("offers", self.Offers.Count),
            ("leases", self.Leases.Count));
        invocation.Answer.WriteBelow(self.Leases, Leases);
        return ExitCodes.Done;
    }
}
