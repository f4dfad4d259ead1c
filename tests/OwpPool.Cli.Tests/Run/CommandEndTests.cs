using System.Globalization;
using OwpPool.Cli.Run;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Run;

/// <summary>How commands end that must: with all that they started, whatever they do about it.</summary>
public sealed class CommandEndTests(RunServer server) : IClassFixture<RunServer>, IAsyncLifetime
{
    /// <summary>A command with children: one in the background, one that does not hear TERM, and a grandchild.</summary>
    private const string Family = """
        echo $$ >"$MARKS/pids"
        sleep 1000 & echo $! >>"$MARKS/pids"
        sh -c 'trap "" TERM; echo $$ >>"$MARKS/pids"; sh -c "echo \$\$ >>$MARKS/pids; while :; do sleep 1; done"; :' &
        until [ $(wc -l <"$MARKS/pids") = 4 ]; do sleep 0.05; done
        : >"$MARKS/started.part"; echo up >"$MARKS/started"
        wait
        """;

    private RunStage _stage = null!;

    public async Task InitializeAsync() => _stage = await RunStage.OnAsync(server);

    public Task DisposeAsync() => _stage.DisposeAsync().AsTask();

    [Fact]
    public async Task Run_CancelledByAMaintainer_WholeGroupIsGone()
    {
        var task = await _stage.AddTaskAsync();
        using var journal = _stage.Journal();
        using var runner = _stage.Runner(journal, Family, Settings);
        using var drain = new CancellationTokenSource();
        var running = runner.RunAsync(new RunSignals(drain.Token, CancellationToken.None));
        await _stage.MarkAsync("started");
        var family = await FamilyAsync();
        Assert.All(family, id => Assert.True(IsAlive(id)));

        await _stage.ActAsync($"/v1/admin/tasks/{task}/cancel", new { reason = "not wanted any more" });
        await _stage.UntilAsync(Steps.Lost);

        // The word comes when the deed is done.
        Assert.DoesNotContain(family, IsAlive);
        Assert.Equal("cancelled", _stage.Steps[^1].Note);
        await drain.CancelAsync();
        Assert.Equal(1, (await running).Lost);
        Assert.Empty(journal.Entries);
    }

