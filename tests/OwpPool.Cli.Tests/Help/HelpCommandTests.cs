using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Help;

public sealed class HelpCommandTests : IClassFixture<CommandPool>, IDisposable
{
    private readonly CommandPool _pool;
    private readonly OwpShell _owp;

    public HelpCommandTests(CommandPool pool) => (_pool, _owp) = (pool, new OwpShell().At(pool.Pool));

    [Fact]
    public async Task Doctor_AllIsWell_IsOkThroughout()
    {
        await _owp.RunAsync("worker register --name ada");

        var findings = await _owp.RunAsync("doctor");

        Assert.Equal(["configuration", "profile", "server", "version", "clock", "ready", "worker token", "admin token"],
            findings.Cells().Select(cells => cells[0]));
        Assert.All(findings.Cells(), cells => Assert.Equal("ok", cells[1]));
        Assert.DoesNotContain("owpw_", findings.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_WorkerThatIsOffline_StaysOffline()
    {
        await _owp.RunAsync("worker register --name sleeper");
        var id = (await _owp.RunAsync("worker status --json worker_id")).Output.Split('"')[3];
        using var worker = _pool.Pool.Admin.AsWorker(TokenOf(await File.ReadAllTextAsync(_owp.ConfigPath)));
        await worker.HeartbeatAsync(new HeartbeatRequest(WorkerStatus.Offline));

        var findings = await _owp.RunAsync("doctor");

        Assert.Contains("worker token\tok\tit is one of this pool", findings.Output, StringComparison.Ordinal);
        Assert.Equal("offline", (await _pool.Pool.Admin.GetWorkerAsync(id)).Status);

        static string TokenOf(string config) => System.Text.RegularExpressions.Regex.Match(config, "owpw_[^\"]+").Value;
    }

    [Fact]
    public async Task Doctor_TokenOfAnotherPool_SaysSo()
    {
        _owp.Variables["OWP_TOKEN"] = "owpw_nobody";

        var findings = await _owp.RunAsync("doctor");

        Assert.Equal(ExitCodes.NeedsAuth, findings.ExitCode);
        Assert.Contains("worker token\tfailed\tthe pool does not know it", findings.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_OpenFileWrongTokenAndClock_NamesThem()
    {
        await _owp.RunAsync("worker register --name ada");
        File.SetUnixFileMode(_owp.ConfigPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        _owp.Variables["OWP_ADMIN_TOKEN"] = "wrong";
        _owp.ClockAhead = TimeSpan.FromMinutes(3);

        var result = await _owp.RunAsync("doctor --json check,result");

        Assert.Equal(ExitCodes.NeedsAuth, result.ExitCode);
        Assert.Contains("""{"check":"configuration","result":"warning"}""", result.Output, StringComparison.Ordinal);
        Assert.Contains("""{"check":"clock","result":"warning"}""", result.Output, StringComparison.Ordinal);
        Assert.Contains("""{"check":"admin token","result":"failed"}""", result.Output, StringComparison.Ordinal);
        Assert.Contains("""{"check":"worker token","result":"ok"}""", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Doctor_NobodyListens_StopsThere()
    {
        var result = await _owp.RunAsync("doctor --server http://127.0.0.1:1");

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.Contains("server\tfailed\thttp://127.0.0.1:1: Connection refused", result.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("admin token", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("help environment", "OWP_PROFILE")]
    [InlineData("help exit-codes", "8   still pending")]
    [InlineData("help formatting", "--json id,status")]
    [InlineData("help", "OWP_URL")]
    [InlineData("completion zsh", "compdef _owp owp")]
    [InlineData("completion fish", "complete -c owp")]
    [InlineData("completion pwsh", "Register-ArgumentCompleter")]
    public async Task Text_Topic_IsThere(string line, string named)
    {
        var result = await _owp.RunAsync(line);

        Assert.Equal((ExitCodes.Done, ""), (result.ExitCode, result.Error));
        Assert.Contains(named, result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("owp ta", "task")]
    [InlineData("owp task v", "view")]
    [InlineData("owp task list --sta", "--state --status")]
    [InlineData("owp task list --sort ", "-attempts -created -priority -updated created status_since")]
    [InlineData("owp completion ", "bash fish pwsh zsh")]
    [InlineData("owp admin worker trust w_1 ", "basic maintainer trusted untrusted")]
    public async Task Completion_Bash_OffersWhatMayFollow(string line, string expected)
    {
        var program = typeof(OwpCommand).Assembly.Location;
        var result = await Shell.RunAsync($$"""
            set -u
            owp() { dotnet '{{program}}' "$@"; }
            source <(owp completion bash)
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}}
            read -ra COMP_WORDS <<<"$COMP_LINE"
            [[ $COMP_LINE != *' ' ]] || COMP_WORDS+=('')
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            _owp_complete
            echo "${COMPREPLY[*]}"
            """, new Dictionary<string, string?>());

        Assert.Equal((expected, ""), (result.LastLine, result.Error));
    }

    [Fact]
    public async Task Completion_OfIdsReposProfilesAndWorkers_AsksThePoolAndIsQuietWithoutIt()
    {
        var repo = await _pool.NewRepoAsync();
        var id = await _pool.NewTaskAsync(repo);
        var name = Path.GetRandomFileName();
        await _owp.RunAsync($"worker register --name {name} --profile {name}");

        Assert.Contains(id, await SuggestAsync("owp task view "));
        Assert.Equal([id], (await SuggestAsync($"owp task view {id[..10]}")).Where(text => text.StartsWith("t_", StringComparison.Ordinal)));
        Assert.Contains(id, await SuggestAsync($"owp task cancel {id[..10]}"));
        Assert.Contains(repo, await SuggestAsync("owp task list --repo "));
        Assert.Contains(repo, await SuggestAsync("owp repo view "));
        Assert.Contains(name, await SuggestAsync("owp worker view "));
        Assert.Contains(name, await SuggestAsync("owp profile use "));
        Assert.Contains(name, await SuggestAsync("owp worker status --profile "));
        _owp.Variables["OWP_URL"] = "http://127.0.0.1:1";
        Assert.DoesNotContain(id, await SuggestAsync("owp task view "));
        _owp.Variables.Remove("OWP_ADMIN_TOKEN");
        Assert.DoesNotContain(id, await SuggestAsync("owp task view "));
    }

    private async Task<string[]> SuggestAsync(string line)
    {
        var result = await _owp.RunAsync([$"[suggest:{line.Length}]", line]);
        Assert.Equal((ExitCodes.Done, ""), (result.ExitCode, result.Error));
        return result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    [Fact]
    public async Task Profiles_AddedUsedRemoved_AreAsTheySay()
    {
        await _owp.RunAsync("worker register --name ada");
        await _owp.RunAsync("worker register --name bob");

        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync("profile use bob")).ExitCode);
        Assert.Equal("bob", (string?)(await _owp.RunAsync("worker status --json name")).Json()["name"]);
        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync("profile add prod --server https://pool.example.com")).ExitCode);
        var listed = (await _owp.RunAsync("profile list")).Cells();
        Assert.Equal([["ada", "false"], ["bob", "true"], ["prod", "false"]], listed.Select(cells => cells[..2]));
        Assert.Equal(ExitCodes.Error, (await _owp.RunAsync("profile remove bob")).ExitCode);
        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync("profile remove bob --yes")).ExitCode);
        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync("profile remove prod")).ExitCode);
        Assert.Contains("There are: ada", (await _owp.RunAsync("profile use bob")).Error, StringComparison.Ordinal);
        Assert.Single((await _owp.RunAsync("profile list")).Cells());
        Assert.DoesNotContain("owpw_", (await _owp.RunAsync("profile list --json")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Token_OfAProfile_IsNotSentToAnotherServer()
    {
        await _owp.RunAsync("worker register --name ada");

        var result = await _owp.RunAsync("worker status --server http://127.0.0.1:1 --debug");

        Assert.Equal(ExitCodes.NeedsAuth, result.ExitCode);
        Assert.Contains("is not sent to http://127.0.0.1:1", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("debug: GET", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RotateToken_OfAProfile_IsKeptThere()
    {
        await _owp.RunAsync("worker register --name ada");
        var before = await File.ReadAllTextAsync(_owp.ConfigPath);

        var result = await _owp.RunAsync("worker rotate-token");

        Assert.Equal((ExitCodes.Done, ""), (result.ExitCode, result.Output));
        Assert.NotEqual(before, await File.ReadAllTextAsync(_owp.ConfigPath));
        Assert.Equal(ExitCodes.Done, (await _owp.RunAsync("worker status")).ExitCode);
    }

    public void Dispose() => _owp.Dispose();
}
