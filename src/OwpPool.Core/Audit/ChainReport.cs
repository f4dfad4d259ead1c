namespace OwpPool.Core.Audit;

/// <summary>What is wrong with the audit log at one place.</summary>
/// <param name="Seq">The first event that it concerns.</param>
/// <param name="Kind">A stable word, for programs; see <see cref="ChainFaults"/>.</param>
/// <param name="Message">A sentence for people.</param>
public sealed record ChainFault(long Seq, string Kind, string Message);

/// <summary>The kinds of <see cref="ChainFault"/>.</summary>
public static class ChainFaults
{
    /// <summary>Content and hashes do not fit: the event, or what its hash builds on, was changed.</summary>
    public const string Changed = "changed";

    /// <summary>Events that were there are gone.</summary>
    public const string Missing = "missing";

    /// <summary>An event that the pool did not write.</summary>
    public const string Foreign = "foreign";

    /// <summary>The log fits together and does not end in the hash that the pool has kept.</summary>
    public const string Rewritten = "rewritten";

    /// <summary>The log does not lead through the mark that an operator has noted.</summary>
    public const string NotedMark = "noted_mark";
}

/// <summary>The result of looking through the audit log.</summary>
public sealed record ChainReport
{
    /// <summary>Nothing is wrong.</summary>
    public bool IsIntact => FaultCount == 0;

    /// <summary>Events looked at.</summary>
    public required long Events { get; init; }

    /// <summary>Where the log begins: the last event that retention removed, or <see cref="ChainMark.Start"/>.</summary>
    public required ChainMark Anchor { get; init; }

    /// <summary>Where the log ends, as the pool has kept it beside the log; to be noted outside.</summary>
    public required ChainMark Head { get; init; }

    /// <summary>How many places are wrong.</summary>
    public required long FaultCount { get; init; }

    /// <summary>The first <see cref="ChainVerifier.MaxFaults"/> of them.</summary>
    public required IReadOnlyList<ChainFault> Faults { get; init; }
}
