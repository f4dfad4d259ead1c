namespace OwpPool.Simulator;

/// <summary>How calls travel.</summary>
/// <param name="SendsBytes">Each request and response is serialised and read back, as between two silos: half as fast, and finds what lacks an
/// <c>[Id]</c> or a codec.</param>
internal sealed record SimulationTransport(bool SendsBytes);
