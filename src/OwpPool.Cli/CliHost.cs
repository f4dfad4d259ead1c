using System.CommandLine;
using System.Diagnostics.CodeAnalysis;

namespace OwpPool.Cli;

/// <summary>What surrounds a run of <c>owp</c>: its streams, variables and clock. Commands use these and not the process's own, so that
/// tests can run many at once.</summary>
internal sealed class CliHost : InvocationConfiguration
{
    public CliHost()
    {
        EnableDefaultExceptionHandler = false;
        // A stopped command tells the pool that its workers go away, which takes longer than the default of two seconds over a slow line.
        ProcessTerminationTimeout = TimeSpan.FromSeconds(10);
    }

    /// <summary>Opened where it is read first: the console's would change the terminal, under commands that never ask anything.</summary>
    [field: MaybeNull]
    public TextReader Input { get => field ??= Console.In; init; }

    /// <summary>Somebody can be asked.</summary>
    public bool IsInputTerminal { get; init; }

    /// <summary>Somebody reads the output; else a program does.</summary>
    public bool IsOutputTerminal { get; init; }

    /// <summary>Somebody reads what is said beside the output.</summary>
    public bool IsErrorTerminal { get; init; }

    /// <summary>Columns of the terminal; null = what the terminal itself says.</summary>
    public int? Width { get; init; }

    public Func<string, string?> Variables { get; init; } = Environment.GetEnvironmentVariable;

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The process's own.</summary>
    public static CliHost OfProcess() => new()
    {
        Output = Console.Out,
        Error = Console.Error,
        IsInputTerminal = !Console.IsInputRedirected,
        IsOutputTerminal = !Console.IsOutputRedirected,
        IsErrorTerminal = !Console.IsErrorRedirected,
    };

    /// <summary>The value of a variable; null where it is not set or blank.</summary>
    public string? Variable(string name) => Variables(name) is { } value && !string.IsNullOrWhiteSpace(value) ? value : null;
}
