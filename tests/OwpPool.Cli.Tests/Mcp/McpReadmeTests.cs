using System.Text.Json;
using System.Text.RegularExpressions;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Mcp;

/// <summary>What the README says to paste into AI tools starts a server that serves.</summary>
public sealed partial class McpReadmeTests : McpTestBase
{
    [Fact]
    public async Task ConfigurationFiles_OfTheReadme_NameACommandThatServes()
    {
        Variables.Remove("OWP_TOKEN");
        Variables.Remove("OWP_URL");
        var section = Section();
        var register = RegisterLine().Match(section).Groups[1].Value.Replace("https://pool.example.com", Pool.Address.AbsoluteUri);
        using var shell = new OwpShell();
        foreach (var (name, value) in Variables) shell.Variables[name] = value;
        var registered = await shell.RunAsync([.. Word().Matches(register).Select(word => word.Value.Trim('"'))]);
        Assert.True(registered.ExitCode == ExitCodes.Done, registered.Error);

        var files = JsonBlock().Matches(section).Select(match => JsonDocument.Parse(match.Groups[1].Value).RootElement).ToList();
        var lines = files.Select(file => file.EnumerateObject().Single().Value.GetProperty("owp"))
            .Select(server => $"{server.GetProperty("command")} {string.Join(' ', server.GetProperty("args").EnumerateArray())}")
            .Append(ClaudeLine().Match(section).Groups[1].Value).ToList();

        Assert.Equal(["mcpServers", "servers", "mcpServers"], files.Select(file => file.EnumerateObject().Single().Name));
        Assert.Equal(4, lines.Count);
        var line = Assert.Single(lines.Distinct());
        Assert.StartsWith("owp mcp ", line);
        await using var agent = await StartAgentAsync(line.Split(' ')[2..]);
        Assert.Contains("You are Ada's agent", (await agent.CallAsync("list_my_leases")).Text);
        Assert.All(await agent.Client.ListToolsAsync(), tool => Assert.Contains($"`{tool.Name}`", section));
    }

    private static string Section()
    {
        var readme = File.ReadAllText(Path.Combine(TestedFiles.RepositoryRoot, "README.md"));
        var start = readme.IndexOf("## AI coding tools", StringComparison.Ordinal);
        return readme[start..readme.IndexOf("\n## ", start, StringComparison.Ordinal)];
    }

    [GeneratedRegex("^```json\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex JsonBlock();

    [GeneratedRegex("^owp (worker register .*)$", RegexOptions.Multiline)]
    private static partial Regex RegisterLine();

    [GeneratedRegex("`claude mcp add owp -- (.*?)`")]
    private static partial Regex ClaudeLine();

    [GeneratedRegex("\"[^\"]*\"|[^ ]+")]
    private static partial Regex Word();
}
