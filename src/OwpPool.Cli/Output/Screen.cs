using Spectre.Console;

namespace OwpPool.Cli.Output;

/// <summary>Makes the console that tables are drawn on.</summary>
internal static class Screen
{
    /// <summary>Wide enough that no table of ours is broken; a pipe has no width.</summary>
    private const int PipeWidth = 140;

    /// <summary>The output as a console: colours only where somebody sees them and has not asked for none (NO_COLOR, CLICOLOR).</summary>
    public static IAnsiConsole Of(CliHost host) => Create(host, host.Output, host.IsOutputTerminal);

    /// <summary>The same of the error stream, where progress is shown.</summary>
    public static IAnsiConsole OfErrors(CliHost host) => Create(host, host.Error, host.IsErrorTerminal);

    private static IAnsiConsole Create(CliHost host, TextWriter writer, bool isTerminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            // Nothing is ever asked through it, so it matters only whether somebody watches, not whether there is a keyboard.
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = HasColors(host, isTerminal) ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
        });
        if (!isTerminal) console.Profile.Width = PipeWidth;
        else if (host.Width is { } width) console.Profile.Width = width;
        return console;
    }

    private static bool HasColors(CliHost host, bool isTerminal) =>
        isTerminal && host.Variables("NO_COLOR") is null or "" && host.Variable("CLICOLOR") != "0";
}
