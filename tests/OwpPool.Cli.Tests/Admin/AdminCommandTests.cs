using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Admin;

public sealed class AdminCommandTests : IClassFixture<CommandPool>, IDisposable
{
    private readonly CommandPool _pool;
    private readonly OwpShell _owp;

    public AdminCommandTests(CommandPool pool) => (_pool, _owp) = (pool, new OwpShell().At(pool.Pool));

    [Fact]
    public async Task Repo_CreatedEditedPaused_IsAsItSays()
    {
        var created = await _owp.RunAsync(
            "admin init-repo --repo acme/edited --max-open-prs 2 --no-area-locks --merge-authority maintainer --lease-ttl 90 --json");
        Assert.Equal((2, false, 90), ((int)created.Json()["settings"]!["max_open_prs"]!,
            (bool)created.Json()["settings"]!["area_locks_enabled"]!, (int)created.Json()["settings"]!["lease_ttl_seconds"]!));

        var edited = await _owp.RunAsync(
            "repo edit acme/edited --area-locks --trust basic=2,trusted=3 --reset lease_ttl_seconds,max_open_prs");
        Assert.Contains(edited.Cells(), cells => cells is ["lease", "4h"]);
        Assert.Contains(edited.Cells(), cells => cells is ["tiers by trust", "untrusted 0, basic 2, trusted 3, maintainer 3"]);
        Assert.Contains((await _owp.RunAsync("repo pause acme/edited")).Cells(), cells => cells is ["paused", "true"]);
        Assert.Contains((await _owp.RunAsync("repo list")).Cells(), cells => cells is ["acme/edited", "true", "0/3", ..]);
        Assert.Contains((await _owp.RunAsync("admin repo resume acme/edited")).Cells(), cells => cells is ["paused", "false"]);
        Assert.Contains((await _owp.RunAsync("repo view acme/edited")).Cells(), cells => cells is ["area locks", "until pr_opened"]);
        Assert.Equal("read_only", (string?)(await _owp.RunAsync("repo sync acme/edited --type read_only --json")).Json()["sync_type"]);
        Assert.Contains((await _owp.RunAsync("repo sync acme/edited")).Cells(), cells => cells is ["label", "pool:ready"]);
    }

