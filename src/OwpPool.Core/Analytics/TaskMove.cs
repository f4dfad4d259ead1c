using OwpPool.Core.Tasks;

namespace OwpPool.Core.Analytics;

/// <summary>A task's step from one phase to another, with what its event knows of the time before.</summary>
public readonly record struct TaskMove
{
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The phase that ends.</summary>
    public required TaskPhase From { get; init; }

    /// <summary>The phase that begins.</summary>
    public required TaskPhase To { get; init; }

    /// <summary>Since when it stood in the phase that ends.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Where a lease ends, or a task is merged: when the lease began.</summary>
    public DateTimeOffset? LeasedAt { get; init; }

    /// <summary>Where a task is merged: when it was added.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Whose lease it was, or is.</summary>
    public string? Worker { get; init; }
}
