using System.Globalization;
using OwpPool.Cli.Run;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Run;

/// <summary>Helpers that git leaves behind, such as the master of an ssh connection, which keep its pipes open.</summary>
public sealed class GitHelpersTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    public Task InitializeAsync() => ShAsync("""
        git init -q --bare -b main origin.git; git clone -q origin.git clone 2>/dev/null; cd clone
        git config user.email t@example.com; git config user.name Test
        echo roof >roof.txt; git add .; git commit -qm one; git push -q origin HEAD:main; git remote set-head origin main
        git config ssh.variant simple; git config core.sshCommand "$(cd .. && pwd)/ssh"
        git remote set-url origin ssh://x@h/path
        """);

    public async Task DisposeAsync()
    {
        await ShAsync("[ ! -e helpers ] || kill $(cat helpers) 2>/dev/null || true");
        _folder.Dispose();
    }

    [Fact]
    public async Task Make_HelperKeepsThePipeOfGit_GoesOnWhenGitEndsAndLeavesTheHelperAlone()
    {
        await SshAsync("sleep 900 </dev/null >/dev/null & echo $! >>\"$here/helpers\"; exec git upload-pack \"$here/origin.git\"");
        var worktrees = Worktrees();

        // The limit of git itself is five minutes.
        var places = await Task.WhenAll(MakeAsync(worktrees, "t_1"), MakeAsync(worktrees, "t_2")).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.All(places, place => Assert.True(File.Exists(Path.Combine(place.Folder, "roof.txt"))));
        Assert.Empty(_warnings);
        Assert.Equal([true, true], (await HelpersAsync()).Select(CommandEndTests.IsAlive));
    }

    [Fact]
    public async Task Make_GitFailsAndAHelperKeepsThePipe_TellsWhatGitSaid()
    {
        await SshAsync("sleep 900 </dev/null >/dev/null & echo $! >>\"$here/helpers\"; echo 'no route to h' >&2; exit 255");

        var place = await MakeAsync(Worktrees(), "t_1").WaitAsync(TimeSpan.FromMinutes(2));

        Assert.True(File.Exists(Path.Combine(place.Folder, "roof.txt")));
        Assert.Contains("no route to h", Assert.Single(_warnings), StringComparison.Ordinal);
        Assert.True(CommandEndTests.IsAlive(Assert.Single(await HelpersAsync())));
    }

    private GitWorktrees Worktrees() => new(
        new Dictionary<string, string> { [GitWorktrees.AnyRepo] = _folder.File("clone") }, null, null, _warnings.Add, TimeProvider.System);

    private static Task<Workspace> MakeAsync(GitWorktrees worktrees, string task) => worktrees.MakeAsync(
        new LeaseView { TaskId = task, Repo = "acme/shop", Title = "Mend the roof", LeaseId = "l_1" }, CancellationToken.None);

    private Task SshAsync(string script) => ShAsync($"""
        here=$(pwd); printf '#!/bin/sh\nhere=%s\n' "$here" >ssh; cat >>ssh <<'END'
        {script}
        END
        chmod +x ssh
        """);

    private async Task<IReadOnlyList<int>> HelpersAsync() =>
        [.. (await File.ReadAllLinesAsync(_folder.File("helpers"))).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];

    private async Task ShAsync(string script)
    {
        var done = await Shell.RunAsync("set -e\n" + script, new Dictionary<string, string?>(), _folder.FullPath);
        Assert.True(done.ExitCode == 0, done.Error + done.Output);
    }
}
