using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;

namespace OwpPool.Cli.Help;

/// <summary><c>owp doctor</c>: looks for what keeps it from working.</summary>
internal static class DoctorCommand
{
    private static readonly Column<Finding>[] Columns =
    [
        new("check", finding => finding.Check),
        new("result", finding => finding.Result),
        new("found", finding => finding.Message) { Wraps = true },
    ];

    public static Command Create() => new Command("doctor",
        "Look for what keeps owp from working: configuration, server, clock, version, tokens.")
    {
        WorkerConnection.Token, AdminConnection.Token, Answer.Json,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        invocation.Answer.Check(CliJson.Default.Finding);
        var doctor = new Doctor(invocation);
        var findings = await doctor.LookAsync(ct);
        invocation.Answer.WriteAll(findings, CliJson.Default.Finding, "", Columns);
        if (findings.All(finding => finding.Result != Finding.Failed)) return ExitCodes.Done;
        return doctor.NeedsAuth ? ExitCodes.NeedsAuth : ExitCodes.Error;
    }
}
