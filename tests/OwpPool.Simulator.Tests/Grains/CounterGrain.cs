namespace OwpPool.Simulator.Tests;

[GenerateSerializer]
public sealed class CounterState
{
    [Id(0)]
    public int Value { get; set; }
}

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

internal sealed class CounterGrain(
    IGrainContext context, [PersistentState("counter", "pool")] IPersistentState<CounterState> state, TimeProvider clock)
    : Grain(context), ICounterGrain
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

    public Task Wait(TimeSpan span) => Task.Delay(span, clock);

    public Task<int> IncrementThrough(string otherKey) => GrainFactory.GetGrain<ICounterGrain>(otherKey).Increment();
}
