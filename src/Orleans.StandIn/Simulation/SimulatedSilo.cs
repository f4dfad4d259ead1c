using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime.Hosting;
using Orleans.Runtime.ReminderService;
using Orleans.Storage;

namespace Orleans.Runtime.Simulation;

/// <summary>A silo on one thread in virtual time, whose whole history follows from a seed. It can be killed between any two steps and
/// started again on what it had stored.</summary>
/// <remarks>Code under test must wait only for grains, for its own tasks and for the clock of the simulation.</remarks>
internal sealed class SimulatedSilo : IDisposable
{
    /// <summary>More steps than any honest test takes: a livelock ends here.</summary>
    private const int MostSteps = 10_000_000;

    private readonly Action<ISiloBuilder>? _configure;
    private readonly InMemoryReminderTable _reminders = new();
    private readonly Dictionary<string, IGrainStorage> _disks = [];
    private readonly IReadOnlyCollection<string> _storageNames;
    private ServiceProvider? _services;
    private int _steps;
    private int? _killAtStep;

    /// <param name="seed">Decides every choice.</param>
    /// <param name="faults">What goes wrong; null: nothing.</param>
    /// <param name="configure">Adds what the grains under test need; runs at each start. A storage provider it adds is the test's own to
    /// keep
    /// across kills.</param>
    /// <param name="storageNames">The names under which storage is provided; default <c>pool</c>.</param>
    /// <param name="start">The wall clock's first instant.</param>
    /// <param name="tracing">Whether to keep <see cref="Trace"/>: slow, for a seed that is to be understood.</param>
    internal SimulatedSilo(
        int seed,
        SimulationFaults? faults = null,
        Action<ISiloBuilder>? configure = null,
        IReadOnlyCollection<string>? storageNames = null,
        DateTimeOffset? start = null,
        bool tracing = false)
    {
        _configure = configure;
        _storageNames = storageNames ?? ["pool"];
        Clock = new SimulationClock(start ?? new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Scheduler = new SimulationScheduler(seed, Clock, faults ?? SimulationFaults.None) { IsTracing = tracing };
        Start();
    }

    internal SimulationClock Clock { get; }

    internal SimulationScheduler Scheduler { get; }

    /// <summary>What happened, one line a step; empty unless tracing.</summary>
    internal IReadOnlyList<string> Trace => Scheduler.Trace;

    internal bool IsAlive => _services is not null;

    /// <summary>The services of the silo that is running.</summary>
    internal IServiceProvider Services => _services ?? throw new InvalidOperationException("The silo is not running.");

    internal IGrainFactory Grains => Silo.GrainFactory;

    private Silo Silo => Services.GetRequiredService<Silo>();

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
            if (!Step(TimeSpan.MaxValue))
                throw new SimulationStuckException("Nothing can happen any more, and the task has not ended.");
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
        if (++_steps > MostSteps)
            throw new SimulationStuckException($"The simulation has taken {MostSteps} steps.");
        if (_steps == _killAtStep)
            Kill();
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
        if (_services is null)
            return;
        Silo.Kill();
        Scheduler.Kill();
        _services = null;
    }

    /// <summary>Stops the silo as an orderly shutdown does.</summary>
    internal void Stop()
    {
        var silo = Silo;
        Run(() => silo.StopAsync(CancellationToken.None));
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
        if (Silo.Find(grain.GetGrainId()) is not { } activation)
            return false;
        Scheduler.Note("split", activation);
        Silo.Remove(activation);
        Scheduler.AddTwin(activation);
        return true;
    }

    public void Dispose() => Kill();

    private void Start()
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton<ITurnScheduler>(Scheduler);
        services.AddSingleton<IReminderTable>(_reminders);
        var builder = SiloBuilder.AddTo(services, new ConfigurationBuilder().Build());
        builder.UseLocalhostClustering().AddReminders();
        foreach (var name in _storageNames)
            services.AddGrainStorage(name, (_, name) => new SimulationStorage(Disk(name), Scheduler));
        _configure?.Invoke(builder);
        _services = services.BuildServiceProvider();
        _services.GetRequiredService<SiloConfiguration>().Validate(_services);
        Run(() => Silo.StartAsync(CancellationToken.None));
    }

    private IGrainStorage Disk(string name)
    {
        if (!_disks.TryGetValue(name, out var disk))
            _disks[name] = disk = new MemoryGrainStorage();
        return disk;
    }
}
