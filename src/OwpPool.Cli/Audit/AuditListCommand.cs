using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;

namespace OwpPool.Cli.Audit;

/// <summary><c>owp audit list</c>.</summary>
internal static class AuditListCommand
{
    private const int UsualLimit = 50;

    private static readonly Option<int?> Limit = Numbers.Limit(UsualLimit);

    private static readonly Column<AuditEvent>[] Columns =
    [
        new("event", change => change.Id),
        new("when", change => change.Timestamp) { Rank = 1 },
        new("what", change => change.EventType),
        new("who", change => change.Actor) { Rank = 2, Cuts = true, Shown = change => ShortIds.OfAny(change.Actor) },
        new("of", change => change.Target) { Cuts = true, Shown = change => ShortIds.OfAny(change.Target) },
        new("repo", change => change.Repo) { Rank = 3, Cuts = true },
    ];

    public static Command Create() => new Command("list", "List changes, the newest first.")
    {
        Limit, AdminConnection.Token, Answer.Json,
    }.WithQuery().Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(PoolWire.TypeOf<AuditEvent>());
        using var admin = AdminConnection.Open(invocation);
        var query = await AuditQueries.ReadAsync(invocation, admin, ct);
        var events = await Taking.FirstAsync(
            invocation, size => admin.ListAuditAsync(query, size, ct), Limit, UsualLimit, ct);
        invocation.Answer.WriteAll(events.Items, PoolWire.TypeOf<AuditEvent>(), "No such changes.", Columns);
        Taking.SayTotal(invocation, events, Limit, "change");
        return ExitCodes.Done;
    }
}
