using System.Runtime.Versioning;

namespace OwpPool.Cli.Tests.Scripts;

/// <summary>The scripts around the simulation: what they are told reaches it, and what it finds or misses is said.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class SimulationScriptTests : IDisposable
{
    private const string Mutations = "guard the budget\nfile src/Budget.cs\n- if (full) return;\n+\n\nguard the area\nfile src/Area.cs\n- locked\n+ open\n";

    private readonly ScriptFolder _scripts = new();

    public SimulationScriptTests()
    {
        _scripts.Copy("eng/simulate.sh", "eng/mutate.sh");
        _scripts.Write("global.json", "{}");
        _scripts.Write("Directory.Build.props", "");
        _scripts.Write("tests/Directory.Build.props", "");
        _scripts.Write("tests/OwpPool.Simulation/Program.cs", "");
        _scripts.Write("tests/OwpPool.Simulator/Silo.cs", "");
        _scripts.Write("eng/mutations.txt", Mutations);
        _scripts.Write("src/Budget.cs", "if (full) return;\n");
        _scripts.Write("src/Area.cs", "if (locked) return;\n");
    }

    [Fact]
    public async Task Simulate_Arguments_ReachTheSimulationAndItsExitCodeComesBack()
    {
        Simulation("echo \"ran $*\"; exit 1");

        var result = await _scripts.RunAsync("bash eng/simulate.sh --seed 7 --trace");

        Assert.Equal((1, "ran exec Sim.dll --seed 7 --trace"), (result.ExitCode, result.LastLine));
    }

    [Fact]
    public async Task Simulate_BuildFails_SaysWhyAndRunsNothing()
    {
        _scripts.Dotnet("[ \"$1\" != build ] || { echo 'X.cs(1,1): error CS1002: ; expected'; exit 1; }");

        var result = await _scripts.RunAsync("bash eng/simulate.sh 5");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains("error CS1002", result.Error, StringComparison.Ordinal);
        Assert.Single(_scripts.DotnetCalls);
    }

    [Fact]
    public async Task Mutate_EachGuardRemovedInTurn_TellsWhatFoundItAndWhatDidNot()
    {
        Simulation("""
            if grep -q open src/Area.cs; then echo 'seed 12 FAILED after 80 operations: I4: two in one area'; exit 1; fi
            [ ! -s src/Budget.cs ] && echo 'budget gone' >&2
            [ "$(cat src/Area.cs)" = 'if (locked) return;' ] || exit 3
            """);

        var result = await _scripts.RunAsync("bash eng/mutate.sh 30");

        Assert.Equal((1, "1 of 2 guards caught when removed, within 30 seeds"), (result.ExitCode, result.LastLine));
        Assert.Matches("the budget +Budget.cs +NOT FOUND +30 +-\n", result.Output);
        Assert.Matches("the area +Area.cs +I4 +12 +80\n", result.Output);
    }

    [Fact]
    public async Task Mutate_Only_TriesThatGuardAlone()
    {
        Simulation("echo 'seed 3 FAILED after 9 operations: rule 1: x'; exit 1");

        var result = await _scripts.RunAsync("bash eng/mutate.sh --only area");

        Assert.Equal((0, "1 of 1 guards caught when removed, within 10000 seeds"), (result.ExitCode, result.LastLine));
    }

    [Theory]
    [InlineData("if (room) return;\n", "is not in")]
    [InlineData("if (full) return;\nif (full) return;\n", "more than once")]
    public async Task Mutate_EditDoesNotApply_FailsLoudly(string source, string said)
    {
        _scripts.Write("src/Budget.cs", source);
        Simulation("echo 'seed 3 FAILED after 9 operations: rule 1: x'; exit 1");

        var result = await _scripts.RunAsync("bash eng/mutate.sh");

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(said, result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _scripts.Dispose();

    /// <summary>What the simulation does; it runs where the sources are that it was built from.</summary>
    private void Simulation(string body) => _scripts.Dotnet($$"""
        case $1 in
          build) dirname "$(dirname "$2")" >"$0.built" ;;
          msbuild) echo Sim.dll ;;
          exec)
            cd "$(cat "$0.built")"
            {{body}}
            ;;
        esac
        """);
}
