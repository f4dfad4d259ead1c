using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Repos;

/// <summary><c>owp repo view</c>.</summary>
internal static class RepoViewCommand
{
    private static readonly Column<HeldTask>[] Held =
    [
        new("task", task => task.TaskId) { IsId = true },
        new("status", task => task.Status),
        new("worker", task => task.WorkerId) { IsId = true, Rank = 3 },
        new("area", task => task.Area) { Rank = 2 },
        new("lease ends", task => task.LeaseExpiresAt) { Rank = 1 },
    ];

    public static Command Create() => new Command("view", "Show one repo: its settings, who uses its budget, what waits.")
    {
        RepoOptions.Repo, AdminConnection.Token, Answer.Json,
    }.Shows(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<RepoDetails>());
        using var admin = AdminConnection.Open(invocation);
        var repo = await admin.GetRepoAsync(invocation.Get(RepoOptions.Repo)!, ct);
        RepoOptions.Write(invocation, repo);
        invocation.Answer.WriteBelow(repo.Held, Held);
        return ExitCodes.Done;
    }
}
