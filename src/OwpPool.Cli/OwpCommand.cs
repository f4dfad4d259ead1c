using System.CommandLine;
using OwpPool.Cli.Audit;
using OwpPool.Cli.Demo;

namespace OwpPool.Cli;

/// <summary>The command line of <c>owp</c>.</summary>
internal static class OwpCommand
{
    /// <summary>Runs one command line and answers with its exit code.</summary>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Worker and admin commands for an Open Work Protocol pool.")
        {
            DemoCommand.Create(),
            new Command("audit", "What the audit log is worth.") { AuditVerifyCommand.Create() },
        };
        var parsed = root.Parse(args);
        var code = await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            // A stopped demo tells the pool that its workers go away, which takes longer than the default of two seconds over a slow line.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(10),
        });
        return parsed.Errors.Count > 0 ? ExitCodes.Usage : code;
    }
}