    [Fact]
    public async Task Run_LongerThanTheTimeout_EndsTheWholeGroupAndFailsWithTheReason()
    {
        var task = await _stage.AddTaskAsync();
        using var journal = _stage.Journal();
        var how = RunStage.HowOf() with { Timeout = TimeSpan.FromSeconds(2) };
        using var runner = _stage.Runner(journal, $"echo thinking\n{Family}", Settings with { Allowance = new TaskAllowance(1) }, how: how);

        var summary = await runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));

        Assert.Equal(1, summary.Failed);
        Assert.Equal("The command did not end within 2s and was ended. Its last line: thinking", _stage.Steps[^1].Note);
        Assert.DoesNotContain(await FamilyAsync(), IsAlive);
        var view = await _stage.TaskAsync(task);
        Assert.Equal(("ready", 1), ((string?)view["status"], (int)view["attempt_count"]!));
        Assert.Contains(await _stage.LinesAsync(task), line => line is { Stage: "owp", Level: "error" }
            && line.Message == "The command was ended after 2s, its time limit.");
        Assert.Empty(journal.Entries);
    }

    [Fact]
    public async Task Run_RequeuedUnderItAndGivenToItAgain_StartsAfresh()
    {
        var task = await _stage.AddTaskAsync();
        using var journal = _stage.Journal();
        const string Command = """
            echo $$ >>"$MARKS/attempts"
            if [ $(wc -l <"$MARKS/attempts") = 1 ]; then sleep 1000; fi
            echo https://github.com/acme/shop/pull/71
            """;
        using var runner = _stage.Runner(journal, Command, Settings with { Allowance = new TaskAllowance(2) });
        var running = runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));
        await _stage.MarkAsync("attempts");

        await _stage.ActAsync($"/v1/admin/tasks/{task}/requeue", new { reason = "again, please" });
        await running;

        Assert.Equal("pr_opened", await _stage.PhaseAsync(task));
        var attempts = await File.ReadAllLinesAsync(Path.Combine(_stage.Marks, "attempts"));
        Assert.Equal(2, attempts.Length);
        Assert.DoesNotContain(attempts.Select(Number), IsAlive);
    }

    [Fact]
    public async Task Run_CommandEndsAndLeavesChildren_TheyEndWithIt()
    {
        var task = await _stage.AddTaskAsync();
        await RunOnceAsync("""
            sleep 1000 & echo $! >"$MARKS/pids"
            (trap '' TERM; sleep 1000) & echo $! >>"$MARKS/pids"
            echo https://github.com/acme/shop/pull/72
            """);

        Assert.Equal("pr_opened", await _stage.PhaseAsync(task));
        Assert.DoesNotContain(await FamilyAsync(), IsAlive);
    }

    [Fact]
    public async Task Run_ChildOfAnotherSessionHoldsTheOutput_IsNotWaitedForForEver()
    {
        var task = await _stage.AddTaskAsync();
        await RunOnceAsync("""
            setsid sh -c 'echo $$ >"$MARKS/pids"; exec sleep 1000' &
            until [ -s "$MARKS/pids" ]; do sleep 0.05; done
            echo https://github.com/acme/shop/pull/73
            """);

        Assert.Equal("pr_opened", await _stage.PhaseAsync(task));
        Assert.Contains("https://github.com/acme/shop/pull/73", await _stage.LogAsync(task));
        foreach (var id in await FamilyAsync()) await ProcessGroups.EndAsync(id, TimeSpan.Zero, TimeProvider.System);
    }

    [Fact]
    public async Task Run_ChildOfAnotherSessionGoesOnWriting_IsNotEndedByAClosedPipe()
    {
        await _stage.AddTaskAsync();
        await RunOnceAsync("""
            setsid sh -c 'echo up >"$MARKS/up"; until [ -e "$MARKS/end" ]; do echo still here; sleep 0.02; done; echo alive >"$MARKS/alive"' &
            until [ -s "$MARKS/up" ]; do sleep 0.05; done
            echo https://github.com/acme/shop/pull/74
            """);

        // What nobody holds any more is closed now.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        _stage.Mark("end");

        Assert.Equal("alive", await _stage.MarkAsync("alive"));
    }

    [Fact]
    public async Task Run_PausedInAnotherShell_TakesNothingNewUntilResumed()
    {
        using var journal = _stage.Journal();
        using var runner = _stage.Runner(journal, "echo https://github.com/acme/shop/pull/97", Settings with { Allowance = new TaskAllowance(1) });
        // Starting it is a word to go.
        await _stage.Worker.HeartbeatAsync(new HeartbeatRequest(WorkerStatus.Paused));
        var running = runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));
        await Eventually.TrueAsync(async () => (string?)(await _stage.WorkerAsync())["status"] == "idle", "it waits for work");

        // A heartbeat that has looked already may undo either word: whoever sees that says it again.
        await Eventually.TrueAsync(async () =>
        {
            await _stage.Worker.HeartbeatAsync(new HeartbeatRequest(WorkerStatus.Paused));
            return _stage.Steps.Any(step => step.Step == Steps.Warning);
        }, "it heeds the pause");
        var task = await _stage.AddTaskAsync();
        Assert.Equal("ready", await _stage.PhaseAsync(task));
        await Eventually.TrueAsync(async () =>
        {
            await _stage.Worker.HeartbeatAsync(new HeartbeatRequest());
            return running.IsCompleted;
        }, "it works again");
        Assert.Equal(1, (await running).Delivered);
        Assert.StartsWith("Paused:", _stage.Steps.First(step => step.Step == Steps.Warning).Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_ToldToDrain_FinishesWhatRunsAndTakesNoMore()
    {
        var first = await _stage.AddTaskAsync("First");
        using var journal = _stage.Journal();
        using var drain = new CancellationTokenSource();
        using var runner = _stage.Runner(journal, """
            echo up >"$MARKS/started"
            until [ -e "$MARKS/go-on" ]; do sleep 0.05; done
            echo https://github.com/acme/shop/pull/74
            """, Settings);
        var running = runner.RunAsync(new RunSignals(drain.Token, CancellationToken.None));
        await _stage.MarkAsync("started");

        await drain.CancelAsync();
        var second = await _stage.AddTaskAsync("Second");
        _stage.Mark("go-on");
        var summary = await running;

        Assert.Equal("1 delivered, 0 given back, 0 failed, 0 lost", summary.ToString());
        Assert.Equal(("pr_opened", "ready"), (await _stage.PhaseAsync(first), await _stage.PhaseAsync(second)));
        Assert.Equal("offline", (string?)(await _stage.WorkerAsync())["status"]);
    }

    [Fact]
    public async Task Run_PausedByAMaintainer_SaysSoOnceAndTakesNothing()
    {
        using var journal = _stage.Journal();
        using var drain = new CancellationTokenSource();
        using var runner = _stage.Runner(journal, "exit 75", Settings);
        var running = runner.RunAsync(new RunSignals(drain.Token, CancellationToken.None));

        await _stage.ActAsync($"/v1/workers/{_stage.WorkerId}/pause", new { reason = "too many at once" });
        await _stage.UntilAsync(Steps.Warning);
        var task = await _stage.AddTaskAsync();
        await _stage.ActAsync($"/v1/workers/{_stage.WorkerId}/resume", new { reason = "go on" });
        await _stage.UntilAsync(Steps.Released);
        await drain.CancelAsync();
        await running;

        Assert.Equal(["warning", "warning", "leased", "in_progress", "released"],
            _stage.Steps.Where(step => step.Step is not Steps.Waiting).OrderBy(step => step.TaskId is not null).Take(5).Select(step => step.Step));
        Assert.Equal("A maintainer has paused this worker: it gets no new work until they resume it.",
            _stage.Steps.First(step => step.Step is Steps.Warning).Note);
        Assert.Equal(task, _stage.Steps[^1].TaskId);
    }

    [Fact]
    public async Task Run_ToldToStop_EndsTheGroupAndGivesTheTaskBackUncounted()
    {
        var task = await _stage.AddTaskAsync();
        using var journal = _stage.Journal();
        using var stop = new CancellationTokenSource();
        using var runner = _stage.Runner(journal, Family, Settings);
        var running = runner.RunAsync(new RunSignals(CancellationToken.None, stop.Token));
        await _stage.MarkAsync("started");

        await stop.CancelAsync();
        var summary = await running;

        Assert.DoesNotContain(await FamilyAsync(), IsAlive);
        Assert.Equal(1, summary.Released);
        var view = await _stage.TaskAsync(task);
        Assert.Equal(("ready", 0), ((string?)view["status"], (int)view["attempt_count"]!));
        Assert.Empty(journal.Entries);
    }

    private static RunnerSettings Settings => new()
    {
        HeartbeatEvery = TimeSpan.FromMilliseconds(50), PollEvery = TimeSpan.FromSeconds(10),
    };

    private async Task RunOnceAsync(string command)
    {
        using var journal = _stage.Journal();
        using var runner = _stage.Runner(journal, command);
        await runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));
    }

    private async Task<IReadOnlyList<int>> FamilyAsync() =>
        [.. (await File.ReadAllLinesAsync(Path.Combine(_stage.Marks, "pids"))).Select(Number)];

    private static int Number(string line) => int.Parse(line, CultureInfo.InvariantCulture);

    /// <summary>Whether a process is there and not only its exit code.</summary>
    internal static bool IsAlive(int id)
    {
        var path = $"/proc/{id}/stat";
        try
        {
            var stat = File.ReadAllText(path);
            return stat[stat.LastIndexOf(')')..].Split(' ')[1] is not ("Z" or "X");
        }
        catch (IOException)
        {
            return false;
        }
    }
}
