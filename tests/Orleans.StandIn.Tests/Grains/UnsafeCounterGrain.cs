namespace Orleans.StandIn.Tests;

public interface IUnsafeCounterGrain : IGrainWithStringKey
{
    Task Increment();

    Task<int> Get();
}

/// <summary>Loses counts as soon as two calls overlap.</summary>
internal sealed class UnsafeCounterGrain : Grain, IUnsafeCounterGrain
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
