using Orleans;

namespace OwpPool.Core.Matching;

/// <summary>How many tasks of a shape could be leased now.</summary>
[GenerateSerializer, Immutable, Alias("owp.shape-supply")]
public sealed record ShapeSupply
{
    /// <summary>What they ask of a worker.</summary>
    [Id(0)] public required TaskShape Shape { get; init; }

    /// <summary>How many, an area counting once.</summary>
    [Id(1)] public required int Tasks { get; init; }

    /// <summary>The best priority among them, waiting included.</summary>
    [Id(2)] public required int BestRank { get; init; }

    /// <summary>At most so many supplies: the last stands for all that are left out, with what every one of them asks at the least. So
    /// nobody who could take something is missed, though some may find that they cannot.</summary>
    /// <param name="supplies">Best rank first.</param>
    /// <param name="limit">At least 1.</param>
    public static IReadOnlyList<ShapeSupply> Limit(IReadOnlyList<ShapeSupply> supplies, int limit)
    {
        if (supplies.Count <= limit) return supplies;
        var rest = supplies.Skip(limit - 1).ToList();
        var shape = new TaskShape
        {
            Skills = [.. rest[0].Shape.Skills.Where(skill => rest.All(supply => supply.Shape.Skills.Contains(skill, StringComparer.Ordinal)))],
            Tier = rest.Min(supply => supply.Shape.Tier),
            Points = rest.Min(supply => supply.Shape.Points),
        };
        var merged = new ShapeSupply { Shape = shape, Tasks = rest.Sum(supply => supply.Tasks), BestRank = rest[0].BestRank };
        var kept = supplies.Take(limit - 1).ToList();
        // A shape is told of once.
        if (kept.FindIndex(supply => supply.Shape.Equals(shape)) is >= 0 and var same)
            kept[same] = kept[same] with { Tasks = kept[same].Tasks + merged.Tasks };
        else
            kept.Add(merged);
        return kept;
    }
}
