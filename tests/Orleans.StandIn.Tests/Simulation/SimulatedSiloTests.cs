using Orleans.Runtime;
using Orleans.Runtime.Simulation;
using Orleans.Storage;

namespace Orleans.StandIn.Tests.Simulation;

public sealed class SimulatedSiloTests
{
    [Fact]
    public void Run_SameSeed_SameTrace()
    {
        Assert.Equal(Contend(seed: 7), Contend(seed: 7));
    }

    [Fact]
    public void Run_DifferentSeeds_DifferentTraces()
    {
        var traces = Enumerable.Range(0, 5).Select(seed => string.Join('\n', Contend(seed))).ToHashSet();

        Assert.Equal(5, traces.Count);
    }

    [Fact]
    public void Run_SeveralClients_EveryIncrementCounts()
    {
        for (var seed = 0; seed < 50; seed++)
        {
            using var silo = new SimulatedSilo(seed);
            var clients = Enumerable.Range(0, 4).Select(i => silo.Begin($"c{i}", () => silo.Grains.GetGrain<ICounterGrain>("one").Increment()));

            silo.RunUntilEnded(Task.WhenAll(clients.ToArray()));

            Assert.Equal(4, silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Get()));
        }
    }

    [Fact]
    public void Call_ReplyDropped_TimesOutInVirtualTimeAndTheEffectStays()
    {
        using var silo = new SimulatedSilo(1, new SimulationFaults { DropReply = 1 });
        var before = silo.Clock.Elapsed;

        Assert.Throws<TimeoutException>(() => silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Increment()));

        Assert.Equal(TimeSpan.FromSeconds(30), silo.Clock.Elapsed - before);
        silo.Scheduler.Faults = SimulationFaults.None;
        Assert.Equal(1, silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Get()));
    }

    [Fact]
    public void Call_ReplyDelayed_ArrivesLateOrTimesOut()
    {
        var outcomes = new HashSet<string>();
        for (var seed = 0; seed < 40; seed++)
        {
            using var silo = new SimulatedSilo(seed, new SimulationFaults { DelayReply = 1 });
            var before = silo.Clock.Elapsed;
            try
            {
                silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Increment());
                Assert.True(silo.Clock.Elapsed - before < TimeSpan.FromSeconds(30));
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
            using var silo = new SimulatedSilo(seed, new SimulationFaults { DelayCall = 1 });
            var caller = "late";
            try
            {
                silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Increment());
            }
            catch (TimeoutException)
            {
                caller = "timeout";
            }
            silo.RunFor(TimeSpan.FromMinutes(2));
            silo.Scheduler.Faults = SimulationFaults.None;
            outcomes.Add((caller, silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Get())));
        }
        Assert.Equal([("late", 1), ("timeout", 0)], outcomes.Order());
    }

    [Fact]
    public void Call_ReplyDuplicated_CountsOnce()
    {
        using var silo = new SimulatedSilo(1, new SimulationFaults { DuplicateReply = 1 });

        Assert.Equal(1, silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Increment()));
        silo.RunFor(TimeSpan.FromMinutes(1));
        Assert.Equal(2, silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Increment()));
    }

    [Fact]
    public void Restart_AfterWrites_LosesMemoryAndKeepsStorage()
    {
        using var silo = new SimulatedSilo(3);
        silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Increment());
        silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Increment());

        silo.Restart();

        Assert.Equal(2, silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Get()));
        Assert.Equal(0, silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").CallsInMemory()));
    }

    [Fact]
    public void KillAfter_AnyStepOfAWrite_KeepsWhatWasAnsweredAndNeverMoreThanWasAsked()
    {
        var stored = new HashSet<int>();
        for (var steps = 1; steps < 40; steps++)
        {
            using var silo = new SimulatedSilo(11);
            var grain = silo.Grains.GetGrain<ICounterGrain>("one");
            silo.KillAfter(steps);
            var answered = true;
            try
            {
                silo.Run(grain.Increment);
            }
            catch (SiloUnavailableException)
            {
                answered = false;
            }
            silo.Restart();
            var value = silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Get());
            Assert.InRange(value, answered ? 1 : 0, 1);
            if (!answered)
                stored.Add(value);
        }
        Assert.Equal([0, 1], stored.Order());
    }

    [Fact]
    public void Split_TwoActivationsWrite_OneConflictsByETag()
    {
        var conflicts = 0;
        for (var seed = 0; seed < 30; seed++)
        {
            using var silo = new SimulatedSilo(seed);
            var grain = silo.Grains.GetGrain<ICounterGrain>("one");
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
            Assert.Equal(acknowledged, silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Get()));
        }
        Assert.True(conflicts > 0);
    }

    [Fact]
    public void Write_StorageFailsBefore_NothingIsStored()
    {
        using var silo = new SimulatedSilo(5);
        silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Get());
        silo.Scheduler.Faults = new SimulationFaults { StorageFailsBefore = 1 };

        Assert.Throws<OrleansException>(() => silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Increment()));

        silo.Scheduler.Faults = SimulationFaults.None;
        silo.Restart();
        Assert.Equal(0, silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Get()));
    }

    [Fact]
    public void Write_StorageFailsAfter_IsStoredAndTheNextWriteConflicts()
    {
        using var silo = new SimulatedSilo(5);
        silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Get());
        silo.Scheduler.Faults = new SimulationFaults { StorageFailsAfter = 1 };
        Assert.Throws<OrleansException>(() => silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Increment()));

        silo.Scheduler.Faults = SimulationFaults.None;
        silo.Restart();
        Assert.Equal(1, silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Get()));
    }

    [Fact]
    public void Stop_Orderly_DeactivatesAndTheNextSiloGoesOn()
    {
        using var lab = new Lab();
        lab.Open("gate");
        lab.Run(() => lab.Get<IPlainGateGrain>("g").Enter("call", "gate"));

        lab.Silo.Stop();
        lab.Silo.Restart();

        Assert.Equal("deactivated: ShuttingDown", lab.Journal.Lines[^1]);
        lab.Run(() => lab.Get<IPlainGateGrain>("g").Enter("call", "gate"));
    }

    [Fact]
    public void Step_WorkFromAnotherThread_IsReported()
    {
        using var lab = new Lab();
        var call = lab.Begin(() => lab.Get<IPlainGateGrain>("g").Enter("call", "gate"));
        var opener = new Thread(() => lab.Journal.Open("gate"));
        opener.Start();
        opener.Join();

        // The gate completes on the thread pool, from where the simulation hears of it.
        Assert.True(SpinWait.SpinUntil(() => Fails(lab), TimeSpan.FromSeconds(30)));
        Assert.False(call.IsCompletedSuccessfully);
    }

    [Fact]
    public void Run_NothingCanHappen_SaysSo()
    {
        using var silo = new SimulatedSilo(1);
        var never = new TaskCompletionSource();
        silo.Kill();

        Assert.Throws<SimulationStuckException>(() => silo.Run(() => never.Task));
    }

    [Fact]
    public void Call_GrainWaitsLongerThanTheTimeout_TimesOutAtThirtySeconds()
    {
        using var silo = new SimulatedSilo(1);
        var before = silo.Clock.Elapsed;

        Assert.Throws<TimeoutException>(() => silo.Run(() => silo.Grains.GetGrain<ICounterGrain>("one").Wait(TimeSpan.FromHours(1))));

        Assert.InRange(silo.Clock.Elapsed - before, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(31));
    }

    private static bool Fails(Lab lab)
    {
        try
        {
            lab.Pass(TimeSpan.Zero);
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    private static string[] Contend(int seed)
    {
        var faults = new SimulationFaults { DropReply = 0.05, DelayReply = 0.1, StorageFailsBefore = 0.05, StorageFailsAfter = 0.05, TimePasses = 0.05 };
        using var silo = new SimulatedSilo(seed, faults, tracing: true);
        var clients = Enumerable.Range(0, 4).Select(i => silo.Begin($"c{i}", async () =>
        {
            for (var call = 0; call < 5; call++)
            {
                try
                {
                    await silo.Grains.GetGrain<ICounterGrain>("one").IncrementThrough($"other{i % 2}");
                }
                catch (Exception exception) when (exception is OrleansException or TimeoutException)
                {
                    // Expected under faults: the outcome is unknown, the next call goes on.
                    continue;
                }
            }
        }));
        silo.RunUntilEnded(Task.WhenAll(clients.ToArray()));
        return [.. silo.Trace];
    }
}
