using OwpPool.Cli.Run;
using OwpPool.Client;
using OwpPool.Testing;

namespace OwpPool.Cli.Tests.Run;

/// <summary>A worker that only lists its leases.</summary>
public sealed class LeaseListingTests(RunServer server) : IClassFixture<RunServer>
{
    [Fact]
    public async Task Run_PausedInAnotherShell_StaysPausedWhileItBeats()
    {
        await using var stage = await RunStage.OnAsync(server);
        var beats = 0;
        using var pool = PoolClient.Connect(server.Address, new PoolClientOptions { WorkerToken = stage.Token, Observe = Count });
        using var end = new CancellationTokenSource();
        var settings = new RunnerSettings
        {
            HeartbeatEvery = TimeSpan.FromMilliseconds(50), PollEvery = TimeSpan.FromSeconds(1), Repos = [stage.Repo],
        };
        var listing = new LeaseListing(pool, settings, stage.Take, TimeProvider.System).RunAsync(end.Token);

        // A beat that was on its way when the pause came says what was before it; the next look finds the pause.
        await Eventually.TrueAsync(async () =>
        {
            await stage.Worker.HeartbeatAsync(new HeartbeatRequest(WorkerStatus.Paused));
            var heard = Volatile.Read(ref beats);
            await Eventually.TrueAsync(() => Volatile.Read(ref beats) >= heard + 3, "it goes on beating");
            return (string?)(await stage.WorkerAsync())["status"] == "paused";
        }, "the pause outlives three heartbeats");

        await end.CancelAsync();
        await listing;

        void Count(PoolAttempt attempt)
        {
            if (attempt.Path.EndsWith("heartbeat", StringComparison.Ordinal)) Interlocked.Increment(ref beats);
        }
    }

    [Fact]
    public async Task Look_WorkThatItCouldTake_IsTakenByNobody()
    {
        await using var stage = await RunStage.OnAsync(server);
        var task = await stage.AddTaskAsync();
        var listing = new LeaseListing(stage.Worker, new RunnerSettings { Repos = [stage.Repo] }, stage.Take, TimeProvider.System);
        var said = "";

        await Eventually.TrueAsync(async () => (said = await listing.LookAsync(CancellationToken.None)).Contains(
            $"{stage.Repo}: 1 ready, 1 for this worker", StringComparison.Ordinal), "it tells of the task");

        Assert.Empty(stage.Steps);
        Assert.Equal("ready", await stage.PhaseAsync(task));
        Assert.Empty((await stage.Worker.GetSelfAsync()).Leases);
    }

    [Fact]
    public async Task Look_HeldLease_IsShown()
    {
        await using var stage = await RunStage.OnAsync(server);
        var task = await stage.AddTaskAsync();
        await stage.Worker.ClaimAsync(new ClaimRequest { WaitSeconds = 20, Repos = [stage.Repo] });

        await new LeaseListing(stage.Worker, new RunnerSettings(), stage.Take, TimeProvider.System).LookAsync(CancellationToken.None);

        Assert.Equal((Steps.Leased, task), (Assert.Single(stage.Steps).Step, stage.Steps[0].TaskId));
    }
}
