using Microsoft.Extensions.DependencyInjection;
using Orleans.Hosting;
using Orleans.Runtime.Simulation;

namespace Orleans.StandIn.Tests;

/// <summary>A simulated silo with a journal: for tests of what happens when, which real threads would make a matter of luck.</summary>
internal sealed class Lab : IDisposable
{
    internal Lab(int seed = 1, Action<ISiloBuilder>? configure = null) =>
        Silo = new SimulatedSilo(seed, configure: silo =>
        {
            silo.Services.AddSingleton(Journal);
            configure?.Invoke(silo);
        });

    internal Journal Journal { get; } = new();

    internal SimulatedSilo Silo { get; }

    internal T Get<T>(string key)
        where T : IGrainWithStringKey =>
        Silo.Grains.GetGrain<T>(key);

    internal void Run(Func<Task> client) => Silo.Run(client);

    internal T Run<T>(Func<Task<T>> client) => Silo.Run(client);

    /// <summary>Begins a call and lets it get as far as it can at this instant.</summary>
    internal Task Begin(Func<Task> client)
    {
        var task = Silo.Begin("begun", client);
        Pass(TimeSpan.Zero);
        return task;
    }

    internal void Pass(TimeSpan span) => Silo.RunFor(span);

    internal void Open(string gate)
    {
        Journal.Open(gate);
        Pass(TimeSpan.Zero);
    }

    public void Dispose() => Silo.Dispose();
}
