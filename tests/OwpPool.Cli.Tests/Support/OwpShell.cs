using System.CommandLine;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Support;

/// <summary>Runs <c>owp</c> in this process as one user would on a machine of their own: with a home folder and variables that no other
/// test sees.</summary>
internal sealed class OwpShell : IDisposable
{
    private readonly TemporaryFolder _home = new();

    public Dictionary<string, string> Variables { get; } = [];

    public string ConfigPath => _home.File("owp-pool/config.json");

    public TemporaryFolder Home => _home;

    /// <summary>What the user sees instead of what a program would.</summary>
    public bool IsTerminal { get; set; }

    /// <summary>How many columns that terminal has.</summary>
    public int Width { get; set; } = 80;

    /// <summary>What the user types.</summary>
    public string? Typed { get; set; }

    /// <summary>How wrong the clock of the machine is.</summary>
    public TimeSpan ClockAhead { get; set; }

    public OwpShell() => Variables["XDG_CONFIG_HOME"] = _home.FullPath;

    /// <summary>Lets the admin's and all other commands find the pool.</summary>
    public OwpShell At(TestPool pool)
    {
        Variables["OWP_URL"] = pool.Address.AbsoluteUri;
        Variables["OWP_ADMIN_TOKEN"] = ServerProcess.AdminToken;
        return this;
    }

    /// <summary>One command line; blanks part its words.</summary>
    public Task<ProgramResult> RunAsync(string line) => RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    public async Task<ProgramResult> RunAsync(IReadOnlyList<string> args)
    {
        using var output = new StringWriter();
        return await RunAsync(args, output, CancellationToken.None);
    }

    /// <summary>One that is stopped as by Ctrl-C.</summary>
    public Task<ProgramResult> RunAsync(string line, StringWriter output, CancellationToken stop) =>
        RunAsync(line.Split(' '), output, stop);

    /// <summary>What commands share, in a command of the test's own.</summary>
    public async Task<ProgramResult> RunAsync(Action<Invocation> action)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var command = new RootCommand().Runs((invocation, _) =>
        {
            action(invocation);
            return Task.FromResult(ExitCodes.Done);
        });
        return new ProgramResult(await command.Parse([]).InvokeAsync(Host(output, error)), output.ToString(), error.ToString());
    }

    private async Task<ProgramResult> RunAsync(IReadOnlyList<string> args, StringWriter output, CancellationToken stop)
    {
        using var error = new StringWriter();
        var code = await OwpCommand.RunAsync(args, Host(output, error), stop);
        return new ProgramResult(code, output.ToString(), error.ToString());
    }

    private CliHost Host(StringWriter output, StringWriter error) => new()
    {
        Output = output,
        Error = error,
        Input = new StringReader(Typed ?? ""),
        IsInputTerminal = Typed is not null,
        IsOutputTerminal = IsTerminal,
        Width = Width,
        Time = ClockAhead == TimeSpan.Zero ? TimeProvider.System : new WrongClock(ClockAhead),
        Variables = name => Variables.GetValueOrDefault(name),
    };

    public void Dispose() => _home.Dispose();

    private sealed class WrongClock(TimeSpan ahead) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
    }
}
