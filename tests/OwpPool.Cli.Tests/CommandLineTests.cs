using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests;

public sealed class CommandLineTests
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    [Theory]
    [InlineData("demo", "--tasks' is required")]
    [InlineData("demo --tasks x.yaml --speed 0", "--speed '0' must be a number")]
    [InlineData("demo --tasks x.yaml --speed fast", "--speed 'fast' must be a number")]
    [InlineData("demo --tasks x.yaml --deadline 100000", "--deadline '100000' must be")]
    [InlineData("demo --tasks x.yaml --sped 2", "--sped")]
    [InlineData("dmo", "dmo")]
    public async Task Run_CommandLineWrong_IsUsageAndNamesIt(string line, string named)
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync(line));
        Assert.Contains(named, _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://x")]
    [InlineData("pool")]
    [InlineData("http://user:secret@x")]
    public async Task Demo_ServerThatIsNoAddress_IsUsage(string server)
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync($"demo --tasks {TestedFiles.DemoTasks} --admin-token t --server {server}"));
        Assert.Contains("--server", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_NoAdminToken_NamesTheVariable()
    {
        Assert.Equal(ExitCodes.Usage, await RunAsync($"demo --tasks {TestedFiles.DemoTasks} --admin-token-env OWP_TEST_NO_SUCH_VARIABLE"));
        Assert.Contains("set OWP_TEST_NO_SUCH_VARIABLE", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_NobodyListens_IsPoolAndOneLine()
    {
        // Port 1 is reserved and nothing of this machine listens there.
        Assert.Equal(ExitCodes.Pool,
            await RunAsync($"demo --tasks {TestedFiles.DemoTasks} --admin-token some-token --server http://127.0.0.1:1"));
        Assert.Single(_error.ToString().TrimEnd().Split('\n'));
        Assert.DoesNotContain("some-token", _error.ToString() + _output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_FaultyFile_IsUsageBeforeAnyRequest()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("tasks.yaml", "- title: A\n  tier: 7");

        Assert.Equal(ExitCodes.Usage, await RunAsync($"demo --tasks {path} --admin-token some-token --server http://127.0.0.1:1"));
        Assert.StartsWith($"{path}:2: ", _error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("given", "from-variable", "given")]
    [InlineData(null, "from-variable", "from-variable")]
    public void AdminToken_Given_GoesBeforeTheVariable(string? given, string variable, string expected) =>
        Assert.Equal(expected, AdminToken.Resolve(given, "NAME", name => name == "NAME" ? variable : null));

    [Theory]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("schlüssel")]
    public void AdminToken_NoHeaderCanCarry_IsRefusedWithoutShowingIt(string token)
    {
        var failure = Assert.Throws<UsageException>(() => AdminToken.Resolve(token, "NAME", _ => null));
        Assert.DoesNotContain(token, failure.Message, StringComparison.Ordinal);
    }

    private Task<int> RunAsync(string line) => OwpCommand.RunAsync(line.Split(' '), _output, _error);
}
