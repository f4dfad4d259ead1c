using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;

namespace OwpPool.Simulator.Tests;

/// <summary>A lab on the simulator. The test itself is a client of the silo and takes part in the order of turns.</summary>
internal sealed class SimulatedLab : Lab, IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromDays(1);

    private Journal? _journal;

    internal SimulatedLab(int seed, Action<GrainCollectionOptions>? collection = null, bool sendsBytes = false)
    {
        Silo = new SimulatedSilo(
            seed,
            configure: services =>
            {
                services.AddSingleton(provider => _journal ??= new Journal(provider.GetRequiredService<TimeProvider>()));
                services.AddSimulatedStorage("pool", Disk);
                AddServices(services, collection);
            },
            sendsBytes: sendsBytes);
        Journal = Silo.Services.GetRequiredService<Journal>();
    }

    internal SimulatedSilo Silo { get; }

    internal override Journal Journal { get; }

    internal override IGrainFactory Grains => Silo.Grains;

    internal override IReminderTable ReminderTable => Silo.Services.GetRequiredService<IReminderTable>();

    /// <exception cref="InvalidOperationException">The test has failed with this seed.</exception>
    internal static void Run(int seed, Func<Lab, Task> test, Action<GrainCollectionOptions>? collection = null, bool sendsBytes = false)
    {
        using var lab = new SimulatedLab(seed, collection, sendsBytes);
        try
        {
            lab.Silo.Run(() => test(lab));
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Seed {seed}: {exception.Message}", exception);
        }
    }

    internal override async Task PassAsync(TimeSpan span)
    {
        await WaitAsync(span);
        // Timers due at this very instant but armed after the one above have not fired yet.
        while (Silo.Clock.NextDue <= Silo.Clock.Elapsed) await WaitAsync(TimeSpan.Zero);
    }

    internal override async Task UntilAsync(Func<bool> condition, string what)
    {
        if (!condition()) await PassAsync(TimeSpan.Zero);
        Assert.True(condition(), $"This did not happen: {what}.");
    }

    internal override async Task PassUntilAsync(Func<bool> condition, string what)
    {
        for (var passed = TimeSpan.Zero; !condition() && passed < Patience; passed += Step) await PassAsync(Step);
        Assert.True(condition(), $"This did not happen: {what}.");
    }

    internal override async Task RestartAsync(TimeSpan down = default)
    {
        Silo.Kill();
        await WaitAsync(down);
        Silo.Restart();
    }

    internal override void StepWallClock(TimeSpan by) => Silo.Clock.StepWallClock(by);

    public void Dispose() => Silo.Dispose();

    /// <summary>A timer fires only when nothing else can happen at its instant, so that even an empty span lets everything settle.</summary>
    private async Task WaitAsync(TimeSpan span)
    {
        var passed = new TaskCompletionSource();
        await using var timer = Silo.Clock.CreateTimer(_ => passed.SetResult(), null, span, Timeout.InfiniteTimeSpan);
        await passed.Task;
    }
}
