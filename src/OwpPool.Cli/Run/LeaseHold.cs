using OwpPool.Client;

namespace OwpPool.Cli.Run;

/// <summary>A lease as long as this worker believes that it holds it.</summary>
/// <remarks>Its end is counted by this machine's clock from the remaining time that the pool tells: the clocks need not agree.</remarks>
internal sealed class LeaseHold : IDisposable
{
    /// <summary>A timer that is later than this was not late by itself: this process was stopped, or its machine.</summary>
    private static readonly TimeSpan Lateness = TimeSpan.FromSeconds(2);

    /// <summary>How long the pool may take to say what is still held. After that the work stops: another worker may hold the lease.</summary>
    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(15);

    private readonly CancellationTokenSource _gone = new();
    private readonly TimeProvider _time;
    private readonly Action _ask;
    private readonly ITimer _end;
    private long _setAt;
    private TimeSpan _length;

    /// <param name="lease">As it was granted.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ask">Asks the pool what is still held; its answer comes as <see cref="Remains"/> or <see cref="Lose"/>.</param>
    public LeaseHold(LeaseView lease, TimeProvider time, Action ask)
    {
        Lease = lease;
        (_time, _ask) = (time, ask);
        AddedAt = time.GetTimestamp();
        _end = time.CreateTimer(_ => End(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        // Right for a lease just granted; for an older one the next heartbeat's answer says how long it still is.
        Set(TimeSpan.FromSeconds(Math.Max(1, lease.LeaseTtlSeconds)));
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
    /// <param name="remaining">When it was asked.</param>
    /// <param name="onTheWay">How long the answer took.</param>
    public void Remains(TimeSpan remaining, TimeSpan onTheWay)
    {
        if (Gone.IsCancellationRequested) return;
        var left = remaining - onTheWay;
        // An answer that was read so late tells nothing of now.
        if (left <= TimeSpan.Zero && onTheWay > Lateness) AskFirst();
        else Set(left > TimeSpan.Zero ? left : TimeSpan.Zero);
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

    private void Set(TimeSpan length)
    {
        lock (_gone) (_setAt, _length) = (_time.GetTimestamp(), length);
        _end.Change(length, Timeout.InfiniteTimeSpan);
    }

    private void End()
    {
        TimeSpan late;
        lock (_gone) late = _time.GetElapsedTime(_setAt) - _length;
        if (late > Lateness) AskFirst();
        else Lose("lease_expired");
    }

    /// <summary>While this process was stopped it could not hear that the lease goes on.</summary>
    private void AskFirst()
    {
        Set(Answer);
        _ask();
    }

    /// <summary>What a lease is known by; one of OWP v0.1 has no id of its own.</summary>
    public static string KeyOf(LeaseView lease) => lease.LeaseId ?? lease.TaskId;

    /// <summary>Stops the clock. The token stays usable: who works may still look at it.</summary>
    public void Dispose() => _end.Dispose();
}
