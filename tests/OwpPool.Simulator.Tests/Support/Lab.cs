using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Storage;

namespace OwpPool.Simulator.Tests;

/// <summary>One silo with a journal, storage and a clock of the test's own: the same on the simulator and on Orleans, so that one test holds
/// both to the same behaviour.</summary>
internal abstract class Lab
{
    private const int Seeds = 5;

    internal abstract Journal Journal { get; }

    /// <summary>The factory of the silo that is running.</summary>
    internal abstract IGrainFactory Grains { get; }

    /// <summary>Storage "pool"; it outlives the silo.</summary>
    internal MemoryGrainStorage Disk { get; } = new();

    /// <summary>Storage "fragile"; it outlives the silo.</summary>
    internal FragileStorage Fragile { get; } = new();

    /// <summary>What goes wrong in grains that are activated.</summary>
    internal Trouble Trouble { get; } = new();

    internal abstract IReminderTable ReminderTable { get; }

    /// <summary>Runs a test on the engine, from an empty silo.</summary>
    internal static async Task RunAsync(Engine engine, Func<Lab, Task> test, Action<GrainCollectionOptions>? collection = null)
    {
        if (engine == Engine.Simulator)
        {
            for (var seed = 1; seed <= Seeds; seed++) SimulatedLab.Run(seed, test, collection);
            return;
        }
        await using var lab = await OrleansLab.StartAsync(collection);
        // Without the synchronization context of xunit, which would let only a few tests at a time go on.
        await Task.Run(() => test(lab));
    }

    internal virtual T Get<T>(string key)
        where T : IGrainWithStringKey =>
        Grains.GetGrain<T>(key);

    /// <summary>Time passes; everything that falls due on the way has happened, except what waits for a gate.</summary>
    internal abstract Task PassAsync(TimeSpan span);

    /// <summary>Waits, without any time passing, for what is about to happen.</summary>
    internal abstract Task UntilAsync(Func<bool> condition, string what);

    /// <summary>Lets time pass until something happens.</summary>
    internal abstract Task PassUntilAsync(Func<bool> condition, string what);

    /// <summary>Waiting calls grow older by the machine's clock: Orleans drops them from a mailbox by that one.</summary>
    internal virtual Task AgeAsync(TimeSpan span) => Task.CompletedTask;

    /// <summary>The process dies; after a while another begins on what is stored.</summary>
    internal abstract Task RestartAsync(TimeSpan down = default);

    /// <summary>Steps the wall clock, which no timer notices.</summary>
    internal abstract void StepWallClock(TimeSpan by);

    /// <summary>Waits until the text has been written.</summary>
    internal Task UntilWrittenAsync(string text, int times = 1) =>
        UntilAsync(() => Journal.Count(text) >= times, $"\"{text}\" in the journal, {times} times");

    /// <summary>What grains of the suite inject, but for the storage "pool".</summary>
    protected void AddServices(IServiceCollection services, Action<GrainCollectionOptions>? collection)
    {
        services.AddSingleton(Trouble);
        services.AddKeyedSingleton<IGrainStorage>("fragile", Fragile);
        if (collection is not null) services.Configure(collection);
    }
}
