using Orleans.Storage;

namespace OwpPool.Simulator.Tests;

/// <summary>What goes wrong when told to: replies, calls, storage, and a grain that is active twice.</summary>
public sealed class FaultTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly MemoryGrainStorage _disk = new();

    [Fact]
    public void Call_ReplyDropped_TimesOutInVirtualTimeAndTheEffectStays()
    {
        using var silo = Start(1, new SimulationFaults { DropReply = 1 });
        var before = silo.Clock.Elapsed;

        Assert.Throws<TimeoutException>(() => silo.Run(Counter(silo).Increment));

        Assert.Equal(30 * Second, silo.Clock.Elapsed - before);
        silo.Scheduler.Faults = SimulationFaults.None;
        Assert.Equal(1, silo.Run(Counter(silo).Get));
    }

    [Fact]
    public void Call_ReplyDelayed_ArrivesLateOrTimesOut()
    {
        var outcomes = new HashSet<string>();
        for (var seed = 0; seed < 40; seed++)
        {
            using var silo = Start(seed, new SimulationFaults { DelayReply = 1 });
            var before = silo.Clock.Elapsed;
            try
            {
                silo.Run(Counter(silo).Increment);
                Assert.True(silo.Clock.Elapsed - before < 30 * Second);
                outcomes.Add("late");
            }
            catch (TimeoutException)
            {
                outcomes.Add("timeout");
            }
        }

        Assert.Equal(["late", "timeout"], outcomes.Order());
    }

    [Fact]
    public void Call_Delayed_RunsLateOrNotAtAllOnceItsCallerHasGivenUp()
    {
        var outcomes = new HashSet<(string Caller, int Count)>();
        for (var seed = 0; seed < 40; seed++)
        {
            using var silo = Start(seed, new SimulationFaults { DelayCall = 1 }, new MemoryGrainStorage());
            var caller = "late";
            try
            {
                silo.Run(Counter(silo).Increment);
            }
            catch (TimeoutException)
            {
                caller = "timeout";
            }
            silo.RunFor(TimeSpan.FromMinutes(2));
            silo.Scheduler.Faults = SimulationFaults.None;
            outcomes.Add((caller, silo.Run(Counter(silo).Get)));
        }

        Assert.Equal([("late", 1), ("timeout", 0)], outcomes.Order());
    }

    [Fact]
    public void Call_ReplyDuplicated_CountsOnce()
    {
        using var silo = Start(1, new SimulationFaults { DuplicateReply = 1 });

        Assert.Equal(1, silo.Run(Counter(silo).Increment));
        silo.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(2, silo.Run(Counter(silo).Increment));
    }

    [Fact]
    public void Split_TwoActivationsWrite_OneConflictsByETag()
    {
        var conflicts = 0;
        for (var seed = 0; seed < 30; seed++)
        {
            using var silo = Start(seed, disk: new MemoryGrainStorage());
            var grain = Counter(silo);
            silo.Run(grain.Get);
            Assert.True(silo.Split(grain));
            silo.Run(() => Task.WhenAll(grain.Get(), grain.Get(), grain.Get(), grain.Get()));

            var acknowledged = 0;
            for (var i = 0; i < 6; i++)
            {
                try
                {
                    silo.Run(grain.Increment);
                    acknowledged++;
                }
                catch (InconsistentStateException)
                {
                    conflicts++;
                }
            }
            silo.Restart();
            Assert.Equal(acknowledged, silo.Run(Counter(silo).Get));
        }

        Assert.True(conflicts > 0);
    }

    [Fact]
    public void Write_StorageFailsBefore_NothingIsStored()
    {
        using var silo = Start(5);
        silo.Run(Counter(silo).Get);
        silo.Scheduler.Faults = new SimulationFaults { StorageFailsBefore = 1 };

        Assert.Throws<OrleansException>(() => silo.Run(Counter(silo).Increment));

        silo.Scheduler.Faults = SimulationFaults.None;
        silo.Restart();
        Assert.Equal(0, silo.Run(Counter(silo).Get));
    }

    [Fact]
    public void Write_StorageFailsAfter_IsStored()
    {
        using var silo = Start(5);
        silo.Run(Counter(silo).Get);
        silo.Scheduler.Faults = new SimulationFaults { StorageFailsAfter = 1 };

        Assert.Throws<OrleansException>(() => silo.Run(Counter(silo).Increment));

        silo.Scheduler.Faults = SimulationFaults.None;
        silo.Restart();
        Assert.Equal(1, silo.Run(Counter(silo).Get));
    }

    private static ICounterGrain Counter(SimulatedSilo silo) => silo.Grains.GetGrain<ICounterGrain>("one");

    private SimulatedSilo Start(int seed, SimulationFaults? faults = null, MemoryGrainStorage? disk = null) =>
        new(seed, faults, services => services.AddSimulatedStorage("pool", disk ?? _disk));
}
