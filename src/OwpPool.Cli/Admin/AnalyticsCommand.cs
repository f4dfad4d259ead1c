using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Admin;

/// <summary><c>owp analytics</c>: how work has flowed, and what holds it up.</summary>
internal static class AnalyticsCommand
{
    private static readonly Option<string?> Repo = new("--repo", "-R")
    {
        Description = "One repo [the whole pool].",
        HelpName = "owner/name",
    };

    private static readonly Option<string?> Period = new("--period") { Description = "How far back [last_7_days]." };

    static AnalyticsCommand() => Period.AcceptOnlyFromAmong("last_7_days", "last_30_days", "last_90_days");

    public static Command Create() => new Command("analytics", "Show how work has flowed, and what holds it up.")
    {
        Repo, Period, AdminConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<Analytics>());
        using var admin = AdminConnection.Open(invocation);
        var found = await admin.GetAnalyticsAsync(invocation.Get(Repo), invocation.Get(Period), ct);
        var metrics = found.Metrics;
        invocation.Answer.Write(found, PoolWire.TypeOf<Analytics>(),
            ("repo", found.Repo ?? "the whole pool"),
            ("period", found.Period),
            ("merged", metrics.TasksCompleted),
            ("from lease to merge", Length(metrics.AvgCompletionSeconds)),
            ("median of it", Length(metrics.MedianCompletionSeconds)),
            ("from creation to merge", Length(metrics.AvgLeadSeconds)),
            ("wait for a worker", Length(metrics.AvgReadyWaitSeconds)),
            ("wait for review", Length(metrics.AvgReviewWaitSeconds)),
            ("under review now", metrics.ReviewQueueLength),
            ("workers' time in use", Cell.Percent(metrics.WorkerUtilization)),
            ("merged of those reviewed", Cell.Percent(metrics.PrMergeRate)),
            ("leases without a result", Cell.Percent(metrics.RequeueRate)),
            ("held up by", metrics.Bottlenecks));
        return ExitCodes.Done;
    }

    private static string? Length(long? seconds) => seconds is { } some ? Ago.Length(TimeSpan.FromSeconds(some)) : null;
}
