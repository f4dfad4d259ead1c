namespace OwpPool.Simulation;

/// <summary>The choices of a seed's traffic; the simulator draws its own from the same seed.</summary>
internal sealed class Dice(int seed)
{
    // A number apart, so that the two sequences do not run in step.
    private readonly Random _random = new(unchecked((seed * 1_000_003) + 17));

    internal bool Chance(double probability) => _random.NextDouble() < probability;

    /// <summary>From <paramref name="low"/> to <paramref name="high"/>, both inclusive.</summary>
    internal int Between(int low, int high) => _random.Next(low, high + 1);

    internal TimeSpan Within(TimeSpan longest) => longest * _random.NextDouble();

    internal T Of<T>(IReadOnlyList<T> items) => items[_random.Next(items.Count)];

    /// <summary>An index, drawn in proportion to the weights.</summary>
    internal int Weighed(ReadOnlySpan<int> weights)
    {
        var total = 0;
        foreach (var weight in weights) total += weight;
        var rest = _random.Next(total);
        for (var i = 0; i < weights.Length; i++)
        {
            rest -= weights[i];
            if (rest < 0) return i;
        }
        throw new InvalidOperationException("No weight was drawn.");
    }
}
