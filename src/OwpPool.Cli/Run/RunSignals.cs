namespace OwpPool.Cli.Run;

/// <summary>How a worker is told to end: first to take no more, then to stop.</summary>
/// <param name="Drain">Finish what runs and take nothing new.</param>
/// <param name="Stop">End what runs and give it back. Also drains.</param>
internal sealed record RunSignals(CancellationToken Drain, CancellationToken Stop);
