using System.CommandLine;
using OwpPool.Cli.Configuration;
using OwpPool.Cli.Connections;
using OwpPool.Cli.Output;
using OwpPool.Cli.Run;

namespace OwpPool.Cli;

/// <summary>One call of one command: what was parsed, and what it runs in.</summary>
internal sealed class Invocation
{
    private readonly ParseResult _parsed;
    private readonly Lazy<ConfigFile> _config;

    public Invocation(ParseResult parsed)
        : this(parsed, (CliHost)parsed.InvocationConfiguration)
    {
    }

    public Invocation(ParseResult parsed, CliHost host)
    {
        _parsed = parsed;
        Host = host;
        _config = new(() => new ConfigFile(ConfigFile.PathOf(parsed.GetValue(GlobalOptions.Config), Host.Variable), Warn));
        Answer = new Answer(this);
    }

    public CliHost Host { get; }

    /// <summary>For data, and nothing else.</summary>
    public TextWriter Output => Host.Output;

    /// <summary>For what is said to a person.</summary>
    public TextWriter Error => Host.Error;

    /// <summary>Writes the command's data as it was asked for.</summary>
    public Answer Answer { get; }

    public ConfigFile Config => _config.Value;

    public bool Debug => _parsed.GetValue(GlobalOptions.Debug);

    /// <summary>The pool that was spoken to last, for messages; null = none yet.</summary>
    public Uri? Server { get; set; }

    /// <summary>What to do where the token that was sent is refused, for messages; null = none was sent.</summary>
    public string? TokenAdvice { get; set; }

    public T? Get<T>(Option<T> option) => _parsed.GetValue(option);

    public T? Get<T>(Argument<T> argument) => _parsed.GetValue(argument);

    /// <summary>Whether the option stands on the command line; its default does not count.</summary>
    public bool Has(Option option) => _parsed.GetResult(option) is { Implicit: false };

    /// <summary>Says something to whoever runs the command; never data. What in it comes from a pool or a file cannot steer the terminal.
    /// </summary>
    public void Say(string text) => Error.WriteLine(Printable.Lines(text));

    public void Warn(string text) => Say($"Warning: {text}");
}

/// <summary>Makes a function the action of a command.</summary>
internal static class CommandExtensions
{
    /// <summary>Options that several commands share.</summary>
    public static Command With(this Command command, IEnumerable<Option> options)
    {
        foreach (var option in options) command.Add(option);
        return command;
    }

    /// <summary>Runs it under the guard that turns what goes wrong into a message and an exit code.</summary>
    public static Command Runs(this Command command, Func<Invocation, CancellationToken, Task<int>> action)
    {
        command.SetAction((parsed, ct) =>
        {
            var invocation = new Invocation(parsed);
            return CommandFailure.GuardAsync(() => RunAsync(action, invocation, ct), invocation, ct);
        });
        // A worker's steps are read as they come, not filtered.
        if (command.Options.Contains(Answer.Json) && command is not SelfEndingCommand) command.Add(Answer.Jq);
        return command;
    }

    private static async Task<int> RunAsync(
        Func<Invocation, CancellationToken, Task<int>> action, Invocation invocation, CancellationToken ct)
    {
        var code = await action(invocation, ct);
        invocation.Answer.Finish();
        return code;
    }
}
