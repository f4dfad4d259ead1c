namespace OwpPool.Simulator.Tests;

/// <summary>What only the simulator can do.</summary>
public sealed class SimulatedSiloTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly MemoryGrainStorage _disk = new();

    [Fact]
    public void Run_SameSeed_SameTrace()
    {
        Assert.Equal(Contend(seed: 7), Contend(seed: 7));
    }

    [Fact]
    public void Run_SameSeedWithCallsAsBytes_SameTrace()
    {
        Assert.Equal(Contend(seed: 7), Contend(seed: 7, sendsBytes: true));
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
            using var silo = Start(seed, disk: new MemoryGrainStorage());
            var clients = Enumerable.Range(0, 4).Select(i => silo.Begin($"c{i}", () => Counter(silo).Increment()));

            silo.RunUntilEnded(Task.WhenAll(clients.ToArray()));

            Assert.Equal(4, silo.Run(Counter(silo).Get));
        }
    }

    [Fact]
    public void Calls_GrainNotYetActive_ComeInAnyOrder()
    {
        var orders = new HashSet<string>();
        for (var seed = 0; seed < 40; seed++)
        {
            SimulatedLab.Run(seed, async lab =>
            {
                lab.Journal.Open("gate");
                await Task.WhenAll(Enumerable.Range(0, 3).Select(i => lab.Get<IPlainGateGrain>("g").Enter($"{i}", "gate")));
                var begun = lab.Journal.Lines.Where(line => line.EndsWith("begins", StringComparison.Ordinal));
                orders.Add(string.Concat(begun.Select(line => line[0])));
            });
        }

        Assert.Equal(["012", "021", "102", "120", "201", "210"], orders.Order());
    }

    [Fact]
    public void Call_GrainWaitsLongerThanTheTimeout_TimesOutAtThirtySeconds()
    {
        using var silo = Start(1);
        var before = silo.Clock.Elapsed;

        Assert.Throws<TimeoutException>(() => silo.Run(() => Counter(silo).Wait(TimeSpan.FromHours(1))));

        Assert.InRange(silo.Clock.Elapsed - before, 30 * Second, 31 * Second);
    }

    [Fact]
    public void Restart_AfterWrites_LosesMemoryAndKeepsStorage()
    {
        using var silo = Start(3);
        silo.Run(Counter(silo).Increment);
        silo.Run(Counter(silo).Increment);

        silo.Restart();

        Assert.Equal(2, silo.Run(Counter(silo).Get));
        Assert.Equal(0, silo.Run(Counter(silo).CallsInMemory));
    }

    [Fact]
    public void KillAfter_AnyStepOfAWrite_KeepsWhatWasAnsweredAndNeverMoreThanWasAsked()
    {
        var stored = new HashSet<int>();
        for (var steps = 1; steps < 40; steps++)
        {
            using var silo = Start(11, disk: new MemoryGrainStorage());
            silo.KillAfter(steps);
            var answered = true;
            try
            {
                silo.Run(Counter(silo).Increment);
            }
            catch (SiloUnavailableException)
            {
                answered = false;
            }
            silo.Restart();
            var value = silo.Run(Counter(silo).Get);
            Assert.InRange(value, answered ? 1 : 0, 1);
            if (!answered) stored.Add(value);
        }

        Assert.Equal([0, 1], stored.Order());
    }

    [Fact]
    public void Stop_Orderly_DeactivatesAndTheNextSiloGoesOn()
    {
        using var lab = new SimulatedLab(seed: 1);
        lab.Journal.Open("gate");
        lab.Silo.Run(() => lab.Get<IPlainGateGrain>("g").Enter("call", "gate"));

        lab.Silo.Stop();
        lab.Silo.Restart();

        Assert.Equal("deactivated: ShuttingDown", lab.Journal.Lines[^1]);
        lab.Silo.Run(() => lab.Get<IPlainGateGrain>("g").Enter("call", "gate"));
    }

    [Fact]
    public void Call_SiloKilled_FailsAndLaterOnesAreRefused()
    {
        using var silo = Start(1);
        var grain = Counter(silo);
        var call = silo.Begin("client", () => grain.Wait(TimeSpan.FromSeconds(20)));
        silo.RunFor(Second);

        silo.Kill();

        Assert.Throws<SiloUnavailableException>(() => silo.RunUntilEnded(call));
        Assert.Throws<SiloUnavailableException>(() => silo.Run(grain.Get));
    }

    [Fact]
    public void Ticks_WithKeepAlive_KeepTheGrain()
    {
        SimulatedLab.Run(1, async lab =>
        {
            await lab.Get<IPlainTimerGrain>("t").StartKeepingAlive(7 * Second);

            await lab.PassAsync(TimeSpan.FromHours(1));

            Assert.Equal(0, lab.Journal.Count("gone"));
        });
    }

    [Fact]
    public void Reminder_TickStillWaitingAtItsTimeout_NeverRuns()
    {
        SimulatedLab.Run(1, async lab =>
        {
            var minute = TimeSpan.FromMinutes(1);
            await lab.Get<IReminderGrain>("r").Register("slow", minute, minute);
            await lab.PassAsync(3.75 * minute);

            lab.Journal.Open("slow");
            await lab.PassAsync(minute);

            Assert.Equal([1, 4], lab.Journal.MinutesOf("slow"));
        });
    }

    [Fact]
    public void Step_WorkFromAnotherThread_IsReported()
    {
        using var lab = new SimulatedLab(seed: 1);
        var call = lab.Silo.Begin("client", () => lab.Get<IPlainGateGrain>("g").Enter("call", "gate"));
        lab.Silo.RunFor(TimeSpan.Zero);
        var opener = new Thread(() => lab.Journal.Open("gate"));
        opener.Start();
        opener.Join();

        var report = Assert.Throws<InvalidOperationException>(() => lab.Silo.RunUntilEnded(call));

        Assert.Contains("another thread", report.Message, StringComparison.Ordinal);
        Assert.False(call.IsCompletedSuccessfully);
    }

    [Fact]
    public void Run_NothingCanHappen_SaysSo()
    {
        using var silo = Start(1);
        var never = new TaskCompletionSource();
        silo.Kill();

        Assert.Throws<SimulationStuckException>(() => silo.Run(() => never.Task));
    }

    private static ICounterGrain Counter(SimulatedSilo silo) => silo.Grains.GetGrain<ICounterGrain>("one");

    private SimulatedSilo Start(int seed, SimulationFaults? faults = null, MemoryGrainStorage? disk = null) =>
        new(seed, faults, services => services.AddSimulatedStorage("pool", disk ?? _disk));

    private static string[] Contend(int seed, bool sendsBytes = false)
    {
        var faults = new SimulationFaults
        {
            DropReply = 0.05, DelayReply = 0.1, StorageFailsBefore = 0.05, StorageFailsAfter = 0.05, TimePasses = 0.05,
        };
        var disk = new MemoryGrainStorage();
        using var silo = new SimulatedSilo(
            seed, faults, services => services.AddSimulatedStorage("pool", disk), tracing: true, sendsBytes: sendsBytes);
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
