using System.Diagnostics;

namespace OwpPool.Cli.Run;

/// <summary>A command as the leader of a process group of its own.</summary>
/// <remarks>It is started in two steps: the process waits until it is let go, so that nothing of a command runs that is not written down
/// yet. If this process ends in between, the other ends by itself.</remarks>
internal sealed class CommandProcess : IAsyncDisposable
{
    // Both outputs are one, for the order of the lines.
    private const string Gate = """read -r go && [ "$go" = go ] || exit 125; exec 2>&1; exec sh -c "$1" """;

    private static readonly string[] WithSetsid = ["setsid"];
    private static readonly string[] WithPerl = ["perl", "-MPOSIX", "-e", "POSIX::setsid(); exec @ARGV or die"];

    private readonly Process _process;
    private readonly TimeSpan _grace;
    private readonly TimeProvider _time;

    private CommandProcess(Process process, TimeSpan grace, TimeProvider time) => (_process, _grace, _time) = (process, grace, time);

    /// <summary>Of the group, and of its leader.</summary>
    public int Group => _process.Id;

    /// <summary>Both outputs.</summary>
    public Stream Output => _process.StandardOutput.BaseStream;

    /// <summary>The leader's, as <see cref="WaitAsync"/> returns it; null = it has not ended.</summary>
    public int? ExitCode => _process.HasExited ? _process.ExitCode : null;

    /// <summary>Starts it as far as the gate.</summary>
    /// <exception cref="UsageException">This system cannot do it.</exception>
    public static CommandProcess Start(
        string command, string folder, IReadOnlyDictionary<string, string> environment, TimeSpan grace, TimeProvider time)
    {
        string[] arguments = [.. SessionStarter(), "sh", "-c", Gate, "owp", command];
        var start = new ProcessStartInfo(arguments[0], arguments[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            WorkingDirectory = folder,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new CommandProcess(Process.Start(start)!, grace, time);
    }

    /// <summary>Lets it go, with the prompt on its stdin.</summary>
    public async Task LetGoAsync(string prompt, CancellationToken ct)
    {
        try
        {
            await using var input = _process.StandardInput;
            await input.WriteAsync("go\n".AsMemory(), ct);
            await input.WriteAsync(prompt.AsMemory(), ct);
        }
        catch (IOException)
        {
            // It does not want to read it.
        }
    }

    /// <summary>Waits for the leader's end.</summary>
    /// <returns>Its exit code; 128 and more for a signal.</returns>
    public async Task<int> WaitAsync(CancellationToken ct)
    {
        await _process.WaitForExitAsync(ct);
        return _process.ExitCode;
    }

    /// <summary>Ends what is left of the group.</summary>
    /// <returns>Whether all of it is gone.</returns>
    public async Task<bool> EndAsync()
    {
        // Before it has become a group's leader, no signal to the group reaches it, but the closed gate does.
        if (!ProcessGroups.IsAlive(Group) && !_process.HasExited) _process.Kill();
        return await ProcessGroups.EndAsync(Group, _grace, _time);
    }

    /// <summary>Goes on reading the output and throws it away: what the command left behind in another session may have it open, and
    /// writing into a closed pipe would kill it.</summary>
    public void AbandonOutput() => _ = ChildText.DrainAsync(Output);

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _process.Dispose();
    }

    /// <exception cref="UsageException">This system cannot start a command in a session of its own.</exception>
    public static void RequireSessions() => SessionStarter();

    private static string[] SessionStarter()
    {
        if (IsThere("setsid")) return WithSetsid;
        // macOS has no setsid.
        if (IsThere("perl")) return WithPerl;
        throw new UsageException("--exec needs 'setsid' or 'perl' to end all processes of a command; on Windows, use WSL.");
    }

    private static bool IsThere(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, program)));
}
