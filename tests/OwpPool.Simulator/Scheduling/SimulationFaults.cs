namespace OwpPool.Simulator;

/// <summary>What goes wrong, as probabilities from 0 to 1 for each occasion. All are 0 unless set.</summary>
internal sealed record SimulationFaults
{
    /// <summary>No faults.</summary>
    internal static readonly SimulationFaults None = new();

    /// <summary>The call reaches its grain only after up to <see cref="LongestDelay"/>, unless its caller has given up by then.</summary>
    internal double DelayCall { get; init; }

    /// <summary>The call runs, its caller never learns: it times out.</summary>
    internal double DropReply { get; init; }

    /// <summary>The reply takes up to <see cref="LongestDelay"/>.</summary>
    internal double DelayReply { get; init; }

    /// <summary>The reply comes twice.</summary>
    internal double DuplicateReply { get; init; }

    /// <summary>A storage operation fails and has done nothing.</summary>
    internal double StorageFailsBefore { get; init; }

    /// <summary>A storage operation is done and reports failure.</summary>
    internal double StorageFailsAfter { get; init; }

    /// <summary>Time goes on to the next timer though turns are waiting: threads are slow.</summary>
    internal double TimePasses { get; init; }

    /// <summary>Default 1 minute: longer than the response timeout of 30 seconds.</summary>
    internal TimeSpan LongestDelay { get; init; } = TimeSpan.FromMinutes(1);
}
