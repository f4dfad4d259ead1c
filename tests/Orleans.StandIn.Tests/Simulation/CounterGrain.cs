using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;

namespace Orleans.StandIn.Tests.Simulation;

public interface ICounterGrain : IGrainWithStringKey
{
    /// <summary>Adds one, stores it and returns the new value.</summary>
    Task<int> Increment();

    Task<int> Get();

    /// <summary>What the activation counts without storing it.</summary>
    Task<int> CallsInMemory();

    Task Wait(TimeSpan span);

    Task<int> IncrementThrough(string otherKey);
}

[GenerateSerializer]
public sealed class CounterState
{
    [Id(0)]
    public int Value { get; set; }
}

[GrainType("counter")]
internal sealed class CounterGrain([PersistentState("counter", "pool")] IPersistentState<CounterState> state) : Grain, ICounterGrain
{
    private int _calls;

    public async Task<int> Increment()
    {
        _calls++;
        state.State.Value++;
        await state.WriteStateAsync();
        return state.State.Value;
    }

    public Task<int> Get() => Task.FromResult(state.State.Value);

    public Task<int> CallsInMemory() => Task.FromResult(_calls);

    public Task Wait(TimeSpan span) => Task.Delay(span, ServiceProvider.GetRequiredService<TimeProvider>());

    public Task<int> IncrementThrough(string otherKey) => GrainFactory.GetGrain<ICounterGrain>(otherKey).Increment();
}
