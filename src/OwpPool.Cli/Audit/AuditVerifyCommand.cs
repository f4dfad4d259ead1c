using System.CommandLine;
using System.Globalization;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Client;
using OwpPool.Core.Audit;

namespace OwpPool.Cli.Audit;

/// <summary><c>owp audit verify</c>: whether somebody has touched the audit log.</summary>
internal static class AuditVerifyCommand
{
    private static readonly Option<string?> Database = new("--db")
    {
        Description = "Look at this database file itself, read-only, also while the server runs. Without it the server is asked.",
    };

    private static readonly Option<string?> Mark = new("--mark")
    {
        Description = "A head that was noted before, SEQ:HASH: the log must still lead through it.",
    };

    public static Command Create() => new Command("verify",
        "Look through the chain of the audit log and name what was changed, removed, added or moved. Exit code 0: nothing; 1: something.")
    {
        Database, Mark, AdminConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        var mark = invocation.Get(Mark);
        ChainMark? noted = null;
        if (mark is not null)
        {
            if (!ChainMark.TryParse(mark, out var read))
                throw new UsageException($"--mark '{mark}' is not a head as verify prints it, SEQ:HASH.");
            noted = read;
        }
        var report = invocation.Get(Database) is { } path
            ? Of(AuditFile.Verify(path, noted, ct))
            : await AskAsync(invocation, noted, ct);
        if (invocation.Answer.IsJson) invocation.Answer.Write(report, PoolWire.TypeOf<AuditReport>());
        else await WriteAsync(report, invocation.Output);
        return report.Ok ? ExitCodes.Done : ExitCodes.Error;
    }

    private static async Task<AuditReport> AskAsync(Invocation invocation, ChainMark? noted, CancellationToken ct)
    {
        using var admin = AdminConnection.Open(invocation);
        return await admin.VerifyAuditAsync(noted?.ToString(), ct);
    }

    private static AuditReport Of(ChainReport report) => new(
        report.IsIntact, report.Events, report.Anchor.ToString(), report.Head.ToString(), report.FaultCount,
        [.. report.Faults.Select(fault => new AuditFault(
            string.Create(CultureInfo.InvariantCulture, $"e_{fault.Seq}"), fault.Kind, fault.Message))]);

    private static async Task WriteAsync(AuditReport report, TextWriter output)
    {
        var events = string.Create(CultureInfo.InvariantCulture, $"{report.Events:N0} {(report.Events == 1 ? "event" : "events")}");
        if (report.Ok)
        {
            await LineAsync($"OK: {events}, none changed, removed, added or moved.");
            await LineAsync($"head {report.Head}");
            await LineAsync("Note the head outside of this machine: with '--mark' it shows later that everything up to it is the same.");
            return;
        }
        await LineAsync(string.Create(CultureInfo.InvariantCulture,
            $"TAMPERED: {report.FaultCount:N0} {(report.FaultCount == 1 ? "fault" : "faults")} in {events}."));
        foreach (var fault in report.Faults) await LineAsync($"{fault.Id} {fault.Kind}: {fault.Message}");
        if (report.FaultCount > report.Faults.Count)
            await LineAsync(string.Create(CultureInfo.InvariantCulture, $"and {report.FaultCount - report.Faults.Count:N0} more"));
        await LineAsync($"head {report.Head}");

        // What the server says of the faults is its own word.
        Task LineAsync(string line) => output.WriteLineAsync(Printable.Of(line));
    }
}
