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
    /// <param name="isWorktree">That other folder is a worktree, of which nothing can be told yet; else it is empty.</param>
    /// <param name="environment">What it will be given.</param>
    /// <param name="ct">Ends the look.</param>
    /// <exception cref="UsageException">It cannot be started.</exception>
    public static async Task RequireStartableAsync(
        string command, string option, string? folder, bool isWorktree, IReadOnlyDictionary<string, string> environment,
        CancellationToken ct)
    {
        CommandProcess.RequireSessions();
        if (ProgramOf(command, environment) is not { } program) return;
        var isRelative = program.Contains('/', StringComparison.Ordinal) && !Path.IsPathRooted(program);
        if (isRelative && folder is null)
        {
            if (isWorktree) return;
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
