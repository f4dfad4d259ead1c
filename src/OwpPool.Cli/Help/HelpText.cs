using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace OwpPool.Cli.Help;

/// <summary>What <c>--help</c> shows: what the parser knows, then examples.</summary>
internal sealed class HelpText : SynchronousCommandLineAction
{
    private const int PipeWidth = 80;

    private const int LeastWidth = 40;

    /// <summary>Of every command.</summary>
    public static readonly HelpText Action = new();

    private readonly HelpAction _parsers = new()
    {
        MaxWidth = Console.IsOutputRedirected ? PipeWidth : Math.Max(Console.WindowWidth, LeastWidth),
    };

    /// <summary>Who asks for help need not give the rest.</summary>
    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        var code = _parsers.Invoke(parseResult);
        if (Examples.Of(parseResult.CommandResult.Command) is not { Count: > 0 } examples) return code;
        var output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach (var line in examples) output.WriteLine($"  {line}");
        output.WriteLine();
        return code;
    }
}
