namespace Orleans.Runtime.Simulation;

/// <summary>Where code outside of the silo runs: it survives when the silo is killed.</summary>
internal sealed class SimulationClient(ITurnScheduler turns, string name) : TurnQueue(turns)
{
    public override string ToString() => $"[Client {name}]";
}
