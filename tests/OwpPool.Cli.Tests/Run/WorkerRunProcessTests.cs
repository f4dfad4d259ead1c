using System.Globalization;
using OwpPool.Cli.Tests.Support;
using OwpPool.Testing;

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

    [Fact]
    public async Task Run_CommandThatAlwaysFails_StopsAfterThreeOfSixTasksAndSaysWhatToDo()
    {
        var tasks = new List<string>();
        for (var number = 1; number <= 6; number++) tasks.Add(await _stage.AddTaskAsync($"Task {number}"));
        await using var owp = OwpProcess.Start(_stage, "worker", "run", "--repo", _stage.Repo, "--exec", "false");

        await owp.UntilSaysAsync("takes no new work until 'owp worker resume' or a new start, because of 3 failures in a row");
        await Eventually.TrueAsync(async () => (string?)(await _stage.WorkerAsync())["status"] == "paused", "the pool knows of the pause");
        await owp.SignalAsync("INT");

        Assert.Equal(ExitCodes.Done, await owp.EndAsync());
        Assert.Contains("Ended: 0 delivered, 0 given back, 3 failed, 0 lost", owp.Said, StringComparison.Ordinal);
        var views = await Task.WhenAll(tasks.Select(_stage.TaskAsync));
        Assert.All(views, view => Assert.Equal("ready", (string?)view["status"]));
        Assert.Equal([0, 0, 0, 1, 1, 1], views.Select(view => (int)view["attempt_count"]!).Order());
    }

    [Fact]
    public async Task Run_ScriptThatTheWorktreesWillNotHave_IsRefusedBeforeATaskIsTaken()
    {
        var task = await _stage.AddTaskAsync();
        var clone = await CloneAsync();
        await GitAsync("""
            printf '#!/bin/sh\necho https://github.com/acme/shop/pull/64 >"$OWP_PR_FILE"\n' >do-task.sh; chmod +x do-task.sh; cp do-task.sh clone
            """);

        await using var missing = OwpProcess.Start(_stage, "worker", "run", "--repo-dir", clone, "--exec", "./do-task.sh");
        Assert.Equal(ExitCodes.Error, await missing.EndAsync());
        Assert.Contains($"--exec: ./do-task.sh is looked up in the worktree of each task, and it is not committed in {clone}. Commit and push it, "
            + $"or give its full path, {_stage.Folder.File("do-task.sh")}. No task was taken.", missing.Said, StringComparison.Ordinal);
        await GitAsync("cd clone; git -c core.fileMode=false add do-task.sh; git commit -qm script; git push -q origin HEAD:main");
        await using var plain = OwpProcess.Start(_stage, "worker", "run", "--repo-dir", clone, "--exec", "./do-task.sh");
        Assert.Equal(ExitCodes.Error, await plain.EndAsync());
        Assert.Contains("Run 'git update-index --chmod=+x do-task.sh', commit and push", plain.Said, StringComparison.Ordinal);
        Assert.Equal("ready", await _stage.PhaseAsync(task));

        // Another clone mends it: this one hears of it when it looks.
        await GitAsync("git clone -q origin.git other; cd other; git config user.email o@x; git config user.name O; "
            + "git update-index --chmod=+x do-task.sh; git commit -qm mended; git push -q");
        await using var mended = OwpProcess.Start(_stage, "worker", "run", "--once", "--poll-every", "20", "--repo", _stage.Repo,
            "--repo-dir", $"{_stage.Repo}={clone}", "--exec", "./do-task.sh");
        Assert.True(await mended.EndAsync() == ExitCodes.Done, mended.Said);
        Assert.Equal("pr_opened", await _stage.PhaseAsync(task));
    }

    [Fact]
    public async Task Run_StoppedWhileItsTaskIsTakenAway_AsksThePoolAndEndsTheCommand()
    {
        var task = await _stage.AddTaskAsync();
        await using var owp = OwpProcess.Start(_stage, "worker", "run", "--repo", _stage.Repo, "--grace", "0.2",
            "--heartbeat-every", "0.2", "--env", "MARKS", "--exec", "echo $$ >\"$MARKS/pids\"; sleep 1000");
        await _stage.MarkAsync("pids");

        await owp.SignalAsync("STOP");
        await _stage.ActAsync($"/v1/admin/tasks/{task}/requeue", new { reason = "It is silent." });
        await _stage.ActAsync($"/v1/admin/tasks/{task}/cancel", new { reason = "Not needed." });
        await owp.SignalAsync("CONT");

        await owp.UntilSaysAsync("\tlost\t");
        await Eventually.TrueAsync(async () => !(await NumbersAsync("pids")).Any(CommandEndTests.IsAlive), "the command is ended");
        await owp.SignalAsync("INT");
        await owp.EndAsync();
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
