namespace OwpPool.Simulation.Tests;

/// <summary>Sums the batches up and leaves the figures where <c>./test</c> shows them.</summary>
public sealed class SeedTotals : IDisposable
{
    private BatchOutcome? _sum;

    public void Dispose()
    {
        if (_sum is not null && Environment.GetEnvironmentVariable("OWP_FIGURES") is { Length: > 0 } file)
            File.AppendAllText(file, _sum.Describe() + "\n");
    }

    internal void Add(BatchOutcome outcome)
    {
        if (_sum is null) _sum = outcome;
        else _sum.Add(outcome);
    }
}
