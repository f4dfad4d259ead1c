namespace OwpPool.Grains.Tests;

/// <summary>A place in the pool at which a test holds up whoever comes by, until it lets them go on.</summary>
public sealed class Holdup
{
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _letGo = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when somebody waits.</summary>
    public Task Held => _held.Task;

    /// <summary>All who wait go on, and nobody waits any more.</summary>
    public void LetGo() => _letGo.TrySetResult();

    /// <summary>Waits here until the test lets go.</summary>
    public Task PassAsync()
    {
        _held.TrySetResult();
        return _letGo.Task;
    }
}
