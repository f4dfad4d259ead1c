using System.Diagnostics;
using OwpPool.Core.Tasks;

namespace OwpPool.Simulation.Tests;

/// <summary>The simulation itself: it repeats, it does something, and it would notice.</summary>
public sealed class SimulationTests
{
    private const int Seed = 42;

    [Fact]
    public void Run_SameSeed_SameHistory()
    {
        var first = SeedRun.Run(Seed, 200);
        var second = SeedRun.Run(Seed, 200, tracing: true);
        var other = SeedRun.Run(Seed + 1, 200);

        Assert.Null(first.Violation);
        Assert.Equal((first.Digest, first.Commits, first.Grants), (second.Digest, second.Commits, second.Grants));
        Assert.NotEqual(first.Digest, other.Digest);
    }

    /// <summary>Hashes of Orleans' ids differ in each process, and a walk in their order would make another history: twice in one process
    /// does not show it.</summary>
    [Theory]
    [InlineData(Seed, "")]
    [InlineData(Seed + 1, "")]
    [InlineData(Seed, "--bytes")]
    [InlineData(Seed + 1, "--bytes")]
    public async Task Run_SameSeedInAnotherProcess_SameHistory(int seed, string option)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "OwpPool.Simulation.dll");
        using var other = Process.Start(new ProcessStartInfo("dotnet", $"exec \"{program}\" --seed {seed} --ops 300 {option}")
        {
            RedirectStandardOutput = true,
        })!;
        var output = await other.StandardOutput.ReadToEndAsync();
        await other.WaitForExitAsync();

        var here = SeedRun.Run(seed, 300);

        Assert.Equal(0, other.ExitCode);
        Assert.EndsWith(
            $"seed {seed}: {here.Operations} operations, {here.Commits} commits, {here.Grants} leases, history {here.Digest:x16}: all held",
            output.TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_OtherSeedsOnOtherThreads_DoNotDisturbEachOther()
    {
        var alone = Enumerable.Range(1, 8).Select(seed => SeedRun.Run(seed, 100).Digest).ToArray();
        var together = new ulong[8];

        var threads = Enumerable.Range(1, 8).Select(seed => new Thread(() => together[seed - 1] = SeedRun.Run(seed, 100).Digest)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());

        Assert.Equal(alone, together);
    }

    [Fact]
    public void Batch_OfSeeds_InjectsEveryKindOfFault()
    {
        var outcome = new SeedBatch { Start = 1, Count = 30 }.Run(_ => { });

        Assert.Null(outcome.Failure);
        var text = outcome.Describe();
        Assert.All(
            new[]
            {
                "clock step", "crash", "inner call delayed", "inner reply delayed", "inner reply duplicated", "inner reply lost",
                "reply to a client lost",
                "request delayed", "request duplicated", "second activation", "slow turn", "storage error after commit",
                "storage error before commit",
            },
            kind => Assert.Contains(kind, text, StringComparison.Ordinal));
    }

    [Fact]
    public void Run_Traced_TellsWhatClientsDidAndWhatWasStored()
    {
        var result = SeedRun.Run(Seed, 50, tracing: true);

        Assert.Contains(result.Log, line => line.Contains("> op1 ", StringComparison.Ordinal));
        Assert.Contains(result.Log, line => line.Contains("commit ", StringComparison.Ordinal));
        Assert.True(result.Trace.Count > result.Log.Count);
    }

    [Fact]
    public void Checker_StateThatBreaksAPromise_IsAViolation()
    {
        var dice = new Dice(Seed);
        using var world = new PoolWorld(Seed, WorldPlan.Draw(dice), dice, tracing: false);
        var checker = new PoolChecker(world);
        var created = new TaskState
        {
            SchemaVersion = 1, TaskId = "t_1", Repo = "acme/roof", Version = 1,
            Events = [new() { Type = "task.created", Target = "t_1" }],
        };
        world.Memory.Committed!(null, created);
        Assert.Null(checker.Violation);

        // No reservation, no grant: merged out of nothing.
        world.Memory.Committed!(created, created with
        {
            Phase = TaskPhase.Merged, Version = 2, Events = [new() { Type = "task.merged", Target = "t_1" }],
        });

        Assert.Equal("rule 9", checker.Violation?.Invariant);
    }

    [Fact]
    public void Report_OfAFailure_HoldsTheCommandThatShowsItAgain()
    {
        var result = SeedRun.Run(Seed, 20);

        var text = FailureReport.DescribeAtLength(result, new Violation("I3", "4 in use, 3 allowed"), 20);

        Assert.Contains("eng/simulate.sh --seed 42 --trace --ops 20", text, StringComparison.Ordinal);
        Assert.Contains("I3: 4 in use, 3 allowed", text, StringComparison.Ordinal);
        Assert.Contains("> op", text, StringComparison.Ordinal);
    }
}
