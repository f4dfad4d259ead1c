using OwpPool.Cli.Run;
using OwpPool.Cli.Tests.Support;
using OwpPool.Client;

namespace OwpPool.Cli.Tests.Run;

/// <summary>Worktrees of a real clone of a real bare repository.</summary>
public sealed class GitWorktreesTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _warnings = [];

    private string Clone => _folder.File("clone");

    public Task InitializeAsync() => ShAsync("""
        git init -q --bare -b main origin.git; git clone -q origin.git clone 2>/dev/null; cd clone
        git config user.email t@example.com; git config user.name Test
        echo roof >roof.txt; git add .; git commit -qm one; git push -q origin HEAD:main; git remote set-head origin main
        """);

    public Task DisposeAsync()
    {
        _folder.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Make_FreshTask_StartsFromWhatOriginHasNow()
    {
        await ShAsync("git clone -q origin.git other; cd other; git config user.email o@x; git config user.name O; echo new >new.txt; " +
            "git add .; git commit -qm two; git push -q");
        await ShAsync("echo unfinished >>clone/roof.txt");

        var place = await Worktrees().MakeAsync(Lease("t_1"), CancellationToken.None);

        Assert.Equal(("owp/t_1", _folder.File("clone.owp/t_1")), (place.Branch, place.Folder));
        Assert.True(File.Exists(Path.Combine(place.Folder, "new.txt")));
        Assert.Equal("roof\n", await File.ReadAllTextAsync(Path.Combine(place.Folder, "roof.txt")));
        Assert.Equal(Path.Combine(Clone, ".git"), place.GitFolder);
        Assert.Null(await Worktrees().CommitOfAsync(place, CancellationToken.None));
    }

    [Fact]
    public async Task Tidy_NothingCommitted_LeavesNoWorktreeAndNoBranch()
    {
        var place = await Worktrees().MakeAsync(Lease("t_1"), CancellationToken.None);

        Assert.Null(await Worktrees().TidyAsync(place, CancellationToken.None));

        Assert.False(Directory.Exists(place.Folder));
        Assert.Equal("", await ShAsync("git -C clone branch --list 'owp/*'"));
    }

    [Fact]
    public async Task Tidy_Uncommitted_IsKeptAndTheNextAttemptGetsAFreshPlace()
    {
        var place = await Worktrees().MakeAsync(Lease("t_1"), CancellationToken.None);
        await File.WriteAllTextAsync(Path.Combine(place.Folder, "half.txt"), "half");

        Assert.Contains("is kept", await Worktrees().TidyAsync(place, CancellationToken.None), StringComparison.Ordinal);
        var next = await Worktrees().MakeAsync(Lease("t_1"), CancellationToken.None);

        Assert.Equal((place.Folder + "-2", place.Branch), (next.Folder, next.Branch));
        Assert.False(File.Exists(Path.Combine(next.Folder, "half.txt")));
        Assert.Equal("half", await File.ReadAllTextAsync(Path.Combine(place.Folder, "half.txt")));
    }

    [Fact]
    public async Task Make_HookOfTheClone_GetsNoVariableOfThePool()
    {
        Environment.SetEnvironmentVariable("OWP_SECRET_OF_GIT_WORKTREES_TESTS", "owpw_x");
        await ShAsync("""
            cd clone; printf '#!/bin/sh\nenv >%s/seen\n' "$(cd .. && pwd)" >.git/hooks/post-checkout; chmod +x .git/hooks/post-checkout
            """);

        await Worktrees().MakeAsync(Lease("t_1"), CancellationToken.None);

        var seen = await ShAsync("cat seen");
        Assert.Contains("PATH=", seen, StringComparison.Ordinal);
        Assert.DoesNotContain("OWP_", seen, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Make_BranchHasCommits_GoesOnWithThem()
    {
        var place = await Worktrees().MakeAsync(Lease("t_1"), CancellationToken.None);
        await ShAsync("cd clone.owp/t_1; echo done >>roof.txt; git commit -qam done");
        Assert.NotNull(await Worktrees().CommitOfAsync(place, CancellationToken.None));
        Assert.Null(await Worktrees().TidyAsync(place, CancellationToken.None));

        var next = await Worktrees().MakeAsync(Lease("t_1"), CancellationToken.None);

        Assert.Equal("roof\ndone\n", await File.ReadAllTextAsync(Path.Combine(next.Folder, "roof.txt")));
    }

    [Fact]
    public async Task Make_OriginGone_WarnsAndUsesTheCloneAsItIs()
    {
        await ShAsync("mv origin.git elsewhere.git");

        var place = await Worktrees().MakeAsync(Lease("t_1"), CancellationToken.None);

        Assert.True(File.Exists(Path.Combine(place.Folder, "roof.txt")));
        Assert.Contains("could not be brought up to date", Assert.Single(_warnings), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Make_ManyAtOnce_GetInNobodysWay()
    {
        var worktrees = Worktrees();

        var places = await Task.WhenAll(Enumerable.Range(1, 6).Select(number =>
            worktrees.MakeAsync(Lease($"t_{number}"), CancellationToken.None)));

        Assert.Equal(6, places.Select(place => place.Folder).Distinct().Count(Directory.Exists));
    }

    [Fact]
    public async Task Make_RepoWithoutAClone_SaysSo()
    {
        var worktrees = new GitWorktrees(new Dictionary<string, string> { ["acme/other"] = Clone }, null, null, _warnings.Add, TimeProvider.System);

        var failure = await Assert.ThrowsAsync<WorkspaceException>(() => worktrees.MakeAsync(Lease("t_1"), CancellationToken.None));

        Assert.Contains("acme/shop", failure.Message, StringComparison.Ordinal);
    }

    private GitWorktrees Worktrees() =>
        new(new Dictionary<string, string> { [GitWorktrees.AnyRepo] = Clone }, null, null, _warnings.Add, TimeProvider.System);

    private static LeaseView Lease(string task) => new() { TaskId = task, Repo = "acme/shop", Title = "Mend the roof", LeaseId = "l_1" };

    private async Task<string> ShAsync(string script)
    {
        var done = await Shell.RunAsync("set -e\n" + script, new Dictionary<string, string?>(), _folder.FullPath);
        Assert.True(done.ExitCode == 0, done.Error + done.Output);
        return done.Output;
    }
}
