using System.CommandLine;
using OwpPool.Cli.Help;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Help;

/// <summary>Every command says how it is used, in 80 columns.</summary>
public sealed class HelpTextTests : IDisposable
{
    private readonly OwpShell _owp = new();

    public static TheoryData<string> Commands() => [.. OwpCommand.Commands.Select(command => command.Path)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_OfEachCommand_FitsAndHasExamplesThatParse(string path)
    {
        var help = await _owp.RunAsync($"{path} --help");

        Assert.Equal((ExitCodes.Done, ""), (help.ExitCode, help.Error));
        Assert.DoesNotContain(help.Output.Split('\n'), line => line.TrimEnd().Length > 80
            && !line.StartsWith("  owp ", StringComparison.Ordinal) && !line.StartsWith("  OWP_", StringComparison.Ordinal));
        var command = OwpCommand.Commands.Single(known => known.Path == path).Command;
        if (command.Subcommands.Count > 0) return;
        var examples = Examples.Of(command);
        Assert.NotEmpty(examples);
        Assert.All(examples, example => Assert.Contains($"  {example}\n", help.Output, StringComparison.Ordinal));
        foreach (var example in examples) Assert.Empty(OwpCommand.Parse(ArgumentsOf(example)).Errors);
    }

    [Theory]
    [InlineData("help environment")]
    [InlineData("help exit-codes")]
    [InlineData("help formatting")]
    public async Task Topic_FitsIntoEightyColumns(string line) =>
        Assert.All((await _owp.RunAsync(line)).Output.Split('\n'), text => Assert.True(text.Length <= 80, text));

    [Theory]
    [InlineData("list", "owp worker list, owp task list, owp repo list")]
    [InlineData("task ls", "owp task list")]
    [InlineData("task vew", "owp task view")]
    [InlineData("task move t_1 --top", "--front")]
    [InlineData("task cancel t_1 --reason x --force", "--yes")]
    [InlineData("repo lst", "owp repo list")]
    [InlineData("task list --stauts ready", "--status")]
    public async Task Word_ThatThereIsNot_IsAnsweredWithTheRightOnes(string line, string meant)
    {
        var result = await _owp.RunAsync(line);

        Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
        Assert.Contains($"Did you mean: {meant}", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _owp.Dispose();

    /// <summary>As a shell would part the words.</summary>
    private static List<string> ArgumentsOf(string example)
    {
        var line = example.StartsWith("source <(", StringComparison.Ordinal) ? example[9..^1] : example[example.IndexOf("owp ", StringComparison.Ordinal)..];
        var parts = line.Split('\'');
        return [.. parts.SelectMany((part, i) => i % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Skip(1)];
    }
}
