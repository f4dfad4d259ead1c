using OwpPool.Cli.Run;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Run;

/// <summary>Worktrees of a repository with a submodule, which git does not remove by itself.</summary>
public sealed class SubmodulesTests : IAsyncLifetime
{
    private const string CheckOut = "git -c protocol.file.allow=always submodule --quiet update --init --recursive; ";

    private const string Deliver = CheckOut + """
        echo done >>roof.txt; git commit -qam done; git push -q origin HEAD
        """;

    private readonly TemporaryFolder _folder = new();

    public Task InitializeAsync() => ShAsync("""
        export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=protocol.file.allow GIT_CONFIG_VALUE_0=always
        for name in nails tools origin; do
          git init -q --bare -b main $name.git; git clone -q $name.git $name 2>/dev/null
          git -C $name config user.email t@example.com; git -C $name config user.name Test
        done
        (cd nails; echo nail >nail.txt; git add .; git commit -qm one; git push -q origin HEAD:main)
        (cd tools; git submodule --quiet add ../nails.git nails; git commit -qm one; git push -q origin HEAD:main)
        (cd origin; echo roof >roof.txt; git submodule --quiet add ../tools.git libs/tools; git add .; git commit -qm one
         git push -q origin HEAD:main; git remote set-head origin main)
        mv origin clone
        """);

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData("true")]
    [InlineData(Deliver)]
    [InlineData(CheckOut + "git submodule --quiet deinit --all")]
    [InlineData(CheckOut + "cd libs/tools; git checkout -q -b more; echo x >more.txt; git add .; git -c user.name=T -c user.email=t@x commit -qm two; "
        + "git push -q origin HEAD:refs/heads/more-$$; cd ../..; git commit -qam 'more tools'; git push -q origin HEAD")]
    public async Task Tidy_AllIsElsewhereToo_LeavesNoWorktree(string work)
    {
        for (var number = 1; number <= 2; number++)
        {
            var place = await MakeAsync($"t_{number}");
            await WorkAsync(place, work);

            Assert.Null(await Worktrees().TidyAsync(place, CancellationToken.None));

            Assert.False(Directory.Exists(place.Folder));
        }
        Assert.Equal("", await ShAsync("ls clone.owp; ls clone/.git/worktrees 2>/dev/null || true"));
    }

    [Theory]
    [InlineData("echo x >new.txt", "it has changes that are not committed")]
    [InlineData("echo x >libs/tools/new.txt", "it has changes that are not committed")]
    [InlineData("git config -f .gitmodules submodule.libs/tools.ignore all; git commit -qam ignore; echo x >libs/tools/new.txt",
        "it has changes that are not committed")]
    [InlineData("echo x >>libs/tools/nails/nail.txt", "it has changes that are not committed")]
    [InlineData("cd libs/tools; echo x >new.txt; git add .; git -c user.name=T -c user.email=t@x commit -qm two; cd ../..; git commit -qam two",
        "has commits that are not pushed, such as ")]
    [InlineData("cd libs/tools/nails; git checkout -q -b side; echo x >new.txt; git add .; git -c user.name=T -c user.email=t@x commit -qm two; "
        + "git checkout -q --detach HEAD^", "has commits that are not pushed, such as ")]
    [InlineData("cd libs/tools; echo x >new.txt; git add .; git -c user.name=T -c user.email=t@x stash -q",
        "has commits that are not pushed, such as ")]
    [InlineData("cd libs/tools; git checkout -q -b side; echo x >new.txt; git add .; git -c user.name=T -c user.email=t@x commit -qm two; "
        + "git checkout -q --detach HEAD^; cd ../..; git submodule --quiet deinit --all", "has commits that are not pushed, such as ")]
    public async Task Tidy_SomethingIsNowhereElse_KeepsTheWorktreeAndSaysWhy(string work, string reason)
    {
        var place = await MakeAsync("t_1");
        await WorkAsync(place, CheckOut + work);

        var kept = await Worktrees().TidyAsync(place, CancellationToken.None);

        Assert.StartsWith($"{place.Folder} is kept: ", kept, StringComparison.Ordinal);
        Assert.Contains(reason, kept, StringComparison.Ordinal);
        Assert.True(Directory.Exists(place.Folder));
        // The next attempt gets the branch, in a place of its own.
        Assert.NotEqual(place.Folder, (await MakeAsync("t_1")).Folder);
    }

    [Fact]
    public async Task Make_EarlierWorktreeIsClean_TakesItsPlace()
    {
        var place = await MakeAsync("t_1");
        await WorkAsync(place, Deliver);

        Assert.Equal(place.Folder, (await MakeAsync("t_1")).Folder);
    }

    private GitWorktrees Worktrees() => new(
        new Dictionary<string, string> { [GitWorktrees.AnyRepo] = _folder.File("clone") }, null, null, Assert.Fail, TimeProvider.System);

    private Task<Workspace> MakeAsync(string task) => Worktrees().MakeAsync(
        new LeaseView { TaskId = task, Repo = "acme/shop", Title = "Mend the roof", LeaseId = "l_1" }, CancellationToken.None);

    private Task<string> WorkAsync(Workspace place, string script) => ShAsync($"cd '{place.Folder}'; {script}");

    private async Task<string> ShAsync(string script)
    {
        var done = await Shell.RunAsync("set -e\n" + script, new Dictionary<string, string?>(), _folder.FullPath);
        Assert.True(done.ExitCode == 0, done.Error + done.Output);
        return done.Output;
    }
}
