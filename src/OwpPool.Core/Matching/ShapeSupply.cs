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
}
