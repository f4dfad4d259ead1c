using System.Collections;
using System.CommandLine;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Cli.Workers;
using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary><c>owp worker run</c>: takes tasks and has a command do them; without one it lists leases.</summary>
internal static class WorkerRunCommand
{
    private static readonly Option<bool> Register = new("--register")
    {
        Description = "Register first where the profile holds no worker yet, as 'owp worker register' does.",
    };

    public static Command Create()
    {
        var command = new SelfEndingCommand("run", "Take tasks and run a command for each; without a command, list leases. "
            + "The first Ctrl-C or SIGTERM finishes what runs, the second gives it back and stops.")
        {
            WorkerConnection.Token, Register, Answer.Json, LongHelp.Option(CommandContract.Help),
        };
        foreach (var option in (Option[])[.. CommandOptions.All, .. TakingOptions.All, .. WorkerRegisterCommand.ProfileOptions])
            command.Add(option);
        return command.Runs(RunAsync);
    }

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        var writer = new StepWriter(invocation);
        var command = CommandOptions.CommandOf(invocation);
        var clones = CommandOptions.ClonesOf(invocation);
        var environment = CommandOptions.EnvironmentOf(invocation, OwnVariables());
        if (command is not null) await CommandOptions.RequireStartableAsync(invocation, command, environment, clones, ct);
        using var connection = await ConnectAsync(invocation, ct);
        string[] served = clones.ContainsKey(GitWorktrees.AnyRepo) ? [] : [.. clones.Keys];
        var settings = TakingOptions.Read(invocation, served, connection.Profile?.HeartbeatIntervalSeconds)
            with { RetryBlocked = CommandOptions.RetryBlockedOf(invocation), PauseAfter = CommandOptions.PauseAfterOf(invocation) };
        using var signals = new EndSignals(isStop => writer.WriteEnd(invocation.Host.Time, isStop), ct);
        return await signals.GuardAsync(() => command is null
            ? ListAsync(invocation, connection, settings, writer, signals)
            : WorkAsync(invocation, connection, command, environment, clones, settings, writer, signals));
    }

    private static async Task<int> ListAsync(
        Invocation invocation, WorkerConnection connection, RunnerSettings settings, StepWriter writer, EndSignals signals)
    {
        var listing = new LeaseListing(connection.Client, settings, writer.Write, invocation.Host.Time);
        if (settings.Once)
        {
            invocation.Say(await listing.LookAsync(signals.Signals.Drain));
            invocation.Say("No task was taken: add --exec or --preset to do tasks, or leave --once out to take and list them.");
            return ExitCodes.Done;
        }
        invocation.Say($"{Who(connection)} takes tasks of {Where(connection)}, lists them and sends heartbeats; Ctrl-C ends it. Nothing is done "
            + "with them here: report what you do with 'owp worker report'.");
        await listing.RunAsync(signals.Signals.Drain);
        return ExitCodes.Done;
    }

    private static async Task<int> WorkAsync(
        Invocation invocation, WorkerConnection connection, string command, ChildEnvironment environment,
        IReadOnlyDictionary<string, string> clones, RunnerSettings settings, StepWriter writer, EndSignals signals)
    {
        using var journal = RunJournal.Open(await FolderAsync(invocation, connection));
        var mask = new SecretMask([.. environment.Secrets, connection.Secret]);
        var how = CommandOptions.Read(invocation, command, Path.Combine(journal.Folder, "tasks"), mask, writer.Echo);
        var workspaces = CommandOptions.WorkspacesOf(invocation, clones, Path.Combine(journal.Folder, "scratch"), Warn);
        var work = new CommandWork(how, environment, workspaces, journal, Warn, invocation.Host.Time);
        Introduce(invocation, connection, mask.Hide(command), environment);
        await work.EndOrphansAsync();
        // Without anything to go on with, a wrong address is better told at once than asked again and again.
        if (journal.Entries.Count == 0) _ = await connection.Client.GetSelfAsync(signals.Signals.Drain);
        using var runner = new WorkerRunner(connection.Client, settings, work, Tell, invocation.Host.Time);
        var summary = await runner.RunAsync(signals.Signals);
        invocation.Say(summary.Total == 0 && settings.Once ? "There is no work now. 'owp worker explain' says why." : $"Ended: {summary}.");
        if (summary.Fault is { } fault) invocation.Say(mask.Hide(fault));
        if (signals.IsStopped) return ExitCodes.Cancelled;
        if (summary.Fault is not null) return ExitCodes.Error;
        return settings.Once && summary.Failed + summary.Lost > 0 ? ExitCodes.Error : ExitCodes.Done;

        void Warn(string note) => Tell(new RunStep(invocation.Host.Time.GetUtcNow(), Steps.Warning) { Note = note });

        void Tell(RunStep step) => writer.Write(step with { Note = step.Note is { } note ? mask.Hide(note) : null });
    }

    /// <summary>Says who waits for what, and what the command does not get: a worker may wait long without a word.</summary>
    private static void Introduce(Invocation invocation, WorkerConnection connection, string command, ChildEnvironment environment)
    {
        invocation.Say($"{Who(connection)} waits for tasks of {Where(connection)}; Ctrl-C ends it. For each it runs:");
        invocation.Say($"  {command}");
        string[] notable = [.. environment.HeldBack.Where(name => SecretNames.IsSecret(name) || name is "SSH_AUTH_SOCK")];
        if (notable.Length > 0)
            invocation.Say($"Not passed on to the command: {string.Join(", ", notable)} (--env NAME passes one on).");
    }

    private static string Who(WorkerConnection connection) =>
        connection.Profile is { } profile ? $"{profile.Name} ({profile.WorkerId})" : "The worker of the token";

    private static string Where(WorkerConnection connection) => connection.Server.AbsoluteUri.TrimEnd('/');

    private static async Task<WorkerConnection> ConnectAsync(Invocation invocation, CancellationToken ct)
    {
        try
        {
            return WorkerConnection.Open(invocation);
        }
        catch (Exception failure) when (failure is NoTokenException or UsageException && invocation.Get(Register))
        {
            // There is no such profile yet, or it holds no worker; anything else, the registration finds as wrong as this did.
            await WorkerRegisterCommand.RegisterAsync(invocation, ct);
            return WorkerConnection.Open(invocation);
        }
    }

    /// <summary>The worker's own, beside the configuration: two of one machine must not take each other's tasks for theirs.</summary>
    private static async Task<string> FolderAsync(Invocation invocation, WorkerConnection connection)
    {
        var name = connection.Profile?.WorkerId ?? (await connection.Client.GetSelfAsync()).WorkerId;
        return Path.Combine(Path.GetDirectoryName(invocation.Config.Path)!, "run", LeaseFiles.NameOf(name));
    }

    private static Dictionary<string, string> OwnVariables() => Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .ToDictionary(pair => (string)pair.Key, pair => (string?)pair.Value ?? "");
}
