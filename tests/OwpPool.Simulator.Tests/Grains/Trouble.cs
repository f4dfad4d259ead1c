namespace OwpPool.Simulator.Tests;

/// <summary>Where a grain that is activated is to fail.</summary>
public sealed class Trouble
{
    internal string Where { get; set; } = string.Empty;
}
