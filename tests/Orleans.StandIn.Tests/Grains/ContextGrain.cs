using Orleans.Runtime;

namespace Orleans.StandIn.Tests;

public interface IContextGrain : IGrainWithStringKey
{
    /// <summary>The keys of the grains whose turn it is at four points of a call that calls another grain.</summary>
    Task<List<string>> WhoRuns(string other);

    Task<string> WhoAmI();

    Task CallSelf();

    Task<IContextGrain> Self();

    Task<string?> ReadThenSet(string key, string value);
}

internal sealed class ContextGrain : Grain, IContextGrain
{
    public async Task<List<string>> WhoRuns(string other)
    {
        var seen = new List<string> { Current() };
        await Task.Yield();
        seen.Add(Current());
        var there = await GrainFactory.GetGrain<IContextGrain>(other).WhoAmI();
        seen.Add(Current());
        seen.Add(there);
        return seen;
    }

    public Task<string> WhoAmI() => Task.FromResult(Current());

    public Task CallSelf() => this.AsReference<IContextGrain>().WhoAmI();

    public Task<IContextGrain> Self() => Task.FromResult(this.AsReference<IContextGrain>());

    public Task<string?> ReadThenSet(string key, string value)
    {
        var before = RequestContext.Get(key) as string;
        RequestContext.Set(key, value);
        return Task.FromResult(before);
    }

    private static string Current() =>
        TaskScheduler.Current == (object?)RuntimeContext.Current ? RuntimeContext.Current!.GrainId.Key.ToString() : "nobody";
}

public interface INobodysGrain : IGrainWithStringKey
{
    Task Nothing();
}

public interface INotAGrainInterface : IGrainWithStringKey
{
    int Plain();
}

public interface IFaultyGrain : IGrainWithStringKey
{
    Task ThrowAtOnce(string message);

    Task ThrowLater(string message);

    Task Cancel();

    Task<int> ActivationNumber();
}

internal sealed class FaultyGrain : Grain, IFaultyGrain
{
    private static int s_activations;
    private readonly int _number = Interlocked.Increment(ref s_activations);

    public Task ThrowAtOnce(string message) => throw new InvalidDataException(message);

    public async Task ThrowLater(string message)
    {
        await Task.Yield();
        throw new InvalidDataException(message);
    }

    public Task Cancel() => Task.FromCanceled(new CancellationToken(canceled: true));

    public Task<int> ActivationNumber() => Task.FromResult(_number);
}
