using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Storage;
using Orleans.Timers;

namespace OwpPool.Simulator;

/// <summary>A silo on one thread in virtual time, whose whole history follows from a seed. It can be killed between any two steps and
/// started again on what it had stored.</summary>
/// <remarks>Code under test must wait only for grains, for its own tasks and for the clock of the simulation.</remarks>
internal sealed class SimulatedSilo : IDisposable
{
    /// <summary>More steps than any honest test takes: a livelock ends here.</summary>
    private const int MostSteps = 10_000_000;

    private readonly Action<IServiceCollection>? _configure;
    private readonly InMemoryReminderTable _reminders = new();
    private SiloProcess? _process;
    private int _steps;
    private int? _killAtStep;

    /// <param name="seed">Decides every choice.</param>
    /// <param name="faults">What goes wrong; null: nothing.</param>
    /// <param name="configure">Adds what the grains under test need, storage above all; runs at each start, so what is to outlive a kill is the
    /// test's own to keep.</param>
    /// <param name="start">The wall clock's first instant.</param>
    /// <param name="tracing">Whether to keep <see cref="Trace"/>: slow, for a seed that is to be understood.</param>
    /// <param name="sendsBytes">See <see cref="SimulationScheduler.SendsBytes"/>.</param>
    internal SimulatedSilo(
        int seed,
        SimulationFaults? faults = null,
        Action<IServiceCollection>? configure = null,
        DateTimeOffset? start = null,
        bool tracing = false,
        bool sendsBytes = false)
    {
        _configure = configure;
        Clock = new SimulationClock(start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Scheduler = new SimulationScheduler(seed, Clock, faults ?? SimulationFaults.None) { IsTracing = tracing, SendsBytes = sendsBytes };
        Start();
    }

    internal SimulationClock Clock { get; }

    internal SimulationScheduler Scheduler { get; }

    /// <summary>What happened, one line a step; empty unless tracing.</summary>
    internal IReadOnlyList<string> Trace => Scheduler.Trace;

    internal bool IsAlive => _process is not null;

    /// <summary>The services of the silo that is running.</summary>
    internal IServiceProvider Services => Process.Services;

    internal IGrainFactory Grains => Process.GrainFactory;

    internal SiloProcess Process => _process ?? throw new InvalidOperationException("The silo is not running.");

    /// <summary>Begins a client of the silo; its turns take part in the choice of what is next.</summary>
    internal Task Begin(string name, Func<Task> client)
    {
        Scheduler.EnterThread();
        return new SimulationClient(Scheduler, name).RunAsync(client);
    }

    /// <summary>Runs a client to its end, and with it whatever else happens meanwhile.</summary>
    /// <exception cref="SimulationStuckException">It cannot end.</exception>
    internal void Run(Func<Task> client) => RunUntilEnded(Begin("main", client));

    internal T Run<T>(Func<Task<T>> client)
    {
        Scheduler.EnterThread();
        var task = new SimulationClient(Scheduler, "main").RunAsync(client);
        RunUntilEnded(task);
        return task.Result;
    }

    internal void RunUntilEnded(Task task)
    {
        while (!task.IsCompleted)
        {
            if (!Step(TimeSpan.MaxValue)) throw new SimulationStuckException("Nothing can happen any more, and the task has not ended.");
        }
        task.GetAwaiter().GetResult();
    }

    /// <summary>Lets everything happen that happens within <paramref name="span"/> of virtual time.</summary>
    internal void RunFor(TimeSpan span)
    {
        var until = Clock.Elapsed + span;
        while (Step(until))
        {
        }
        Clock.MoveTo(until);
    }

    /// <summary>Does one thing; false when nothing can happen up to <paramref name="until"/>, in elapsed time.</summary>
    internal bool Step(TimeSpan until)
    {
        if (++_steps > MostSteps) throw new SimulationStuckException($"The simulation has taken {MostSteps} steps.");
        if (_steps == _killAtStep) Kill();
        Scheduler.EnterThread();
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return Scheduler.Step(until);
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    /// <summary>Kills the silo after that many more steps: between two turns, in the middle of whatever is going on then.</summary>
    internal void KillAfter(int steps) => _killAtStep = _steps + steps;

    /// <summary>The process is gone, with all it had in memory.</summary>
    internal void Kill()
    {
        if (_process is null) return;
        _process.Kill();
        Scheduler.Kill();
        _process = null;
    }

    /// <summary>Stops the silo as an orderly shutdown does.</summary>
    internal void Stop()
    {
        var process = Process;
        Run(process.StopAsync);
        Kill();
    }

    /// <summary>Starts a silo on what is stored, killing the one that runs.</summary>
    internal void Restart()
    {
        Kill();
        _killAtStep = null;
        Start();
    }

    /// <summary>Makes the activation of a grain one of two, as a partition can: the next call may reach either.</summary>
    /// <returns>Whether the grain was active.</returns>
    internal bool Split(IAddressable grain)
    {
        if (Process.Find(grain.GetGrainId()) is not { } activation) return false;
        Scheduler.Note("split", activation);
        Process.Remove(activation);
        Scheduler.AddTwin(activation);
        return true;
    }

    public void Dispose() => Kill();

    private void Start()
    {
        var services = new ServiceCollection();
        services.AddOptions();
        services.AddSingleton(typeof(ILogger<>), typeof(NullLogger<>));
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton(Scheduler);
        services.AddSingleton<IReminderTable>(_reminders);
        services.AddSingleton<SiloProcess>();
        services.AddSingleton<IGrainFactory>(static provider => provider.GetRequiredService<SiloProcess>().GrainFactory);
        services.AddSingleton<LocalReminderService>();
        services.AddSingleton<IReminderRegistry, ReminderRegistry>();
        services.AddSingleton<IPersistentStateFactory, SimulatedStateFactory>();
        services.AddSingleton<SimulatedGrainRuntime>();
        services.AddSingleton<IGrainRuntime>(static provider => provider.GetRequiredService<SimulatedGrainRuntime>());
        services.AddSingleton<ITimerRegistry>(static provider => provider.GetRequiredService<SimulatedGrainRuntime>());
        _configure?.Invoke(services);
        Scheduler.EnterThread();
        _process = services.BuildServiceProvider().GetRequiredService<SiloProcess>();
        _process.Start();
    }
}

/// <summary>Storage for the grains of a simulated silo.</summary>
internal static class SimulatedStorageExtensions
{
    /// <summary>Adds what outlives the silo as storage that takes its time and fails when told.</summary>
    internal static void AddSimulatedStorage(this IServiceCollection services, string name, IGrainStorage disk) =>
        services.AddKeyedSingleton<IGrainStorage>(
            name, (provider, _) => new SimulationStorage(disk, provider.GetRequiredService<SimulationScheduler>()));
}
