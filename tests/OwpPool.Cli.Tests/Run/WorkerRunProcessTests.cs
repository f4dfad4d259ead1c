using System.Globalization;
using OwpPool.Cli.Tests.Support;

namespace OwpPool.Cli.Tests.Run;

/// <summary><c>owp worker run</c> as its users start, signal and kill it.</summary>
public sealed class WorkerRunProcessTests(RunServer server) : IClassFixture<RunServer>, IAsyncLifetime
{
    private RunStage _stage = null!;

    public async Task InitializeAsync() => _stage = await RunStage.OnAsync(server);

    public Task DisposeAsync() => _stage.DisposeAsync().AsTask();

    [Fact]
    public async Task Run_KilledAndStartedAgain_EndsTheOrphansAndGoesOnInTheSameWorktree()
    {
        var clone = await CloneAsync();
        var task = await _stage.AddTaskAsync();
        const string Command = """
            echo $$ >>"$MARKS/pids"; echo "resumed=$OWP_TASK_RESUMED" >>"$MARKS/resumed"; pwd >>"$MARKS/folders"
            if [ -z "$OWP_TASK_RESUMED" ]; then echo half >half.txt; echo up >"$MARKS/started"; sleep 1000; fi
            cat half.txt; git add .; git commit -qm 'Mend the roof'; git push -q origin "$OWP_BRANCH"
            echo https://github.com/acme/shop/pull/91
            """;
        string[] args =
        [
            "worker", "run", "--repo", _stage.Repo, "--repo-dir", clone, "--heartbeat-every", "0.2", "--env", "MARKS", "--exec", Command,
        ];
        await using (var first = OwpProcess.Start(_stage, args))
        {
            await _stage.MarkAsync("started");
            await first.KillAsync();
        }
        var orphan = (await NumbersAsync("pids")).Single();
        Assert.True(CommandEndTests.IsAlive(orphan));

        await using var second = OwpProcess.Start(_stage, [.. args, "--max-tasks", "1"]);

        Assert.True(await second.EndAsync() == ExitCodes.Done, second.Said);
        Assert.False(CommandEndTests.IsAlive(orphan));
        Assert.Equal(["resumed=", "resumed=1"], await File.ReadAllLinesAsync(Path.Combine(_stage.Marks, "resumed")));
        Assert.Single((await File.ReadAllLinesAsync(Path.Combine(_stage.Marks, "folders"))).Distinct());
        var view = await _stage.TaskAsync(task);
        Assert.Equal(("pr_opened", 0), ((string?)view["status"], (int)view["attempt_count"]!));
        Assert.Equal(1, (long)view["attempts"]!.AsArray().Single()!["fencing_token"]!);
        Assert.Contains("half", await _stage.LogAsync(task));
        Assert.Contains($"\tresumed\t{task}", second.Said, StringComparison.Ordinal);
        var head = await GitAsync($"git -C clone rev-parse owp/{task}; git -C origin.git rev-parse owp/{task}");
        Assert.Equal((string?)view["artifact"]!["commit_sha"], Assert.Single(head.Distinct()));
        Assert.Equal(["clone"], await GitAsync("git -C clone worktree list --porcelain | sed -n 's,^worktree .*/,,p'"));
    }

    [Fact]
    public async Task Run_TwoSignals_DrainThenStop()
    {
        var task = await _stage.AddTaskAsync();
        await using var owp = OwpProcess.Start(_stage, "worker", "run", "--repo", _stage.Repo, "--grace", "0.2",
            "--env", "MARKS", "--exec", "echo $$ >\"$MARKS/pids\"; sleep 1000");
        await _stage.MarkAsync("pids");

        await owp.SignalAsync("TERM");
        await owp.UntilSaysAsync("\tdraining\t");
        Assert.Equal("in_progress", await _stage.PhaseAsync(task));
        await owp.SignalAsync("INT");

        Assert.Equal(ExitCodes.Cancelled, await owp.EndAsync());
        Assert.Contains("\tstopping\t", owp.Said, StringComparison.Ordinal);
        Assert.Contains("Ended: 0 delivered, 1 given back", owp.Said, StringComparison.Ordinal);
        Assert.Equal("ready", await _stage.PhaseAsync(task));
        Assert.DoesNotContain(await NumbersAsync("pids"), CommandEndTests.IsAlive);
        Assert.DoesNotContain(_stage.Token, owp.Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SecondProcessOfTheSameWorker_IsRefused()
    {
        await _stage.AddTaskAsync();
        await using var first = OwpProcess.Start(_stage, "worker", "run", "--repo", _stage.Repo, "--grace", "0",
            "--env", "MARKS", "--exec", "echo up >\"$MARKS/started\"; sleep 1000");
        await _stage.MarkAsync("started");

        await using var second = OwpProcess.Start(_stage, "worker", "run", "--exec", "true");

        Assert.Equal(ExitCodes.Error, await second.EndAsync());
        Assert.Contains("Another 'owp worker run' works as this worker", second.Said, StringComparison.Ordinal);
        await first.SignalAsync("TERM");
        await first.UntilSaysAsync("draining");
        await first.SignalAsync("TERM");
        Assert.Equal(ExitCodes.Cancelled, await first.EndAsync());
    }

    [Fact]
    public async Task Run_WithoutACommand_ListsLeasesAndKeepsThem()
    {
        var task = await _stage.AddTaskAsync();
        await using var owp = OwpProcess.Start(_stage, "worker", "run", "--repo", _stage.Repo);
        await owp.UntilSaysAsync($"\tleased\t{task}\tMend the roof");

        await owp.SignalAsync("INT");

        Assert.Equal(ExitCodes.Done, await owp.EndAsync());
        Assert.Equal("leased", await _stage.PhaseAsync(task));
    }

    private async Task<string> CloneAsync()
    {
        await GitAsync("""
            git init -q --bare -b main origin.git && git clone -q origin.git clone 2>/dev/null && cd clone
            git config user.email t@example.com && git config user.name Test
            echo roof >roof.txt && git add . && git commit -qm 'Build a house' && git push -q origin HEAD:main
            git remote set-head origin main
            """);
        return _stage.Folder.File("clone");
    }

    private async Task<string[]> GitAsync(string script)
    {
        var done = await Shell.RunAsync("set -e\n" + script, new Dictionary<string, string?>(), _stage.Folder.FullPath);
        Assert.True(done.ExitCode == 0, done.Error + done.Output);
        return done.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private async Task<IReadOnlyList<int>> NumbersAsync(string mark) =>
        [.. (await File.ReadAllLinesAsync(Path.Combine(_stage.Marks, mark))).Select(line => int.Parse(line, CultureInfo.InvariantCulture))];
}
