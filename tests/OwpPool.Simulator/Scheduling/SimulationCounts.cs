namespace OwpPool.Simulator;

/// <summary>How often each fault was injected.</summary>
internal sealed class SimulationCounts
{
    internal long DelayedCalls { get; set; }

    internal long DroppedReplies { get; set; }

    internal long DelayedReplies { get; set; }

    internal long DuplicatedReplies { get; set; }

    internal long StorageFailedBefore { get; set; }

    internal long StorageFailedAfter { get; set; }

    /// <summary>Reads that a test made fail and counted: the scheduler knows no storage but that of states.</summary>
    internal long FailedReads { get; set; }

    internal long TimePassed { get; set; }
}
