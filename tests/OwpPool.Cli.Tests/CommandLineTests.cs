using System.CommandLine;
using OwpPool.Cli.Output;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests;

public sealed class CommandLineTests : IDisposable
{
    // Port 1 is reserved and nothing of this machine listens there.
    private const string Nobody = "http://127.0.0.1:1";

    private readonly OwpShell _owp = new();

    [Theory]
    [InlineData("demo", "--tasks' is required")]
    [InlineData("demo --tasks x.yaml --speed 0", "--speed '0' must be a number")]
    [InlineData("demo --tasks x.yaml --speed fast", "--speed 'fast' must be a number")]
    [InlineData("demo --tasks x.yaml --deadline 100000", "--deadline '100000' must be")]
    [InlineData("demo --tasks x.yaml --sped 2", "--sped")]
    [InlineData("dmo", "demo")]
    [InlineData("worker regster", "register")]
    public async Task Run_CommandLineWrong_IsErrorAndNamesItBesideTheOutput(string line, string named)
    {
        var result = await _owp.RunAsync(line);

        Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.Contains($"See 'owp {(line.StartsWith("dmo", StringComparison.Ordinal) ? "--" : line.Split(' ')[0])}", result.Error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--exec owp-no-such-program", "--exec: there is no program 'owp-no-such-program' on the PATH")]
    [InlineData("--exec /no/such/file", "--exec: there is no /no/such/file")]
    [InlineData("--exec true --env A=B", "--env 'A=B' is not the name of a variable")]
    [InlineData("--exec true --timeout never", "--timeout 'never' must be seconds, or a length such as 90s, 15m or 2h, from 0 to")]
    [InlineData("--exec true --timeout 8d", "--timeout '8d' must be")]
    [InlineData("--exec true --timeout h", "--timeout 'h' must be")]
    [InlineData("--timeout 2h", "--timeout says how a command is run, and there is none")]
    [InlineData("--exec true --pause-after -1", "--pause-after '-1' must be")]
    public async Task WorkerRun_CommandThatCannotBeRun_IsErrorBeforeThePoolIsAsked(string options, string said)
    {
        var result = await _owp.RunAsync($"worker run --server {Nobody} --token owpw_x {options}");

        Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
        Assert.StartsWith(said, result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("90", 90)]
    [InlineData("0.5s", 0.5)]
    [InlineData("1.5m", 90)]
    [InlineData("2h", 7200)]
    [InlineData("7d", 604_800)]
    public void Seconds_WithAndWithoutAUnit_AreTheLength(string text, double expected)
    {
        var option = Numbers.Seconds("--length", "", 0, 604_800);

        Assert.Equal(expected, new RootCommand { option }.Parse(["--length", text]).GetValue(option));
    }

    [Theory]
    [InlineData("", "worker")]
    [InlineData("worker", "register")]
    [InlineData("worker register --help", "--max-concurrent")]
    public async Task Run_NothingToDo_ShowsHelp(string line, string named)
    {
        var result = await _owp.RunAsync(line);

        Assert.Equal((ExitCodes.Done, ""), (result.ExitCode, result.Error));
        Assert.Contains(named, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://x")]
    [InlineData("pool")]
    [InlineData("http://user:secret@x")]
    public async Task Demo_ServerThatIsNoAddress_IsError(string server)
    {
        var result = await _owp.RunAsync($"demo --tasks {TestedFiles.DemoTasks} --admin-token t --server {server}");

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.Contains("--server", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_NoAdminToken_NeedsAuthAndNamesTheVariable()
    {
        var result = await _owp.RunAsync($"demo --tasks {TestedFiles.DemoTasks}");

        Assert.Equal(ExitCodes.NeedsAuth, result.ExitCode);
        Assert.Contains("set OWP_ADMIN_TOKEN", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_NobodyListens_IsOneLineThatNamesTheAddress()
    {
        var result = await _owp.RunAsync($"demo --tasks {TestedFiles.DemoTasks} --admin-token some-token --server {Nobody}");

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.StartsWith($"The pool at {Nobody} cannot be reached", Assert.Single(result.Error.TrimEnd().Split('\n')),
            StringComparison.Ordinal);
        Assert.DoesNotContain("some-token", result.Error + result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_Debug_TellsOfRequestsAndShowsNoToken()
    {
        var result = await _owp.RunAsync($"demo --tasks {TestedFiles.DemoTasks} --admin-token some-token --server {Nobody} --debug");

        Assert.Contains("debug: POST /v1/admin/repos -> Connection refused", result.Error, StringComparison.Ordinal);
        Assert.Contains("HttpRequestException", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("some-token", result.Error + result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Demo_FileThatIsNotThere_IsErrorBeforeAnyRequest()
    {
        var result = await _owp.RunAsync($"demo --tasks nowhere.yaml --admin-token some-token --server {Nobody}");

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.StartsWith("There is no file nowhere.yaml.", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Runs_Cancelled_SaysSo()
    {
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();
        using var error = new StringWriter();
        var command = new RootCommand().Runs((_, ct) => Task.FromCanceled<int>(ct));

        var code = await command.Parse([]).InvokeAsync(new CliHost { Error = error }, cancel.Token);

        Assert.Equal((ExitCodes.Cancelled, "Cancelled."), (code, error.ToString().Trim()));
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("line\nbreak")]
    [InlineData("schlüssel")]
    public async Task AdminToken_NoHeaderCanCarry_IsRefusedWithoutShowingIt(string token)
    {
        _owp.Variables["OWP_ADMIN_TOKEN"] = token;

        var result = await _owp.RunAsync("audit verify");

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.DoesNotContain(token, result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _owp.Dispose();
}
