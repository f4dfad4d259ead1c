namespace OwpPool.Simulator.Tests;

public interface ICarelessCounterGrain : IGrainWithStringKey
{
    Task Increment();

    Task<int> Get();
}

/// <summary>Loses counts as soon as two calls overlap.</summary>
internal sealed class CarelessCounterGrain(IGrainContext context) : Grain(context), ICarelessCounterGrain
{
    private int _count;

    public async Task Increment()
    {
        var before = _count;
        await Task.Yield();
        _count = before + 1;
    }

    public Task<int> Get() => Task.FromResult(_count);
}
