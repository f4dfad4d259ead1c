using System.CommandLine;
using System.Globalization;
using Spectre.Console;

namespace OwpPool.Cli.Demo;

/// <summary><c>owp demo</c>: takes the tasks of a file from ready to merged with three simulated workers.</summary>
internal static class DemoCommand
{
    private static readonly Option<string> Tasks = new("--tasks") { Description = "YAML file with the tasks.", Required = true };

    private static readonly Option<string> Repo = new("--repo")
    {
        Description = "Repo that the tasks belong to; it is added where it is not there.",
        DefaultValueFactory = _ => "demo/shop",
    };

    private static readonly Option<string?> Workers = new("--workers")
    {
        Description = "File that keeps the workers' tokens (mode 600), so that a later run goes on as the same workers.",
    };

    private static readonly Option<double> Speed = Positive("--speed", "How fast work is simulated; 2 is twice as fast.", 1, 1000);

    private static readonly Option<double> Deadline = Positive("--deadline", "Seconds after which the run has failed.", 300, 86_400);

    private static readonly Option<double> Stall = Positive(
        "--stall", "Seconds without any progress after which the run has failed.", 30, 86_400);

    public static Command Create()
    {
        var command = new Command("demo", "Import tasks from a file and let three simulated workers take them from ready to merged.")
        {
            PoolServer.Address, PoolServer.TokenVariable, PoolServer.Token, Tasks, Repo, Workers, Speed, Deadline, Stall,
        };
        command.SetAction((parsed, ct) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            return CommandFailure.GuardAsync(() => RunAsync(parsed, Console(parsed.InvocationConfiguration.Output), ct), error, ct);
        });
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, IAnsiConsole console, CancellationToken ct)
    {
        var settings = new DemoSettings
        {
            Server = PoolServer.AddressOf(parsed),
            TasksPath = parsed.GetValue(Tasks)!,
            Repo = parsed.GetValue(Repo)!,
            WorkersPath = parsed.GetValue(Workers),
            Speed = parsed.GetValue(Speed),
            Deadline = TimeSpan.FromSeconds(parsed.GetValue(Deadline)),
            StallLimit = TimeSpan.FromSeconds(parsed.GetValue(Stall)),
        };
        using var admin = PoolServer.ConnectAdmin(parsed);
        return await new DemoRun(settings, admin, console, TimeProvider.System).RunAsync(ct);
    }

    private static IAnsiConsole Console(TextWriter output)
    {
        var screen = new AnsiConsoleOutput(output);
        // Nothing is ever asked, so it matters only whether somebody watches, not whether there is a keyboard.
        var interactive = screen.IsTerminal ? InteractionSupport.Yes : InteractionSupport.No;
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = screen, Interactive = interactive });
        // A pipe has no width; 80 columns would break the table's lines for nobody's good.
        if (!screen.IsTerminal) console.Profile.Width = 140;
        return console;
    }

    private static Option<double> Positive(string name, string description, double value, double max) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => value,
        CustomParser = argument =>
        {
            var text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
            var isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var given);
            if (isNumber && given > 0 && given <= max) return given;
            argument.AddError($"{name} '{text}' must be a number of more than 0 and at most {max:0}.");
            return value;
        },
    };
}
