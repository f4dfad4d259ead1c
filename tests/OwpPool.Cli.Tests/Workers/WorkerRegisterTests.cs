using System.Text.Json.Nodes;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Workers;

public sealed class WorkerRegisterTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly OwpShell _owp = new();
    private TestPool _pool = null!;

    public async Task InitializeAsync()
    {
        _pool = await TestPool.StartAsync(_folder.File("pool.db"));
        _owp.At(_pool);
    }

    public async Task DisposeAsync()
    {
        await _pool.DisposeAsync();
        _owp.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Register_TwoProfilesAtOnce_BothAreKeptAndEachIsItself()
    {
        var both = await Task.WhenAll(
            Task.Run(() => _owp.RunAsync("worker register --name ada --skills sql,c# --profile ada")),
            Task.Run(() => _owp.RunAsync("worker register --name bob --capacity 9 --profile bob")));
        Assert.All(both, result => Assert.True(result.ExitCode == ExitCodes.Done, result.Error));

        var ada = await _owp.RunAsync("worker status --profile ada --json name,skills,id");
        var bob = await _owp.RunAsync("worker status --profile bob --json name,capacity_points,id");

        Assert.Equal("ada", (string?)Json(ada)["name"]);
        Assert.Equal(["c#", "sql"], Json(ada)["skills"]!.AsArray().Select(skill => (string)skill!).Order());
        Assert.Equal(("bob", 9), ((string?)Json(bob)["name"], (int?)Json(bob)["capacity_points"]));
        Assert.NotEqual((string?)Json(ada)["id"], (string?)Json(bob)["id"]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_owp.ConfigPath));
    }

    [Fact]
    public async Task Register_TwiceWithoutProfile_KeepsBothWorkers()
    {
        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync("worker register --name ada")).ExitCode);

        var second = await _owp.RunAsync("worker register --name ada");

        Assert.Contains("profile\tada-2", second.Output, StringComparison.Ordinal);
        Assert.Contains("not the default: owp worker run --profile ada-2", second.Error, StringComparison.Ordinal);
        var ids = await Task.WhenAll(
            _owp.RunAsync("worker status --json worker_id"), _owp.RunAsync("worker status --profile ada-2 --json worker_id"));
        Assert.NotEqual(ids[0].Output, ids[1].Output);
    }

    [Fact]
    public async Task Register_ProfileThatHoldsAnother_IsRefusedBeforeAnythingIsMadeUnlessForced()
    {
        await _owp.RunAsync("worker register --name ada --profile desk");
        var before = await File.ReadAllTextAsync(_owp.ConfigPath);

        var refused = await _owp.RunAsync("worker register --name bob --profile desk");
        Assert.Equal(ExitCodes.Error, refused.ExitCode);
        Assert.Contains("(ada)", refused.Error, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(_owp.ConfigPath));
        Assert.Equal(1, (await _pool.Admin.GetStateAsync()).WorkersOnline);

        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync("worker register --name bob --profile desk --force")).ExitCode);
        Assert.Contains("\"bob\"", await File.ReadAllTextAsync(_owp.ConfigPath), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Register_TokenCannotBeKept_IsRefusedBeforeAnythingIsMade()
    {
        // Where a folder of the path is a file, nothing can be written, not even by root.
        _owp.Variables["XDG_CONFIG_HOME"] = _owp.Home.Write("file", "");

        var result = await _owp.RunAsync("worker register --name ada");

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.Contains("cannot be written", result.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _pool.Admin.GetStateAsync()).WorkersOnline);
    }

    [Fact]
    public async Task Register_NoSave_WritesTheTokenOnceAndNoFile()
    {
        var result = await _owp.RunAsync("worker register --name ada --no-save --json");

        var token = (string)Json(result)["token"]!;
        Assert.StartsWith("owpw_", token, StringComparison.Ordinal);
        Assert.False(File.Exists(_owp.ConfigPath));
        _owp.Variables["OWP_TOKEN"] = token;
        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync("worker status")).ExitCode);
    }

    [Fact]
    public async Task Register_Saved_ShowsTheTokenNowhere()
    {
        var result = await _owp.RunAsync("worker register --name ada --debug --json");

        Assert.DoesNotContain("owpw_", result.Output + result.Error, StringComparison.Ordinal);
        Assert.Null(Json(result)["token"]);
    }

    [Theory]
    [InlineData("worker register --name ada --capacity 101", "capacity_points")]
    [InlineData("worker register --name ada --save --no-save", "--no-save")]
    [InlineData("worker register --name ada --profile a/b", "a/b")]
    [InlineData("worker register --name ada --json nme", "worker_id, name, server")]
    public async Task Register_SomethingWrong_IsErrorAndNamesIt(string line, string named)
    {
        var result = await _owp.RunAsync(line);

        Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await _pool.Admin.GetStateAsync()).WorkersOnline);
    }

    private static JsonNode Json(ProgramResult result)
    {
        Assert.True(result.ExitCode == ExitCodes.Done, result.Error);
        return JsonNode.Parse(result.Output)!;
    }
}
