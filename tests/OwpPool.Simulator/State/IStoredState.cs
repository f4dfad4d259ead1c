namespace OwpPool.Simulator;

/// <summary>A state that is read before its grain serves.</summary>
internal interface IStoredState
{
    Task ReadStateAsync(CancellationToken cancellationToken);
}
