using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using OwpPool.Cli.Audit;
using OwpPool.Cli.Demo;
using OwpPool.Cli.Mcp;
using OwpPool.Cli.Run;
using OwpPool.Cli.Workers;

namespace OwpPool.Cli;

/// <summary>The command line of <c>owp</c>.</summary>
internal static class OwpCommand
{
    private static readonly RootCommand Root = new("Worker and admin commands for an Open Work Protocol pool.")
    {
        GlobalOptions.Server, GlobalOptions.Profile, GlobalOptions.Config, GlobalOptions.Debug,
        Group("worker", "Be a worker of a pool.", WorkerRegisterCommand.Create(), WorkerRunCommand.Create(),
            WorkerStatusCommand.Create()),
        Group("audit", "What the audit log is worth.", AuditVerifyCommand.Create()),
        DemoCommand.Create(), McpCommand.Create(),
    };

    static OwpCommand() => Root.SetAction(ShowHelp);

    /// <summary>Runs one command line and answers with its exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliHost host)
    {
        var parsed = Root.Parse(args);
        // A worker that drains takes its time.
        if (parsed.CommandResult.Command is SelfEndingCommand) host.ProcessTerminationTimeout = null;
        if (parsed.Errors.Count == 0) return await parsed.InvokeAsync(host);
        if (parsed.Action is ParseErrorAction wrong) wrong.ShowHelp = false;
        // What is said of a mistake is no data, suggestions included.
        await parsed.InvokeAsync(new InvocationConfiguration { Output = host.Error, Error = host.Error });
        await host.Error.WriteLineAsync($"See '{PathOf(parsed)} --help'.");
        return ExitCodes.Error;
    }

    /// <summary>A noun with its verbs; alone it shows its help.</summary>
    private static Command Group(string name, string description, params ReadOnlySpan<Command> verbs)
    {
        var group = new Command(name, description);
        foreach (var verb in verbs) group.Add(verb);
        group.SetAction(ShowHelp);
        return group;
    }

    private static int ShowHelp(ParseResult parsed) => new HelpAction().Invoke(parsed);

    /// <summary>The words that name the command.</summary>
    private static string PathOf(ParseResult parsed)
    {
        var words = new List<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: not RootCommand } part; at = at.Parent)
            words.Insert(0, part.Command.Name);
        return string.Join(' ', ["owp", .. words]);
    }
}
