namespace OwpPool.Simulator;

/// <summary>The simulation can go no further, or has gone too far, and what it was to reach has not happened.</summary>
internal sealed class SimulationStuckException(string message) : InvalidOperationException(message);
