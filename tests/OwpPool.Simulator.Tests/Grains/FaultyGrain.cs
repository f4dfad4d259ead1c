using Orleans.Concurrency;

namespace OwpPool.Simulator.Tests;

/// <summary>An exception that carries more than its message.</summary>
[GenerateSerializer]
public sealed class RefusedException(string message, int code) : Exception(message)
{
    [Id(0)]
    public int Code { get; } = code;
}

/// <summary>Orleans has no codec for it.</summary>
public sealed class UnmarkedException(Unmarked reason) : Exception(reason.Text)
{
    public Unmarked Reason { get; } = reason;
}

public interface IFaultyGrain : IGrainWithStringKey
{
    Task ThrowAtOnce(string message);

    Task ThrowLater(string message);

    Task Refuse(string message, int code);

    Task ThrowUnmarked();

    Task Cancel();

    [OneWay]
    Task FailUnheard();

    Task<int> ActivationNumber();
}

internal sealed class FaultyGrain(IGrainContext context, Journal journal) : Grain(context), IFaultyGrain
{
    private static int s_activations;
    private readonly int _number = Interlocked.Increment(ref s_activations);

    public Task ThrowAtOnce(string message) => throw new InvalidDataException(message);

    public async Task ThrowLater(string message)
    {
        await Task.Yield();
        throw new InvalidDataException(message);
    }

    public Task Refuse(string message, int code) => throw new RefusedException(message, code);

    public Task ThrowUnmarked() => throw new UnmarkedException(new Unmarked { Text = "unmarked" });

    public Task Cancel() => Task.FromCanceled(new CancellationToken(canceled: true));

    public Task FailUnheard()
    {
        journal.Write("failing");
        throw new InvalidDataException("unheard");
    }

    public Task<int> ActivationNumber() => Task.FromResult(_number);
}

public interface INobodysGrain : IGrainWithStringKey
{
    Task Nothing();
}
