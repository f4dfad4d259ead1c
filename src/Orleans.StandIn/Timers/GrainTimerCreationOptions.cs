using System.Diagnostics.CodeAnalysis;

namespace Orleans.Runtime;

/// <summary>How a grain timer ticks.</summary>
public readonly struct GrainTimerCreationOptions
{
    [SetsRequiredMembers]
    public GrainTimerCreationOptions(TimeSpan dueTime, TimeSpan period)
    {
        DueTime = dueTime;
        Period = period;
    }

    /// <summary>Time to the first tick; zero is at once, <see cref="Timeout.InfiniteTimeSpan"/> is never.</summary>
    public required TimeSpan DueTime { get; init; }

    /// <summary>Time from the end of a tick to the next; <see cref="Timeout.InfiniteTimeSpan"/> means a single tick.</summary>
    public required TimeSpan Period { get; init; }

    /// <summary>Whether ticks may run between the turns of calls under way. Default no.</summary>
    public bool Interleave { get; init; }

    /// <summary>Whether a tick counts as use and puts off idle deactivation. Default no.</summary>
    public bool KeepAlive { get; init; }
}
