namespace Orleans;

/// <summary>Wraps calls of grains. Registered with the silo it sees all calls, implemented by a grain class those of that grain, after the
/// registered ones.</summary>
public interface IIncomingGrainCallFilter
{
    Task Invoke(IIncomingGrainCallContext context);
}