    [Theory]
    [InlineData("repo edit acme/none --max-open-prs 1", "404")]
    [InlineData("repo edit acme/none", "Nothing to change")]
    [InlineData("repo edit acme/none --reset colour", "There are max_open_prs")]
    [InlineData("repo edit acme/none --trust root=3", "root=3")]
    [InlineData("repo create acme/none --area-locks --no-area-locks", "--no-area-locks")]
    [InlineData("repo create acme/none --max-open-prs 101", "max_open_prs")]
    [InlineData("repo sync acme/none --label x", "--type")]
    [InlineData("admin worker view w_none", "404")]
    [InlineData("admin worker trust w_none king", "king")]
    [InlineData("audit list --since lately", "--since 'lately' is no instant")]
    [InlineData("events --topics task", "--follow")]
    [InlineData("analytics --repo acme/none", "404")]
    public async Task Any_SomethingWrong_SaysWhat(string line, string named)
    {
        var result = await _owp.RunAsync(line);

        Assert.Equal((ExitCodes.Error, ""), (result.ExitCode, result.Output));
        Assert.Contains(named, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_PausedTrustedRevoked_IsAsItSays()
    {
        var id = (string)(await _owp.RunAsync("worker register --name victor --json")).Json()["worker_id"]!;

        var paused = await _owp.RunAsync($"admin worker pause {id} --reason Holiday");
        Assert.Contains(paused.Cells(), cells => cells is ["paused by a maintainer", "true"]);
        Assert.Contains("A maintainer has paused", (await _owp.RunAsync("worker resume")).Error, StringComparison.Ordinal);
        await _owp.RunAsync($"admin worker resume {id}");
        Assert.Equal("trusted", (string?)(await _owp.RunAsync($"admin worker trust {id} trusted --json")).Json()["trust_tier"]);
        var found = await _owp.RunAsync("admin worker list --search victor --trust trusted --status idle");
        Assert.Equal(id, Assert.Single(found.Cells())[0]);
        Assert.Contains((await _owp.RunAsync($"admin worker view {id}")).Cells(), cells => cells is ["reputation", "50"]);
        Assert.Equal("paused", (await _owp.RunAsync("worker pause")).Cells()[0][1]);
        _owp.Typed = $"{id}\n";
        Assert.Equal(ExitCodes.Cancelled, (await _owp.RunAsync($"admin worker revoke {id}")).ExitCode);
        _owp.Typed = "victor\n";
        Assert.Contains((await _owp.RunAsync($"admin worker revoke {id}")).Cells(), cells => cells is ["revoked", "true"]);

        Assert.Equal(ExitCodes.NeedsAuth, (await _owp.RunAsync("worker status")).ExitCode);
    }

    [Fact]
    public async Task Audit_ListAndExport_TellTheSame()
    {
        var repo = await _pool.NewRepoAsync();
        for (var number = 0; number < 3; number++) await _pool.NewTaskAsync(repo);
        var path = _owp.Home.File("audit.ndjson");

        var listed = await _owp.RunAsync($"audit list --repo {repo} --type task.created --oldest-first --json id,actor");
        var csv = await _owp.RunAsync($"admin audit export --repo {repo} --type task.created");
        var saved = await _owp.RunAsync(["audit", "export", "--repo", repo, "--format", "ndjson", "-o", path]);

        Assert.Equal(["admin:root", "admin:root", "admin:root"], listed.Json().AsArray().Select(change => (string)change!["actor"]!));
        Assert.Equal(4, csv.Output.TrimEnd().Split('\n').Length);
        Assert.Contains((string)listed.Json()[0]!["id"]!, csv.Output, StringComparison.Ordinal);
        Assert.Equal((ExitCodes.Done, ""), (saved.ExitCode, saved.Output));
        Assert.Equal(4, File.ReadLines(path).Count());
        Assert.False(File.Exists(path + ".part"));
    }

    [Fact]
    public async Task Events_LatelyAndFollowed_ComeInOrderOnce()
    {
        var repo = await _pool.NewRepoAsync();
        var id = await _pool.NewTaskAsync(repo);

        var lately = await _owp.RunAsync($"events --repo {repo}");
        Assert.Equal(["repo.created", "task.created"], lately.Cells().Select(cells => cells[2]));
        using var stop = new CancellationTokenSource();
        using var output = new WatchedWriter(text => text.Count(character => character == '\n') == 2, stop.Cancel);
        var following = _owp.RunAsync(
            $"events --follow --after 0 --topics task --repo {repo} --json event_type,target", output, stop.Token);
        await _pool.Admin.CancelTaskAsync(id, "No.");

        Assert.Equal(ExitCodes.Done, (await following).ExitCode);
        Assert.Equal($$"""
            {"event_type":"task.created","target":"{{id}}"}
            {"event_type":"task.cancelled","target":"{{id}}"}

            """, output.ToString());
    }

    [Fact]
    public async Task State_Plain_HasTheNumbers()
    {
        await _pool.NewTaskAsync(await _pool.NewRepoAsync());

        var state = await _owp.RunAsync("admin state --json tasks_ready,repositories");
        var status = await _owp.RunAsync("status");

        Assert.True((int)state.Json()["tasks_ready"]! >= 1);
        Assert.Equal("ready", status.Cells()[1][0]);
        Assert.Equal("the whole pool", (await _owp.RunAsync("analytics")).Cells()[0][1]);
    }

    [Fact]
    public async Task GitHubImport_TokenOfTheOlderTool_IsNotSentAndSaysSo()
    {
        var result = await _owp.RunAsync("admin import-github-issues --repo acme/none --github-token ghp_secret --dry-run --debug");

        Assert.Equal(ExitCodes.Error, result.ExitCode);
        Assert.Contains("its own GITHUB_TOKEN", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("ghp_secret", result.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _owp.Dispose();
}
