using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>A lease as long as this worker believes that it holds it.</summary>
/// <remarks>Its end is counted by this machine's clock from the remaining time that the pool tells: the clocks need not agree.</remarks>
internal sealed class LeaseHold : IDisposable
{
    private readonly CancellationTokenSource _gone = new();
    private readonly ITimer _end;

    public LeaseHold(LeaseView lease, TimeProvider time)
    {
        Lease = lease;
        AddedAt = time.GetTimestamp();
        // Right for a lease just granted; for an older one the next heartbeat's answer says how long it still is.
        var length = TimeSpan.FromSeconds(Math.Max(1, lease.LeaseTtlSeconds));
        _end = time.CreateTimer(_ => Lose("lease_expired"), null, length, Timeout.InfiniteTimeSpan);
    }

    public LeaseView Lease { get; }

    /// <summary>What the lease is known by.</summary>
    public string Key => KeyOf(Lease);

    /// <summary>A timestamp: answers to older requests cannot know of it.</summary>
    public long AddedAt { get; }

    /// <summary>Ends when the lease is lost, cancelled or over.</summary>
    public CancellationToken Gone => _gone.Token;

    /// <summary>Why it is gone; null = it is not.</summary>
    public string? LossReason { get; private set; }

    /// <summary>Its last report is on its way: that the pool does not list it any more is no loss.</summary>
    public bool IsSettling { get; set; }

    /// <summary>The pool says how long it still is.</summary>
    public void Remains(TimeSpan remaining)
    {
        if (!Gone.IsCancellationRequested) _end.Change(remaining, Timeout.InfiniteTimeSpan);
    }

    /// <summary>It is not this worker's any more; only the first reason counts.</summary>
    public void Lose(string reason)
    {
        lock (_gone)
        {
            if (LossReason is not null) return;
            LossReason = reason;
        }
        _gone.Cancel();
    }

    /// <summary>What a lease is known by; one of OWP v0.1 has no id of its own.</summary>
    public static string KeyOf(LeaseView lease) => lease.LeaseId ?? lease.TaskId;

    /// <summary>Stops the clock. The token stays usable: who works may still look at it.</summary>
    public void Dispose() => _end.Dispose();
}
