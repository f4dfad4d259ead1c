namespace OwpPool.Simulation;

/// <summary>How many faults of each kind were injected.</summary>
internal sealed class FaultCounts
{
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);

    internal IReadOnlyDictionary<string, long> All => _counts;

    internal void Add(string kind, long count = 1)
    {
        if (count > 0) _counts[kind] = _counts.GetValueOrDefault(kind) + count;
    }

    internal void Add(FaultCounts others)
    {
        foreach (var (kind, count) in others._counts) Add(kind, count);
    }
}
