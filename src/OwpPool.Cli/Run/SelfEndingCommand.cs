using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using OwpPool.Cli.Help;

namespace OwpPool.Cli.Run;

/// <summary>A command that takes signals itself, and ends when it is done with what it has begun.</summary>
internal sealed class SelfEndingCommand(string name, string description) : Command(name, description);

/// <summary>Help with more to say than its options.</summary>
internal sealed class LongHelp(string text) : SynchronousCommandLineAction
{
    /// <summary>The help option of a command, with the text below the options.</summary>
    public static HelpOption Option(string text) => new() { Action = new LongHelp(text) };

    public override int Invoke(ParseResult parseResult)
    {
        var code = HelpText.Action.Invoke(parseResult);
        parseResult.InvocationConfiguration.Output.WriteLine(text);
        return code;
    }
}
