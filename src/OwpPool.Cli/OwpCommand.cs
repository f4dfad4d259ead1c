using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using OwpPool.Cli.Admin;
using OwpPool.Cli.Audit;
using OwpPool.Cli.Configuration;
using OwpPool.Cli.Conformance;
using OwpPool.Cli.Db;
using OwpPool.Cli.Demo;
using OwpPool.Cli.Events;
using OwpPool.Cli.GitHub;
using OwpPool.Cli.Help;
using OwpPool.Cli.Mcp;
using OwpPool.Cli.Repos;
using OwpPool.Cli.Run;
using OwpPool.Cli.Tasks;
using OwpPool.Cli.Workers;

namespace OwpPool.Cli;

/// <summary>The command line of <c>owp</c>.</summary>
internal static class OwpCommand
{
    private static readonly RootCommand Root = new("Worker and admin commands for an Open Work Protocol pool.")
    {
        GlobalOptions.Server, GlobalOptions.Profile, GlobalOptions.Config, GlobalOptions.Debug,
        Group("worker", "Register and run a worker; list, trust and revoke workers.",
            WorkerRegisterCommand.Create(), WorkerRunCommand.Create(), WorkerSimulateCommand.Create(), WorkerStatusCommand.Create(),
            WorkerExplainCommand.Create(), WorkerReportCommand.Create(), WorkerReleaseCommand.Create(),
            WorkerStateCommands.CreatePause(), WorkerStateCommands.CreateResume(), WorkerRotateTokenCommand.Create(),
            WorkerListCommand.Create(), WorkerViewCommand.Create(), WorkerAdminCommands.CreateTrust(), WorkerAdminCommands.CreateRevoke()),
        DeskCommand.Create(),
        StateCommand.Create("status"),
        TaskGroup(),
        RepoGroup(),
        EventsCommand.Create(),
        AuditGroup(),
        AnalyticsCommand.Create(),
        Group("admin", "Maintain the pool: invites, tokens, workers, pause; and the older tool's names.",
            RepoCreateCommand.CreateInitRepo(), TaskCreateCommand.Create("add-task"), TaskImportCommand.Create("import-tasks"),
            GitHubImportCommand.Create(), StateCommand.Create("state"), PoolPauseCommands.CreatePause(), PoolPauseCommands.CreateResume(),
            InviteCommands.Create(), InviteCommands.CreateList(), TokenGroup(), TaskGroup(), WorkerGroup(), RepoGroup(), AuditGroup()),
        Group("profile", "Manage saved profiles (server and token).",
            ProfileCommands.CreateList(), ProfileCommands.CreateUse(), ProfileCommands.CreateAdd(), ProfileCommands.CreateRemove()),
        Group("db", "Back up and restore the pool's database, on the machine that has it.", DbCommands.CreateBackup(), DbCommands.CreateRestore()),
        DoctorCommand.Create(),
        DemoCommand.Create(),
        ConformanceCommand.Create(),
        McpCommand.Create(),
        CompletionCommand.Create(),
        HelpCommand.Create(),
    };

    static OwpCommand()
    {
        Root.SetAction(ShowHelp);
        // Of the ways to ask for help, those that only some systems know would be offered by every completion.
        var help = Root.Options.OfType<HelpOption>().Single();
        foreach (var alias in help.Aliases.Where(alias => alias is not "-h").ToList()) help.Aliases.Remove(alias);
        help.Action = HelpText.Action;
        Completing.Attach(Root);
    }

    /// <summary>Every command with the words that name it, <c>owp</c> left out.</summary>
    public static IEnumerable<(string Path, Command Command)> Commands => Below(Root, "");

    /// <summary>What a command line means.</summary>
    public static ParseResult Parse(IReadOnlyList<string> args) => Root.Parse(args);

