using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Admin;

/// <summary><c>owp admin worker list</c>.</summary>
internal static class WorkerListCommand
{
    private const int UsualLimit = 50;

    private static readonly Option<string[]> Status = new("--status", "--state")
    {
        Description = "In one of these, comma-separated: idle, working, paused, offline.",
        HelpName = "a,b",
    };

    private static readonly Option<string[]> Trust = new("--trust")
    {
        Description = "With one of these, comma-separated: untrusted, basic, trusted, maintainer.",
        HelpName = "a,b",
    };

    private static readonly Option<string?> Skill = new("--skill") { Description = "That has this skill.", HelpName = "skill" };
    private static readonly Option<string?> Search = new("--search", "-q")
    {
        Description = "With this in its name, GitHub account or id.",
        HelpName = "text",
    };

    private static readonly Option<string?> Sort = new("--sort")
    {
        Description = "newest first, or failures: most failures in a row first, then the lowest completion rate [newest].",
    };

    private static readonly Option<int?> Limit = Numbers.Limit(UsualLimit);

    private static readonly Column<WorkerSummary>[] Columns =
    [
        new("worker", worker => worker.WorkerId) { IsId = true },
        new("name", worker => worker.Name) { Cuts = true },
        new("status", worker => worker.Revoked ? "revoked" : worker.PausedByAdmin ? $"{worker.Status} (held)" : worker.Status),
        new("trust", worker => worker.TrustTier) { Rank = 2 },
        new("skills", worker => worker.Skills) { Cuts = true, Rank = 4 },
        new("points", worker => worker.CapacityPoints) { Rank = 3 },
        new("failed", worker => worker.FailuresInARow) { Rank = 5 },
        new("seen", worker => worker.LastSeenAt) { Rank = 1 },
    ];

    static WorkerListCommand() => Sort.AcceptOnlyFromAmong("newest", "failures");

    public static Command Create() => new Command("list", "List workers, the newest first.")
    {
        Status, Trust, Skill, Search, Sort, Limit, AdminConnection.Token, Answer.Json,
    }.Shows(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<WorkerSummary>());
        var query = new WorkerQuery
        {
            Statuses = Words.Of(invocation.Get(Status)),
            TrustTiers = Words.Of(invocation.Get(Trust)),
            Skill = invocation.Get(Skill),
            Text = invocation.Get(Search),
            Sort = invocation.Get(Sort) is "failures" ? "-failures" : null,
        };
        using var admin = AdminConnection.Open(invocation);
        var workers = await Taking.FirstAsync(
            invocation, size => admin.ListWorkersAsync(query, size, ct), Limit, UsualLimit, ct);
        invocation.Answer.WriteAll(workers.Items, PoolWire.TypeOf<WorkerSummary>(), "No workers.", Columns);
        Taking.SayTotal(invocation, workers, Limit, "worker");
        return ExitCodes.Done;
    }
}
