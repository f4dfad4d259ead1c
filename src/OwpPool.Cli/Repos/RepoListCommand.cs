using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Repos;

/// <summary><c>owp repo list</c>.</summary>
internal static class RepoListCommand
{
    private const int UsualLimit = 50;

    private static readonly Option<int?> Limit = Numbers.Limit(UsualLimit);

    private static readonly Column<RepoSummary>[] Columns =
    [
        new("repo", repo => repo.Repo),
        new("paused", repo => repo.Settings.Paused),
        new("budget", repo => $"{repo.Budget.InUse}/{repo.Budget.MaxOpenPrs}"),
        new("review", repo => repo.Budget.UnderReview),
        new("ready", repo => repo.Tasks.GetValueOrDefault("ready")),
        new("merged", repo => repo.Tasks.GetValueOrDefault("merged")),
        new("dead letters", repo => repo.Tasks.GetValueOrDefault("dead_letter")),
    ];

    public static Command Create() => new Command("list", "List repos with their review budgets and backlogs.")
    {
        Limit, AdminConnection.Token, Answer.Json,
    }.Shows(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<RepoSummary>());
        using var admin = AdminConnection.Open(invocation);
        var repos = await Taking.FirstAsync(
            invocation, size => admin.ListReposAsync(size, ct), Limit, UsualLimit, ct);
        invocation.Answer.WriteAll(repos.Items, PoolWire.TypeOf<RepoSummary>(), "No repos; 'owp repo create owner/name' adds one.", Columns);
        Taking.SayTotal(invocation, repos, Limit, "repo");
        return ExitCodes.Done;
    }
}
