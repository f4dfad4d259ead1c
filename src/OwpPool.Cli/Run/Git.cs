using System.Diagnostics;

namespace OwpPool.Cli.Run;

/// <summary>What git said.</summary>
internal sealed record GitAnswer(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>Runs git, which is asked nothing and asks nobody.</summary>
/// <param name="time">The clock of its time limit.</param>
internal sealed class Git(TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>Whether a variable sends git to another repository than that of its folder.</summary>
    public static bool IsPlace(string variable) =>
        variable is "GIT_DIR" or "GIT_WORK_TREE" or "GIT_INDEX_FILE" or "GIT_PREFIX" or "GIT_COMMON_DIR";

    private static bool IsPools(string variable) => variable.StartsWith("OWP_", StringComparison.Ordinal);

    /// <summary>Runs it and waits for its end, not for that of a helper which it may have left behind.</summary>
    /// <returns>What it said; of a success no errors.</returns>
    /// <exception cref="WorkspaceException">It cannot be started, or does not end.</exception>
    public async Task<GitAnswer> AskAsync(string folder, CancellationToken ct, params string[] arguments)
    {
        var start = new ProcessStartInfo("git", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        // Identity and transport are the user's; where the repository is, is said here. A hook or filter of it, which an agent may have
        // written, has no business with the tokens of the pool.
        foreach (var name in start.Environment.Keys.Where(name => IsPlace(name) || IsPools(name)).ToList())
            start.Environment.Remove(name);
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["LC_ALL"] = "C";
        using var limit = new RunningLimit(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        using var git = StartOf(start);
        git.StandardInput.Close();
        var (output, error) = (new ChildText(git.StandardOutput), new ChildText(git.StandardError));
        try
        {
            await git.WaitForExitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!git.HasExited)
        {
            git.Kill(entireProcessTree: true);
            if (ct.IsCancellationRequested) throw;
            throw new WorkspaceException($"git {arguments[0]} did not end within {Limit.TotalMinutes:0} minutes.");
        }
        // It is the errors that helpers hold open.
        return new GitAnswer(git.ExitCode, await output.CompleteAsync(time, ct),
            git.ExitCode == 0 ? "" : await error.CompleteAsync(time, ct));
    }

    /// <summary>The same, where nothing but success will do.</summary>
    /// <exception cref="WorkspaceException">It failed; the message has what it said.</exception>
    public async Task<string> DoAsync(string folder, CancellationToken ct, params string[] arguments)
    {
        var answer = await AskAsync(folder, ct, arguments);
        return answer.Succeeded ? answer.Output : throw new WorkspaceException($"git {string.Join(' ', arguments)}: {answer.Error}");
    }

    private static Process StartOf(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception failure)
        {
            throw new WorkspaceException($"git cannot be started: {failure.Message}");
        }
    }
}
