using System.Runtime.Versioning;

namespace OwpPool.Cli.Tests.Scripts;

[UnsupportedOSPlatform("windows")]
public sealed class FeedProbeTests : IDisposable
{
    private const string Probe = "set -euo pipefail; . eng/feed-probe.sh; owp_feed_probe; echo \"$OrleansHost $SqliteStack\"";
    private const string Lacks = "echo 'error NU1101: Unable to find package'; exit 1";
    private const string NoAnswer = "echo 'error NU1301: Unable to load the service index'; exit 1";

    private readonly ScriptFolder _scripts = new();

    [Theory]
    [InlineData("exit 0", "Packages Current")]
    [InlineData(Lacks, "StandIn Legacy")]
    [InlineData("echo 'NU1102: no such version'; exit 1", "StandIn Legacy")]
    [InlineData($"case $* in *orleans*) {Lacks};; esac", "StandIn Current")]
    [InlineData($"case $* in *sqlite*) {Lacks};; esac", "Packages Legacy")]
    [InlineData(NoAnswer, "StandIn Legacy")]
    public async Task Probe_WhatTheFeedGives_DecidesBoth(string restore, string chosen)
    {
        _scripts.Dotnet(restore);

        var result = await _scripts.RunAsync(Probe);

        Assert.True(result.ExitCode == 0, result.Error);
        Assert.Equal(chosen, result.LastLine);
        var line = Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Contains($"OrleansHost={chosen.Split(' ')[0]} (", line, StringComparison.Ordinal);
        Assert.Contains($"SqliteStack={chosen.Split(' ')[1]} (", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Probe_SecondTime_AsksTheFeedNoMore()
    {
        _scripts.Dotnet(Lacks);
        await _scripts.RunAsync(Probe);
        var asked = _scripts.DotnetCalls.Length;

        var result = await _scripts.RunAsync(Probe);

        Assert.Equal("StandIn Legacy", result.LastLine);
        Assert.Equal(2, asked);
        Assert.Equal(asked, _scripts.DotnetCalls.Length);
    }

    [Fact]
    public async Task Probe_FeedDidNotAnswer_IsAskedAgainTheNextTime()
    {
        _scripts.Dotnet(NoAnswer);
        await _scripts.RunAsync(Probe);
        _scripts.Dotnet("exit 0");

        var result = await _scripts.RunAsync(Probe);

        Assert.Equal("Packages Current", result.LastLine);
    }

    [Theory]
    [InlineData("NuGet.config", "<configuration><!-- another feed --></configuration>")]
    [InlineData("Directory.Packages.props", "<Project><!-- other Orleans versions --></Project>")]
    public async Task Probe_ConfigurationChanged_AsksAgain(string file, string content)
    {
        _scripts.Dotnet(Lacks);
        await _scripts.RunAsync(Probe);
        _scripts.Write(file, content);
        _scripts.Dotnet("exit 0");

        Assert.Equal("Packages Current", (await _scripts.RunAsync(Probe)).LastLine);
    }

    [Fact]
    public async Task Probe_BothSetInTheEnvironment_AreTakenWithoutAsking()
    {
        _scripts.Dotnet("exit 9");

        var result = await _scripts.RunAsync(Probe, ("OrleansHost", "Packages"), ("SqliteStack", "Legacy"));

        Assert.Equal("Packages Legacy", result.LastLine);
        Assert.Contains("as the environment says", result.Error, StringComparison.Ordinal);
        Assert.Empty(_scripts.DotnetCalls);
    }

    [Fact]
    public async Task Probe_OneSetInTheEnvironment_StaysAndTheOtherIsFound()
    {
        _scripts.Dotnet(Lacks);

        Assert.Equal("Packages Legacy", (await _scripts.RunAsync(Probe, ("OrleansHost", "Packages"))).LastLine);
    }

    public void Dispose() => _scripts.Dispose();
}
