using Orleans;

namespace OwpPool.Core.Workers;

/// <summary>A token that was replaced.</summary>
[GenerateSerializer, Immutable, Alias("owp.old-token")]
public sealed record OldToken
{
    /// <summary>Its hash.</summary>
    [Id(0)] public required string TokenHash { get; init; }

    /// <summary>End of the overlap of its rotation.</summary>
    [Id(1)] public required DateTimeOffset Until { get; init; }
}
