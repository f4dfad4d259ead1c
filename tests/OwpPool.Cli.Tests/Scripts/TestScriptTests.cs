using System.Runtime.Versioning;

namespace OwpPool.Cli.Tests.Scripts;

/// <summary>The script that says whether all is well must not say so when it is not.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class TestScriptTests : IDisposable
{
    private readonly ScriptFolder _scripts = new();

    public TestScriptTests()
    {
        _scripts.Write("tests/A.Tests/A.Tests.csproj", "");
        _scripts.Write("tests/B.Tests/B.Tests.csproj", "");
    }

    [Theory]
    [InlineData("result 3 3 0; exit 0", "result 5 4 0; exit 0", 0, "7 passed, 0 failed, 1 skipped")]
    [InlineData("result 3 3 0; exit 0", "result 4 4 0; exit 0", 0, "7 passed, 0 failed")]
    [InlineData("result 3 2 1; exit 1", "result 4 4 0; exit 0", 1, "6 passed, 1 failed")]
    [InlineData("exit 134", "result 4 4 0; exit 0", 1, "4 passed, 1 failed")]
    [InlineData("result 3 3 0; exit 1", "result 4 4 0; exit 0", 1, "7 passed, 1 failed")]
    [InlineData("exit 0", "result 4 4 0; exit 0", 1, "4 passed, 1 failed")]
    [InlineData("result 0 0 0; exit 0", "result 4 4 0; exit 0", 1, "4 passed, 1 failed")]
    public async Task Test_WhatTheProjectsSay_IsTheSumAndTheExitCode(string a, string b, int exitCode, string lastLine)
    {
        Projects(a, b);

        var result = await RunAsync("");

        Assert.Equal(lastLine, result.LastLine);
        Assert.Equal(exitCode, result.ExitCode);
    }

    [Fact]
    public async Task Test_Name_RunsThatProjectOnly()
    {
        Projects("result 3 3 0", "exit 1");

        var result = await RunAsync("a");

        Assert.Equal((0, "3 passed, 0 failed"), (result.ExitCode, result.LastLine));
    }

    [Fact]
    public async Task Test_Simulation_RunsAloneAndItsFiguresStandBeforeTheSum()
    {
        _scripts.Write("tests/Simulation.Tests/Simulation.Tests.csproj", "");
        Projects("until [ -e b-ended ]; do sleep 0.1; done; touch a-ended; result 1 1 0", "touch b-ended; result 1 1 0",
            "[ -e a-ended ] && [ -e b-ended ] && echo '12 seeds/s' >>\"$OWP_FIGURES\" && result 1 1 0");

        var result = await RunAsync("");

        Assert.Equal((0, "3 passed, 0 failed"), (result.ExitCode, result.LastLine));
        Assert.EndsWith("12 seeds/s\n3 passed, 0 failed", result.Output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Test_NameOfNothing_Fails()
    {
        Projects("result 3 3 0", "result 4 4 0");

        var result = await RunAsync("Nothing");

        Assert.Equal((1, "0 passed, 1 failed"), (result.ExitCode, result.LastLine));
        Assert.Empty(_scripts.DotnetCalls);
    }

    [Fact]
    public async Task Test_BuildFails_ShowsWhyAndFails()
    {
        _scripts.Dotnet("echo 'X.cs(1,1): error CS1002: ; expected'; exit 1");

        var result = await RunAsync("");

        Assert.Equal((1, "0 passed, 1 failed"), (result.ExitCode, result.LastLine));
        Assert.Contains("error CS1002", result.Output, StringComparison.Ordinal);
        Assert.Single(_scripts.DotnetCalls);
    }

    public void Dispose() => _scripts.Dispose();

    /// <summary>What <c>dotnet test</c> does for each of the two projects; <c>result TOTAL PASSED FAILED</c> writes its result
    /// file.</summary>
    private void Projects(string a, string b, string simulation = "exit 1") => _scripts.Dotnet($$"""
        [ "$1" = test ] || exit 0
        while [ $# -gt 0 ]; do
          case $1 in
            --results-directory) dir=$2; shift ;;
            tests/*) project=$1 ;;
          esac
          shift
        done
        result() {
          echo "<ResultSummary><Counters total=\"$1\" executed=\"$(($2 + $3))\" passed=\"$2\" failed=\"$3\" error=\"0\" /></ResultSummary>" \
            >"$dir/$(basename "$project" .csproj).trx"
        }
        case $project in
          *A.Tests*) {{a}} ;;
          *B.Tests*) {{b}} ;;
          *Simulation.Tests*) {{simulation}} ;;
        esac
        """);

    private Task<Support.ProgramResult> RunAsync(string argument) => _scripts.RunAsync($"bash ./test {argument}");
}
