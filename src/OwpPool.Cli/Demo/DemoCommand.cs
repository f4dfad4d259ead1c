using System.CommandLine;
using System.Globalization;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;

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

    public static Command Create() => new Command(
        "demo", "Import tasks from a file and let three simulated workers take them from ready to merged.")
    {
        AdminConnection.Token, Tasks, Repo, Workers, Speed, Deadline, Stall,
    }.Runs(RunAsync);

    private static async Task<int> RunAsync(Invocation invocation, CancellationToken ct)
    {
        var settings = new DemoSettings
        {
            TasksPath = invocation.Get(Tasks)!,
            Repo = invocation.Get(Repo)!,
            WorkersPath = invocation.Get(Workers),
            Speed = invocation.Get(Speed),
            Deadline = TimeSpan.FromSeconds(invocation.Get(Deadline)),
            StallLimit = TimeSpan.FromSeconds(invocation.Get(Stall)),
        };
        using var admin = AdminConnection.Open(invocation);
        return await new DemoRun(settings, admin, Screen.Of(invocation.Host), TimeProvider.System).RunAsync(ct);
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