    /// <summary>Runs one command line and answers with its exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, CliHost host, CancellationToken stop = default)
    {
        var parsed = Root.Parse(args);
        // A worker that drains takes its time.
        if (parsed.CommandResult.Command is SelfEndingCommand) host.ProcessTerminationTimeout = null;
        Completing.Use(host);
        if (parsed.Errors.Count == 0) return await parsed.InvokeAsync(host, stop);
        if (parsed.Action is ParseErrorAction wrong) (wrong.ShowHelp, wrong.ShowTypoCorrections) = (false, false);
        // What is said of a mistake is no data, suggestions included.
        await parsed.InvokeAsync(new InvocationConfiguration { Output = host.Error, Error = host.Error }, stop);
        if (Similar.Of(parsed, Root) is { Count: > 0 } meant) await host.Error.WriteLineAsync($"Did you mean: {string.Join(", ", meant)}?");
        await host.Error.WriteLineAsync($"See '{PathOf(parsed)} --help'.");
        return ExitCodes.Error;
    }

    private static IEnumerable<(string Path, Command Command)> Below(Command command, string path) =>
        command.Subcommands.SelectMany(child => Below(child, $"{path} {child.Name}".Trim()).Prepend(($"{path} {child.Name}".Trim(), child)));

    private static Command TaskGroup() => Group("task", "List, create, edit, accept and reject tasks.",
        TaskListCommand.Create(), TaskViewCommand.Create(), TaskLogsCommand.Create(), TaskCreateCommand.Create("create"),
        TaskImportCommand.Create("import"), TaskEditCommand.Create(), TaskMoveCommand.Create(), TaskReviewCommands.CreateAccept(),
        TaskReviewCommands.CreateReject(), TaskActCommands.CreateRequeue(), TaskActCommands.CreateCancel(), TaskActCommands.CreateForce(),
        BulkGroup());

    private static Command BulkGroup() => Group("bulk", "Requeue, cancel, edit or accept many tasks: those of a filter, or those named.",
        TaskBulkCommands.CreateRequeue(), TaskBulkCommands.CreateCancel(), TaskBulkCommands.CreateEdit(), TaskBulkCommands.CreateAccept());

    private static Command RepoGroup() => Group("repo", "Manage repos: review budgets, area locks, backlogs.",
        RepoListCommand.Create(), RepoViewCommand.Create(), RepoCreateCommand.Create(), RepoEditCommand.Create(),
        RepoPauseCommands.CreatePause(), RepoPauseCommands.CreateResume(), GitHubSyncCommand.Create());

    private static Command WorkerGroup() => Group("worker", "List, pause, trust and revoke workers.",
        WorkerListCommand.Create(), WorkerViewCommand.Create(), WorkerAdminCommands.CreatePause(), WorkerAdminCommands.CreateResume(),
        WorkerAdminCommands.CreateTrust(), WorkerAdminCommands.CreateRevoke());

    private static Command TokenGroup() => Group("token", "Manage maintainers' tokens and roles.",
        TokenCommands.CreateCreate(), TokenCommands.CreateList(), TokenCommands.CreateRevoke());

    private static Command AuditGroup() => Group("audit", "Read, export and verify the audit log.",
        AuditListCommand.Create(), AuditExportCommand.Create(), AuditVerifyCommand.Create());

    /// <summary>A noun with its verbs; alone it shows its help.</summary>
    private static Command Group(string name, string description, params ReadOnlySpan<Command> verbs)
    {
        var group = new Command(name, description);
        foreach (var verb in verbs) group.Add(verb);
        group.SetAction(ShowHelp);
        return group;
    }

    private static int ShowHelp(ParseResult parsed) => HelpText.Action.Invoke(parsed);

    /// <summary>The words that name the command.</summary>
    private static string PathOf(ParseResult parsed)
    {
        var words = new List<string>();
        for (SymbolResult? at = parsed.CommandResult; at is CommandResult { Command: not RootCommand } part; at = at.Parent)
            words.Insert(0, part.Command.Name);
        return string.Join(' ', ["owp", .. words]);
    }
}
