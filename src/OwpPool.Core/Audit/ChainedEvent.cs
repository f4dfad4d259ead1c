namespace OwpPool.Core.Audit;

/// <summary>An event as the chain covers it: its number and the stored bytes of its columns, UTF-8.</summary>
public readonly ref struct ChainedEvent
{
    /// <summary>The row's number.</summary>
    public required long Seq { get; init; }

    /// <summary>When, as stored.</summary>
    public required ReadOnlySpan<byte> At { get; init; }

    /// <summary>What happened.</summary>
    public required ReadOnlySpan<byte> Type { get; init; }

    /// <summary>Who.</summary>
    public required ReadOnlySpan<byte> Actor { get; init; }

    /// <summary>What changed.</summary>
    public required ReadOnlySpan<byte> Target { get; init; }

    /// <summary>Whether the row has a repo: none is not the same as an empty one.</summary>
    public required bool HasRepo { get; init; }

    /// <summary>The repo, if there is one.</summary>
    public required ReadOnlySpan<byte> Repo { get; init; }

    /// <summary>JSON, byte for byte as stored.</summary>
    public required ReadOnlySpan<byte> Details { get; init; }
}
