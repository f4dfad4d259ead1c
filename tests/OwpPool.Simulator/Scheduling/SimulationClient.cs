namespace OwpPool.Simulator;

/// <summary>Where code outside of the silo runs: it survives when the silo is killed.</summary>
internal sealed class SimulationClient(SimulationScheduler scheduler, string name) : TurnQueue(scheduler)
{
    public override string ToString() => $"[Client {name}]";
}
