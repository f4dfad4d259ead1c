using System.CommandLine;
using OwpPool.Cli.Output;

namespace OwpPool.Cli.Run;

/// <summary>The options by which <c>owp worker run</c> does the work: the command, and where it runs.</summary>
internal static class CommandOptions
{
    private static readonly Option<string?> Exec = new("--exec")
    {
        Description = "Command to run for each task, under sh. Without it, and without --preset, leases are only listed.",
        HelpName = "command",
    };

    private static readonly Option<string?> PresetName = PresetOption();

    private static readonly Option<string[]> RepoDirs = new("--repo-dir")
    {
        Description = "Local clone: each task gets a git worktree of it, on branch owp/<task>. 'owner/name=dir' is for that repo only; "
            + "the option may be given several times.",
        HelpName = "[repo=]dir",
    };

    private static readonly Option<string?> Dir = new("--dir")
    {
        Description = "Run every task in this folder. Without it and without --repo-dir each gets an empty one.",
        HelpName = "dir",
    };

    private static readonly Option<string?> Worktrees = new("--worktrees")
    {
        Description = "Where worktrees are made [beside the clone, in <clone>.owp].",
        HelpName = "dir",
    };

    private static readonly Option<string?> Base = new("--base")
    {
        Description = "What branches start from [origin's default branch, else what the clone has checked out].",
        HelpName = "ref",
    };

    private static readonly Option<double?> Grace = Numbers.Seconds(
        "--grace", "Time between TERM and KILL when a command must end [10].", 0, 3_600);

    private static readonly Option<double?> Limit = Numbers.Seconds(
        "--timeout", "How long a command may run before it is ended and its task reported as failed, such as 2h [2h]; 0 = for ever.",
        0, 604_800);

    private static readonly Option<int?> PauseAfter = Numbers.Whole(
        "--pause-after", "Pause after this many failures in a row [3]; 0 = never.", 0, 1_000, "failures");

    private static readonly Option<double?> RetryBlocked = Numbers.Seconds(
        "--retry-blocked", "When the command of a blocked task is started again [900].", 1, 86_400);

    private static readonly Option<int?> RetryAfter = Numbers.Whole(
        "--retry-after", "How long a task rests that was given back with 'later' [300].", 0, 86_400, "seconds");

    private static readonly Option<bool> AllowNoPr = new("--allow-no-pr")
    {
        Description = "Treat exit 0 without a pull request as success.",
    };

    private static readonly Option<string[]> Env = new("--env", "--pass-env")
    {
        Description = "Variable of this shell to pass on to the command, beyond the few that it gets anyway (see below); NAME* passes on "
            + "all that begin so. The option may be given several times.",
        HelpName = "name",
    };

    private static readonly Option<bool> Echo = new("--echo") { Description = "Show the commands' output here too." };

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Option> All { get; } =
    [
        Exec, PresetName, RepoDirs, Dir, Worktrees, Base, Limit, Grace, PauseAfter, RetryBlocked, RetryAfter, AllowNoPr, Env, Echo,
    ];

    /// <summary>The command; null = none, list only.</summary>
    /// <exception cref="UsageException">There are two, or options for a command without one.</exception>
    public static string? CommandOf(Invocation invocation)
    {
        var (exec, preset) = (invocation.Get(Exec), invocation.Get(PresetName));
        if (exec is not null && preset is not null)
            throw new UsageException("--exec and --preset cannot both be given; --preset only fills in a command line.");
        var command = preset is not null ? Preset.Of(preset).Command : exec;
        if (command is not null && string.IsNullOrWhiteSpace(command)) throw new UsageException("--exec is empty.");
        if (command is null && All.FirstOrDefault(invocation.Has) is { } idle)
            throw new UsageException($"{idle.Name} says how a command is run, and there is none: give --exec or --preset.");
        return command;
    }

    /// <summary>How the command is run.</summary>
    public static CommandSettings Read(
        Invocation invocation, string command, string folder, SecretMask mask, Action<string, string> echo) => new()
    {
        Command = command,
        Folder = folder,
        Timeout = (invocation.Get(Limit) ?? 7200) is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null,
        Grace = TimeSpan.FromSeconds(invocation.Get(Grace) ?? 10),
        RestSeconds = invocation.Get(RetryAfter) ?? 300,
        AllowNoPullRequest = invocation.Get(AllowNoPr),
        Mask = mask,
        Echo = invocation.Get(Echo) ? echo : null,
    };

