using OwpPool.Cli.Run;

namespace OwpPool.Cli.Tests.Run;

/// <summary>What becomes of a task by what its command says and how it ends: a real server, real commands.</summary>
public sealed class CommandOutcomeTests(RunServer server) : IClassFixture<RunServer>, IAsyncLifetime
{
    private RunStage _stage = null!;

    public async Task InitializeAsync() => _stage = await RunStage.OnAsync(server);

    public Task DisposeAsync() => _stage.DisposeAsync().AsTask();

    [Fact]
    public async Task Run_PullRequestInFile_IsReportedAndGoesBeforeThatOfTheOutput()
    {
        var task = await _stage.AddTaskAsync();

        await RunAsync("""
            echo https://github.com/acme/shop/pull/1
            echo https://github.com/acme/shop/pull/2 >"$OWP_PR_FILE"
            echo 'added a gutter too' >"$OWP_RESULT_FILE"
            """);

        var view = await _stage.TaskAsync(task);
        Assert.Equal("pr_opened", (string?)view["status"]);
        Assert.Equal("https://github.com/acme/shop/pull/2", (string?)view["artifact"]!["pr_url"]);
        Assert.Contains("added a gutter too", view.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal(["leased", "in_progress", "pr_opened"], _stage.Steps.Select(step => step.Step));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_stage.Folder.File("scratch")));
    }

    [Fact]
    public async Task Run_PullRequestsInOutput_TheLastCounts()
    {
        var task = await _stage.AddTaskAsync();

        await RunAsync("""
            echo 'remote: create one at https://github.com/acme/shop/pull/new/owp/t_1'
            echo 'see https://github.com/acme/shop/pull/7 (old)' >&2
            echo 'opened https://github.com/acme/shop/pull/8.'
            echo done
            """);

        Assert.Equal("https://github.com/acme/shop/pull/8", (string?)(await _stage.TaskAsync(task))["artifact"]!["pr_url"]);
    }

    [Theory]
    [InlineData("exit 3", "failed", "exit code 3", 1)]
    [InlineData("echo no disk; exit 75", "released", "no disk", 0)]
    [InlineData("echo 'not mine' >\"$OWP_RESULT_FILE\"; exit 11", "released", "not mine", 0)]
    [InlineData("echo 'later: lunch' >\"$OWP_RESULT_FILE\"", "released", "lunch", 0)]
    [InlineData("echo all well", "failed", "named no pull request", 1)]
    [InlineData("echo nonsense >\"$OWP_PR_FILE\"", "failed", "no https address", 1)]
    [InlineData("echo https://example.com/x/pull/1 >\"$OWP_PR_FILE\"", "failed", "does not take https://example.com/x/pull/1", 1)]
    [InlineData("kill -KILL $$", "failed", "137", 1)]
    public async Task Run_CommandEndsOtherwise_TaskGoesBackWithTheReason(string command, string step, string reason, int attempts)
    {
        var task = await _stage.AddTaskAsync();

        await RunAsync(command);

        var last = _stage.Steps[^1];
        Assert.Equal((step, task), (last.Step, last.TaskId));
        Assert.Contains(reason, last.Note, StringComparison.Ordinal);
        var view = await _stage.TaskAsync(task);
        Assert.Equal("ready", (string?)view["status"]);
        Assert.Equal(attempts, (int)view["attempt_count"]!);
    }

    [Fact]
    public async Task Run_NoPullRequestButAllowed_IsDelivered()
    {
        var task = await _stage.AddTaskAsync();

        await RunAsync("true", how: new CommandSettings { Command = "", Folder = "", AllowNoPullRequest = true });

        Assert.Equal("pr_opened", await _stage.PhaseAsync(task));
    }

    [Fact]
    public async Task Run_Blocked_IsTriedAgainInItsFolderUntilItIsNot()
    {
        var task = await _stage.AddTaskAsync();
        const string Command = """
            if [ -e answer ]; then echo "resumed=$OWP_TASK_RESUMED"; echo https://github.com/acme/shop/pull/9; exit; fi
            touch answer; echo 'which colour?'; exit 10
            """;
        // Blocked tasks are tried again as long as the worker takes work.
        var settings = new RunnerSettings { RetryBlocked = TimeSpan.FromMilliseconds(50) };
        using var journal = _stage.Journal();
        using var drain = new CancellationTokenSource();
        using var runner = _stage.Runner(journal, Command, settings);
        var running = runner.RunAsync(new RunSignals(drain.Token, CancellationToken.None));
        await _stage.UntilAsync(Steps.PrOpened);
        await drain.CancelAsync();
        await running;

        Assert.Equal(["leased", "in_progress", "blocked", "in_progress", "pr_opened"], _stage.Steps.Select(step => step.Step));
        Assert.Equal("which colour?", _stage.Steps[2].Note);
        Assert.Contains("resumed=1", await _stage.LogAsync(task));
    }

    [Fact]
    public async Task Run_BlockedWhenNothingNewIsTaken_IsGivenBack()
    {
        var task = await _stage.AddTaskAsync();

        await RunAsync("echo 'which colour?'; exit 10");

        Assert.Equal(["leased", "in_progress", "blocked", "released"], _stage.Steps.Select(step => step.Step));
        Assert.Equal("ready", await _stage.PhaseAsync(task));
    }

    [Fact]
    public async Task Run_ManyLinesOnBothOutputs_AreInTheLogCompleteAndInOrder()
    {
        var task = await _stage.AddTaskAsync();

        await RunAsync("""
            i=0
            while [ $i -lt 3000 ]; do i=$((i+1)); echo "line $i"; [ $((i % 7)) -ne 0 ] || echo "error $i" >&2; done
            printf 'Grüße\n\nlast, without an end'
            exit 3
            """);

        var expected = Enumerable.Range(1, 3000).SelectMany(i => i % 7 == 0 ? new[] { $"line {i}", $"error {i}" } : [$"line {i}"]);
        Assert.Equal([.. expected, "Grüße", "", "last, without an end"], await _stage.LogAsync(task));
        Assert.Contains("last, without an end", _stage.Steps[^1].Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_Secrets_AreNeitherInTheEnvironmentNorInTheLog()
    {
        var task = await _stage.AddTaskAsync();

        await RunAsync($"env | sort; echo 'found {_stage.Token} somewhere'; echo \"its npm token is $NPM_TOKEN\"; exit 3",
            how: new CommandSettings { Command = "", Folder = "", PassOn = ["NPM_TOKEN"] });

        var log = await _stage.LogAsync(task);
        Assert.DoesNotContain(log, line => line.StartsWith("OWP_TOKEN", StringComparison.Ordinal)
            || line.StartsWith("OWP_ADMIN_TOKEN", StringComparison.Ordinal) || line.StartsWith("GITHUB_TOKEN", StringComparison.Ordinal));
        Assert.Contains("found *** somewhere", log);
        Assert.Contains("its npm token is ***", log);
        Assert.Contains("NPM_TOKEN=***", log);
        Assert.Contains($"OWP_TASK_ID={task}", log);
        Assert.Contains("OWP_TASK_TITLE=Mend the roof", log);
    }

    [Fact]
    public async Task Run_PromptOnStdinAndInTheFile_AreTheSame()
    {
        var task = await _stage.AddTaskAsync("Paint; $(rm -rf /) `x` 'y'");

        await RunAsync("cat >\"$MARKS/stdin\"; cp \"$OWP_PROMPT_FILE\" \"$MARKS/file\"; exit 75");

        var prompt = await _stage.MarkAsync("stdin");
        Assert.Equal(prompt, await _stage.MarkAsync("file"));
        Assert.StartsWith("# Paint; $(rm -rf /) `x` 'y'\n", prompt, StringComparison.Ordinal);
        Assert.Contains(task, prompt, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_MoreTasksThanAtOnce_TakesNoMoreThanAllowed()
    {
        foreach (var number in Enumerable.Range(1, 5)) await _stage.AddTaskAsync($"Task {number}");
        const string Command = """
            ls "$MARKS" | grep -c running >>"$MARKS/together"
            : >"$MARKS/running-$OWP_TASK_ID"; ls "$MARKS" | grep -c running >>"$MARKS/together"; rm "$MARKS/running-$OWP_TASK_ID"
            echo "https://github.com/acme/shop/pull/$(printf %s "$OWP_TASK_ID" | cksum | cut -d' ' -f1)"
            """;
        using var journal = _stage.Journal();
        using var runner = _stage.Runner(journal, Command, new RunnerSettings { Concurrency = 2, MaxTasks = 4 });

        var summary = await runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));

        Assert.Equal("4 delivered, 0 given back, 0 failed, 0 lost", summary.ToString());
        Assert.InRange((await File.ReadAllLinesAsync(Path.Combine(_stage.Marks, "together"))).Max(int.Parse), 1, 2);
        var usage = (await _stage.Admin.GetStateAsync()).Repositories.Single(repo => repo.Repo == _stage.Repo);
        Assert.Equal(4, usage.CurrentOpenPrs);
    }

    private async Task RunAsync(string command, CommandSettings? how = null)
    {
        using var journal = _stage.Journal();
        using var runner = _stage.Runner(journal, command, how: how);
        await runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));
        Assert.Empty(journal.Entries);
    }
}
