namespace OwpPool.Simulator.Tests;

/// <summary>What runs the grains of a test.</summary>
public enum Engine
{
    /// <summary>The simulator, once for each of several seeds.</summary>
    Simulator,

    /// <summary>One silo of Orleans itself, on the thread pool.</summary>
    Orleans,
}
