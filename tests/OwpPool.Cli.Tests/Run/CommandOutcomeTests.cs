using OwpPool.Cli.Run;
using OwpPool.Client;
using OwpPool.Testing;

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
    public async Task Run_PullRequestsOfOthersInOutput_DoNotCount()
    {
        var task = await _stage.AddTaskAsync();

        await RunAsync($"""
            echo 'remote: create one at https://github.com/{_stage.Repo}/pull/new/owp/t_1'
            echo 'see https://github.com/acme/shop/pull/7 (old) and https://github.com/acme/shop/pull/9' >&2
            echo 'opened https://github.com/{_stage.Repo}/pull/8.'
            echo https://github.com/acme/shop/pull/10
            """);

        Assert.Equal($"https://github.com/{_stage.Repo}/pull/8", (string?)(await _stage.TaskAsync(task))["artifact"]!["pr_url"]);
    }

    [Fact]
    public async Task Run_SeveralPullRequestsInOutput_BlocksAndSaysSoAndFailsTheSecondTime()
    {
        await _stage.AddTaskAsync();
        using var journal = _stage.Journal();
        using var drain = new CancellationTokenSource();
        using var runner = _stage.Runner(journal, "echo see https://github.com/acme/shop/pull/7 and https://github.com/acme/shop/pull/8",
            new RunnerSettings { PollEvery = TimeSpan.FromSeconds(1), RetryBlocked = TimeSpan.FromMilliseconds(1) });

        var running = runner.RunAsync(new RunSignals(drain.Token, CancellationToken.None));
        await _stage.UntilAsync(Steps.Failed);
        await drain.CancelAsync();
        await running;

        var ambiguous = "The output names 2 pull requests (https://github.com/acme/shop/pull/7, https://github.com/acme/shop/pull/8), and not "
            + "which one is this task's. The command must write its address into OWP_PR_FILE.";
        Assert.Equal(["leased", "in_progress", "blocked", "in_progress", "failed"], _stage.Steps.Take(5).Select(step => step.Step));
        Assert.Equal([ambiguous, ambiguous], [_stage.Steps[2].Note!, _stage.Steps[4].Note!]);
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

    [Theory]
    [InlineData("./not-there.sh", 127, "./not-there.sh")]
    [InlineData("touch here; ./here", 126, "./here")]
    public async Task Run_FirstCommandCannotBeStarted_EndsTheWorkerAndCountsNoAttempt(string command, int code, string named)
    {
        var task = await _stage.AddTaskAsync();
        await _stage.AddTaskAsync("Another");
        using var journal = _stage.Journal();
        using var runner = _stage.Runner(journal, command, new RunnerSettings());

        var summary = await runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));

        Assert.Equal("0 delivered, 1 given back, 0 failed, 0 lost", summary.ToString());
        Assert.Matches($"^The command cannot be started \\(exit code {code}, sh: .*{named}: .+\\): {command}\n", summary.Fault);
        Assert.Equal(["leased", "in_progress", "released", "draining"], _stage.Steps.Select(step => step.Step));
        var view = await _stage.TaskAsync(task);
        Assert.Equal(("ready", 0), ((string?)view["status"], (int)view["attempt_count"]!));
        // Of the folders of this machine the pool hears nothing.
        Assert.Equal($"The worker could not start its command (exit code {code}).", (string?)view["attempts"]![0]!["reason"]);
        Assert.Empty(journal.Entries);
    }

    [Fact]
    public async Task Run_LaterCommandCannotBeStarted_GoesOnAndDoesNotTakeThatTaskAgain()
    {
        var good = await _stage.AddTaskAsync("Good");
        var bad = await _stage.AddTaskAsync("Bad");
        var last = await _stage.AddTaskAsync("Last");
        const string Command = """
            [ "$OWP_TASK_TITLE" != Bad ] || exec ./not-there.sh
            echo "https://github.com/acme/shop/pull/$(printf %s "$OWP_TASK_ID" | cksum | cut -d' ' -f1)"
            """;
        using var journal = _stage.Journal();
        using var runner = _stage.Runner(journal, Command, new RunnerSettings { Allowance = new TaskAllowance(3) });

        var summary = await runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));

        Assert.Equal(("2 delivered, 1 given back, 0 failed, 0 lost", null), (summary.ToString(), summary.Fault));
        Assert.Equal(["pr_opened", "ready", "pr_opened"],
            [await _stage.PhaseAsync(good), await _stage.PhaseAsync(bad), await _stage.PhaseAsync(last)]);
    }

    [Fact]
    public async Task Run_CommandNamesItsOwnReasonWith127_IsTakenAtItsWord()
    {
        var task = await _stage.AddTaskAsync();

        await RunAsync("echo 'failed: tests are red' >\"$OWP_RESULT_FILE\"; exit 127");

        Assert.Equal("failed", _stage.Steps[^1].Step);
        Assert.Equal(1, (int)(await _stage.TaskAsync(task))["attempt_count"]!);
    }

    [Fact]
    public async Task Run_FailuresInARow_PausesTellsThePoolAndGoesOnWhenResumed()
    {
        // One for each run: who failed a task may not get it again at once.
        for (var number = 1; number <= 6; number++) await _stage.AddTaskAsync($"Task {number}");
        const string Command = """
            echo $$ >>"$MARKS/runs"
            [ $(wc -l <"$MARKS/runs") != 2 ] || { echo https://github.com/acme/shop/pull/11; exit; }
            echo 'it is broken'; exit 3
            """;
        var settings = new RunnerSettings { PauseAfter = 2, HeartbeatEvery = TimeSpan.FromMilliseconds(50), PollEvery = TimeSpan.FromSeconds(1) };
        using var journal = _stage.Journal();
        using var drain = new CancellationTokenSource();
        using var runner = _stage.Runner(journal, Command, settings);
        var running = runner.RunAsync(new RunSignals(drain.Token, CancellationToken.None));

        await _stage.UntilAsync(Steps.Paused);
        var pause = _stage.Steps.Single(step => step.Step == Steps.Paused);
        Assert.Equal("takes no new work until 'owp worker resume' or a new start, because of 2 failures in a row, the last one: "
            + "Exit code 3: it is broken", pause.Note);
        // The second was delivered, so it took the fourth to have two in a row.
        Assert.Equal(4, await RunsAsync());
        await Eventually.TrueAsync(async () => (string?)(await _stage.WorkerAsync())["status"] == "paused", "the pool knows of the pause");
        var events = await _stage.Admin.ListAuditAsync(new AuditQuery { Target = _stage.WorkerId }).ToListAsync();
        Assert.Contains(events, past => past.Details.ToString().Contains("2 failures in a row", StringComparison.Ordinal));

        // Only one that goes on beating hears of it.
        await _stage.Worker.HeartbeatAsync(new HeartbeatRequest(WorkerStatus.Idle));
        await _stage.UntilAsync(Steps.Paused, 2);

        Assert.Contains(_stage.Steps, step => step.Note == "Resumed: this worker gets work again.");
        Assert.Equal(6, await RunsAsync());
        await drain.CancelAsync();
        await running;

        async Task<int> RunsAsync() => (await File.ReadAllLinesAsync(Path.Combine(_stage.Marks, "runs"))).Length;
    }

    [Fact]
    public async Task Run_OddAddressAmongMuchOutput_FindsThePullRequestAndEnds()
    {
        var task = await _stage.AddTaskAsync();

        await RunAsync("""
            echo https://a..b/x/pull/1; echo https://github.com/acme/shop/pull/31
            head -c 300000 /dev/zero | tr '\0' x | fold -w 100; echo; echo https://c..d/x/pull/2
            """);

        Assert.Equal("https://github.com/acme/shop/pull/31", (string?)(await _stage.TaskAsync(task))["artifact"]!["pr_url"]);
        Assert.True((await _stage.LogAsync(task)).Count > 3000);
    }

    [Fact]
    public async Task Run_ReaderOfTheOutputDies_EndsTheCommandGivesTheTaskBackAndFailsLoudly()
    {
        var task = await _stage.AddTaskAsync();
        using var journal = _stage.Journal();
        var how = RunStage.HowOf() with { Echo = (_, _) => throw new InvalidOperationException("a bug") };
        using var runner = _stage.Runner(journal, """
            echo $$ >"$MARKS/pid"; echo first
            head -c 1000000 /dev/zero | tr '\0' x | fold -w 100; sleep 1000
            """, how: how);

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None)));

        Assert.Equal("a bug", failure.Message);
        Assert.False(CommandEndTests.IsAlive(int.Parse(await _stage.MarkAsync("pid"), System.Globalization.CultureInfo.InvariantCulture)));
        var view = await _stage.TaskAsync(task);
        Assert.Equal(("ready", 0), ((string?)view["status"], (int)view["attempt_count"]!));
    }

    [Fact]
    public async Task Run_NoRoomAmongTheReviews_KeepsTheLeaseAndReportsAgainWithoutDoingItAgain()
    {
        var task = await _stage.AddTaskAsync();
        using var journal = _stage.Journal();
        using var full = new FullReviews { Refusals = 2 };
        using var pool = PoolClient.Over(full, server.Address, new PoolClientOptions { WorkerToken = _stage.Token });
        var work = _stage.Work(journal, """
            echo $$ >>"$MARKS/runs"; echo https://github.com/acme/shop/pull/61
            """, null, null, ["MARKS"]);
        var settings = new RunnerSettings { Repos = [_stage.Repo], RetryBlocked = TimeSpan.FromMilliseconds(50) };
        using var drain = new CancellationTokenSource();
        using var runner = new WorkerRunner(pool, settings, work, _stage.Take, TimeProvider.System);
        var running = runner.RunAsync(new RunSignals(drain.Token, CancellationToken.None));

        await _stage.UntilAsync(Steps.PrOpened);
        await drain.CancelAsync();

        Assert.Equal("1 delivered, 0 given back, 0 failed, 0 lost", (await running).ToString());
        Assert.Equal(["leased", "in_progress", "blocked", "blocked", "pr_opened"], _stage.Steps.Select(step => step.Step));
        Assert.Equal("https://github.com/acme/shop/pull/61 waits to be reported: You have 3 pull requests here.", _stage.Steps[2].Note);
        Assert.Single(await File.ReadAllLinesAsync(Path.Combine(_stage.Marks, "runs")));
        Assert.Equal("pr_opened", await _stage.PhaseAsync(task));
    }

    [Fact]
    public async Task Run_NoRoomAmongTheReviewsAtItsEnd_GivesTheTaskBackAndNamesThePullRequest()
    {
        var task = await _stage.AddTaskAsync();
        using var journal = _stage.Journal();
        using var full = new FullReviews { Refusals = int.MaxValue };
        using var pool = PoolClient.Over(full, server.Address, new PoolClientOptions { WorkerToken = _stage.Token });
        var work = _stage.Work(journal, "echo https://github.com/acme/shop/pull/62", null, null, []);
        using var runner = new WorkerRunner(
            pool, new RunnerSettings { Repos = [_stage.Repo], Once = true, PollEvery = TimeSpan.FromSeconds(10) }, work, _stage.Take,
            TimeProvider.System);

        var summary = await runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));

        Assert.Equal(1, summary.Released);
        var view = await _stage.TaskAsync(task);
        Assert.Equal(("ready", 0), ((string?)view["status"], (int)view["attempt_count"]!));
        Assert.StartsWith("https://github.com/acme/shop/pull/62 waits", (string?)view["attempts"]![0]!["reason"], StringComparison.Ordinal);
        Assert.Empty(journal.Entries);
    }

    [Fact]
    public async Task Run_NoPullRequestButAllowed_IsDelivered()
    {
        var task = await _stage.AddTaskAsync();

        await RunAsync("true", how: RunStage.HowOf() with { AllowNoPullRequest = true });

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
        var settings = new RunnerSettings { RetryBlocked = TimeSpan.FromMilliseconds(50), PollEvery = TimeSpan.FromSeconds(1) };
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
            passOn: "NPM_TOKEN");

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
    public async Task Run_SecretsInWhatThePoolIsTold_AreHiddenThereToo()
    {
        var task = await _stage.AddTaskAsync();

        await RunAsync("echo \"not $NPM_TOKEN an address\" >\"$OWP_PR_FILE\"", passOn: "NPM_TOKEN");

        Assert.Equal("OWP_PR_FILE holds 'not *** an address', which is no https address.", _stage.Steps[^1].Note);
        Assert.DoesNotContain("npm_passed-on", (await _stage.TaskAsync(task)).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_PromptOnStdinAndInTheFile_AreTheSame()
    {
        var task = await _stage.AddTaskAsync("Paint; $(rm -rf /) `x` 'y'");

        await RunAsync("cat >\"$MARKS/stdin\"; cp \"$OWP_PROMPT_FILE\" \"$MARKS/file\"; exit 75");

        var prompt = await _stage.MarkAsync("stdin");
        Assert.Equal(prompt, await _stage.MarkAsync("file"));
        Assert.StartsWith("# Paint; $(rm -rf /) `x` 'y'\n", prompt, StringComparison.Ordinal);
        Assert.Contains("Title and description are the words of the repository's maintainers", prompt, StringComparison.Ordinal);
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
        using var runner = _stage.Runner(journal, Command, new RunnerSettings { Concurrency = 2, Allowance = new TaskAllowance(4) });

        var summary = await runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));

        Assert.Equal("4 delivered, 0 given back, 0 failed, 0 lost", summary.ToString());
        Assert.InRange((await File.ReadAllLinesAsync(Path.Combine(_stage.Marks, "together"))).Max(int.Parse), 1, 2);
        var usage = (await _stage.Admin.GetStateAsync()).Repositories.Single(repo => repo.Repo == _stage.Repo);
        Assert.Equal(4, usage.CurrentOpenPrs);
    }

    private async Task RunAsync(string command, CommandSettings? how = null, params IReadOnlyList<string> passOn)
    {
        using var journal = _stage.Journal();
        using var runner = _stage.Runner(journal, command, how: how, passOn: passOn);
        await runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));
        Assert.Empty(journal.Entries);
    }

    /// <summary>The way to a pool that has no room among its reviews for a while.</summary>
    private sealed class FullReviews() : DelegatingHandler(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        private int _refused;

        public required int Refusals { get; init; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = request.Content is null ? "" : await request.Content.ReadAsStringAsync(cancellationToken);
            if (!body.Contains("\"pr_opened\"", StringComparison.Ordinal) || _refused++ >= Refusals)
                return await base.SendAsync(request, cancellationToken);
            return new HttpResponseMessage(System.Net.HttpStatusCode.Conflict)
            {
                RequestMessage = request,
                Content = new StringContent("""
                    {"code":"conflict","reason":"limit_reached","message":"You have 3 pull requests here.","suggestion":"Keep the task."}
                    """, System.Text.Encoding.UTF8, "application/json"),
            };
        }
    }
}
