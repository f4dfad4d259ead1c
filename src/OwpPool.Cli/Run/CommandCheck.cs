using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace OwpPool.Cli.Run;

/// <summary>Looks before the first task is taken whether the command can be started, as far as that can be told without starting it.
/// </summary>
internal static partial class CommandCheck
{
    private const string Look = """
        case $1 in
        */*) [ -e "$1" ] || exit 127; [ -f "$1" ] && [ -x "$1" ] || exit 126 ;;
        *) command -v "$1" >/dev/null || exit 127 ;;
        esac
        """;

    /// <param name="command">For <c>sh</c>. Where it does not begin with a plain word, nothing can be told.</param>
    /// <param name="option">By which it was given, for the message.</param>
    /// <param name="folder">Where it will run; null = in another folder for each task.</param>
    /// <param name="requireInWorktrees">Refuses a relative path that is not in the worktrees; null = those other folders are empty.</param>
    /// <param name="environment">What it will be given.</param>
    /// <param name="ct">Ends the look.</param>
    /// <exception cref="UsageException">It cannot be started.</exception>
    public static async Task RequireStartableAsync(
        string command, string option, string? folder, Func<string, Task>? requireInWorktrees,
        IReadOnlyDictionary<string, string> environment, CancellationToken ct)
    {
        CommandProcess.RequireSessions();
        if (ProgramOf(command, environment) is not { } program) return;
        var isRelative = program.Contains('/', StringComparison.Ordinal) && !Path.IsPathRooted(program);
        if (isRelative && folder is null)
        {
            if (requireInWorktrees is not null)
            {
                await requireInWorktrees(program);
                return;
            }
            throw new UsageException($"{option}: {program} is looked up in the folder of each task, which is empty. Give its full path, or "
                + "--dir or --repo-dir. No task was taken.");
        }
        var problem = await AskAsync(program, folder, environment, ct) switch
        {
            CommandContract.NotFound when isRelative => $"there is no {program} in {folder}. Give its full path",
            CommandContract.NotFound when Path.IsPathRooted(program) => $"there is no {program}. Correct the path",
            CommandContract.NotFound => $"there is no program '{program}' on the PATH. Install it, or give its full path",
            CommandContract.NotExecutable => $"{program} is not an executable file. Run chmod +x on it, or name the program that reads it",
            _ => null,
        };
        if (problem is not null) throw new UsageException($"{option}: {problem}. No task was taken.");
    }

    /// <summary>Refuses a program that the worktrees of a clone will not have, or not as one that can be executed.</summary>
    /// <param name="program">A path from the top of the worktree.</param>
    /// <param name="option">By which it was given, for the message.</param>
    /// <param name="worktrees">Those that tasks will get.</param>
    /// <param name="clones">Their clones.</param>
    /// <param name="ct">Ends the look.</param>
    /// <exception cref="UsageException">One will not, or is no clone.</exception>
    public static async Task RequireCommittedAsync(
        string program, string option, GitWorktrees worktrees, IEnumerable<string> clones, CancellationToken ct)
    {
        var path = Path.GetRelativePath("/", Path.GetFullPath(program, "/"));
        foreach (var clone in clones)
        {
            var problem = await IsExecutableAsync(worktrees, clone, path, ct) switch
            {
                null => $"it is not committed in {clone}. Commit and push it, or give its full path"
                    + (File.Exists(program) ? $", {Path.GetFullPath(program)}" : ""),
                true => null,
                false => $"in {clone} it is no executable file. Run 'git update-index --chmod=+x {path}', commit and push",
            };
            if (problem is not null)
                throw new UsageException($"{option}: {program} is looked up in the worktree of each task, and {problem}. No task was taken.");
        }
    }

    private static async Task<bool?> IsExecutableAsync(GitWorktrees worktrees, string clone, string path, CancellationToken ct)
    {
        try
        {
            return await worktrees.IsExecutableAsync(clone, path, ct);
        }
        catch (WorkspaceException failure)
        {
            throw new UsageException($"--repo-dir {clone} cannot be used: {failure.Message}");
        }
    }

    /// <summary>The word that a shell looks up; null = that takes a shell to say.</summary>
    private static string? ProgramOf(string command, IReadOnlyDictionary<string, string> environment)
    {
        var word = FirstWord().Match(command) is { Success: true } match ? match.Groups[1].Value : null;
        return word?.StartsWith("~/", StringComparison.Ordinal) is true && environment.TryGetValue("HOME", out var home)
            ? Path.Combine(home, word[2..])
            : word;
    }

    private static async Task<int> AskAsync(
        string program, string? folder, IReadOnlyDictionary<string, string> environment, CancellationToken ct)
    {
        var start = new ProcessStartInfo("sh", ["-c", Look, "owp", program]) { WorkingDirectory = folder ?? "" };
        start.Environment.Clear();
        foreach (var (name, value) in environment) start.Environment[name] = value;
        try
        {
            using var shell = Process.Start(start)!;
            await shell.WaitForExitAsync(ct);
            return shell.ExitCode;
        }
        catch (Win32Exception failure)
        {
            throw new UsageException($"A command is run by 'sh', which cannot be started: {failure.Message}");
        }
    }

    /// <summary>Without quotes, variables or patterns, and not the name of a function or variable that is defined.</summary>
    [GeneratedRegex(@"\A\s*(~?[A-Za-z0-9_./+@%][A-Za-z0-9_./+@%:,-]*)(?=\z|[\s;&|<>])")]
    private static partial Regex FirstWord();
}
