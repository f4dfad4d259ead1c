using OwpPool.Cli.Run;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Run;

/// <summary>Workers whose pool goes away: they go on as long as their leases run, and no longer.</summary>
public sealed class PoolAwayTests
{
    private const string UntilTold = """
        echo $$ >"$MARKS/started"; echo before
        until [ -e "$MARKS/go-on" ]; do sleep 0.05; done
        echo after; echo https://github.com/acme/shop/pull/81
        """;

    private static RunnerSettings Settings => new()
    {
        HeartbeatEvery = TimeSpan.FromMilliseconds(50), Once = true, PollEvery = TimeSpan.FromSeconds(10),
    };

    [Fact]
    public async Task Run_PoolAwayWhileTheCommandEnds_HearsOfItWhenItIsBack()
    {
        var server = await RunServer.StartProcessAsync();
        await using var stage = await RunStage.OnAsync(server);
        var task = await stage.AddTaskAsync();
        using var journal = stage.Journal();
        using var runner = stage.Runner(journal, UntilTold, Settings);
        var running = runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));
        await stage.MarkAsync("started");

        await server.Pool.KillAsync();
        stage.Mark("go-on");
        await stage.UntilAsync(Steps.Warning);
        await Eventually.TrueAsync(() => journal.Entries.Any(entry => entry.ProcessGroup is { } group && !ProcessGroups.IsAlive(group))
            || journal.Entries.Any(entry => entry.Outcome is not null), "the command has ended");
        await server.StartAgainAsync();
        var summary = await running;

        Assert.Equal(1, summary.Delivered);
        Assert.Equal("pr_opened", await stage.PhaseAsync(task));
        Assert.Equal(["before", "after", "https://github.com/acme/shop/pull/81"], await stage.LogAsync(task));
        Assert.Contains(stage.Steps, step => step.Note == "The pool answers again.");
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Run_PoolAwayForMoreLinesThanCanWait_TheOldestGoAndTheLogSaysSo()
    {
        var server = await RunServer.StartProcessAsync();
        await using var stage = await RunStage.OnAsync(server);
        var task = await stage.AddTaskAsync();
        using var journal = stage.Journal();
        using var runner = stage.Runner(journal, """
            echo up >"$MARKS/started"
            until [ -e "$MARKS/go-on" ]; do sleep 0.05; done
            seq 1 15000; echo https://github.com/acme/shop/pull/82 >"$OWP_PR_FILE"
            """, Settings);
        var running = runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));
        await stage.MarkAsync("started");
        await server.Pool.KillAsync();
        stage.Mark("go-on");
        await Eventually.TrueAsync(
            () => journal.Entries.Any(entry => entry.ProcessGroup is { } group && !ProcessGroups.IsAlive(group)), "the command has ended");
        await server.StartAgainAsync();
        await running;

        // Lines may go at several places; each says how many.
        var dropped = (await stage.LinesAsync(task)).Where(line => line.Stage == "owp" && line.Level == "warn")
            .Sum(line => int.Parse(line.Message.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture));
        // A batch may have been on its way when the pool went.
        var most = 15_000 - LogPump.MaxWaitingLines;
        Assert.InRange(dropped, most - LogPump.MaxBatchLines, most);
        var log = await stage.LogAsync(task);
        // Behind the gap none is missing.
        Assert.Equal(Enumerable.Range(most + 1, LogPump.MaxWaitingLines).Select(number => $"{number}"), log.TakeLast(15_000 - most));
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Run_PoolAwayBeyondTheLease_EndsTheCommand()
    {
        var server = await RunServer.StartProcessAsync(("OwpPool__Lease__TtlSeconds", "3"));
        await using var stage = await RunStage.OnAsync(server);
        await stage.AddTaskAsync();
        using var journal = stage.Journal();
        using var runner = stage.Runner(journal, UntilTold, Settings);
        var running = runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));
        var id = int.Parse(await stage.MarkAsync("started"), System.Globalization.CultureInfo.InvariantCulture);

        await server.Pool.KillAsync();
        var summary = await running;

        Assert.Equal(1, summary.Lost);
        Assert.Equal("lease_expired", stage.Steps.Single(step => step.Step == Steps.Lost).Note);
        Assert.False(CommandEndTests.IsAlive(id));
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Run_LeaseShorterThanTheHeartbeats_IsRenewedAllTheSame()
    {
        var server = await RunServer.StartAsync(("OwpPool__Lease__TtlSeconds", "5"));
        await using var stage = await RunStage.OnAsync(server);
        var task = await stage.AddTaskAsync();
        using var journal = stage.Journal();
        using var runner = stage.Runner(journal, UntilTold, Settings with { HeartbeatEvery = TimeSpan.FromHours(1) });
        var running = runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));
        await stage.MarkAsync("started");
        var ends = (string)(await stage.TaskAsync(task))["lease"]!["lease_expires_at"]!;

        // Two renewals are as long as the lease.
        var seen = new HashSet<string> { ends };
        await Eventually.TrueAsync(async () =>
        {
            seen.Add((string)(await stage.TaskAsync(task))["lease"]!["lease_expires_at"]!);
            return seen.Count > 2;
        }, "the lease is renewed twice");
        stage.Mark("go-on");

        Assert.Equal(1, (await running).Delivered);
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Run_TokenRevoked_EndsTheCommandAndSaysSo()
    {
        var server = await RunServer.StartAsync();
        await using var stage = await RunStage.OnAsync(server);
        await stage.AddTaskAsync();
        using var journal = stage.Journal();
        using var runner = stage.Runner(journal, UntilTold, Settings);
        var running = runner.RunAsync(new RunSignals(CancellationToken.None, CancellationToken.None));
        var id = int.Parse(await stage.MarkAsync("started"), System.Globalization.CultureInfo.InvariantCulture);

        await stage.ActAsync($"/v1/workers/{stage.WorkerId}/revoke", new { reason = "left the project" });
        var refused = await Assert.ThrowsAsync<PoolProblemException>(() => running);

        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, refused.Status);
        Assert.False(CommandEndTests.IsAlive(id));
        await server.DisposeAsync();
    }
}