    /// <summary>What the command finds in its environment.</summary>
    /// <param name="invocation">Where the options stand.</param>
    /// <param name="own">This process's variables.</param>
    /// <exception cref="UsageException">One that is to be passed on is no name.</exception>
    public static ChildEnvironment EnvironmentOf(Invocation invocation, IReadOnlyDictionary<string, string> own)
    {
        var named = invocation.Get(Env) ?? [];
        foreach (var name in named)
        {
            if (name.Length == 0 || name.Contains('=', StringComparison.Ordinal))
                throw new UsageException($"--env '{name}' is not the name of a variable. Set the variable, and give its name alone.");
            if (!name.EndsWith('*') && !own.ContainsKey(name)) invocation.Warn($"--env {name}: this variable is not set.");
        }
        return new ChildEnvironment(own, invocation.Get(PresetName) is { } preset ? [.. Preset.Of(preset).Variables, .. named] : named);
    }

    /// <summary>Refuses a command that cannot be started, before it costs a task.</summary>
    /// <exception cref="UsageException">It cannot.</exception>
    public static Task RequireStartableAsync(
        Invocation invocation, string command, ChildEnvironment environment, IReadOnlyDictionary<string, string> clones,
        CancellationToken ct)
    {
        var option = invocation.Get(PresetName) is { } preset ? $"--preset {preset}" : "--exec";
        var worktrees = new GitWorktrees(clones, null, invocation.Get(Base), invocation.Warn, invocation.Host.Time);
        return CommandCheck.RequireStartableAsync(command, option, invocation.Get(Dir), clones.Count == 0 ? null : RequireCommittedAsync,
            environment.Base, ct);

        Task RequireCommittedAsync(string program) =>
            CommandCheck.RequireCommittedAsync(program, option, worktrees, clones.Values.Distinct(), ct);
    }

    /// <summary>After how many failures in a row a worker pauses itself; null = never.</summary>
    public static int? PauseAfterOf(Invocation invocation) => (invocation.Get(PauseAfter) ?? 3) is > 0 and var count ? count : null;

    /// <summary>When a blocked task is tried again.</summary>
    public static TimeSpan RetryBlockedOf(Invocation invocation) => TimeSpan.FromSeconds(invocation.Get(RetryBlocked) ?? 900);

    /// <summary>The clones, by repo in lower case or <see cref="GitWorktrees.AnyRepo"/>; empty = none were given.</summary>
    /// <exception cref="UsageException">One is no clone, or two are for the same repo.</exception>
    public static IReadOnlyDictionary<string, string> ClonesOf(Invocation invocation)
    {
        var clones = new Dictionary<string, string>();
        foreach (var given in invocation.Get(RepoDirs) ?? [])
        {
            // A folder may have a '=' in its name.
            var at = Directory.Exists(given) ? -1 : given.IndexOf('=', StringComparison.Ordinal);
            var (repo, folder) = at > 0 ? (given[..at].Trim().ToLowerInvariant(), given[(at + 1)..]) : (GitWorktrees.AnyRepo, given);
            // No shell does this behind a '='.
            if (folder.StartsWith("~/", StringComparison.Ordinal) && invocation.Host.Variable("HOME") is { } home)
                folder = Path.Combine(home, folder[2..]);
            if (!Directory.Exists(folder)) throw new UsageException($"--repo-dir {given}: there is no folder {folder}.");
            if (!clones.TryAdd(repo, Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))))
                throw new UsageException($"--repo-dir {given}: there are two for {(repo == GitWorktrees.AnyRepo ? "any repo" : repo)}.");
        }
        return clones;
    }

    /// <summary>Where tasks are worked on.</summary>
    /// <exception cref="UsageException">The options contradict each other, or a folder is not there.</exception>
    public static IWorkspaces WorkspacesOf(
        Invocation invocation, IReadOnlyDictionary<string, string> clones, string scratch, Action<string> warn)
    {
        var dir = invocation.Get(Dir);
        if (clones.Count > 0)
        {
            if (dir is not null) throw new UsageException("--dir and --repo-dir cannot both be given.");
            var root = invocation.Get(Worktrees) is { } given ? Path.GetFullPath(given) : null;
            return new GitWorktrees(clones, root, invocation.Get(Base), warn, invocation.Host.Time);
        }
        if (invocation.Has(Worktrees) || invocation.Has(Base)) throw new UsageException("--worktrees and --base go with --repo-dir.");
        if (dir is not null && !Directory.Exists(dir)) throw new UsageException($"--dir: there is no folder {dir}.");
        return new Folders(dir is null ? null : Path.GetFullPath(dir), scratch);
    }

    private static Option<string?> PresetOption()
    {
        var option = new Option<string?>("--preset")
        {
            Description = $"Command line of a coding tool, in place of --exec: {string.Join(", ", Preset.Names)}.",
            HelpName = "tool",
        };
        option.AcceptOnlyFromAmong([.. Preset.Names]);
        return option;
    }
}
