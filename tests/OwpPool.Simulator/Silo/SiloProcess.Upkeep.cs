namespace OwpPool.Simulator;

/// <summary>What the silo looks at now and then: calls that last too long, activations that nobody uses.</summary>
internal sealed partial class SiloProcess
{
    /// <summary>Timeouts are noticed this much late at most. A clock's timer for each call would fill the clock's queue.</summary>
    private static readonly TimeSpan DeadlineResolution = TimeSpan.FromSeconds(1);

    private readonly Queue<Activation> _watched = new();
    private readonly ITimer _deadlineTimer;
    private readonly ITimer _collectionTimer;
    private bool _isDeadlineTimerArmed;

    /// <summary>The activation has begun to have callers that can time out.</summary>
    internal void Watch(Activation activation)
    {
        _watched.Enqueue(activation);
        ArmDeadlineTimer();
    }

    private void ArmDeadlineTimer()
    {
        if (_isDeadlineTimerArmed) return;
        _isDeadlineTimerArmed = true;
        _deadlineTimer.Change(DeadlineResolution, Timeout.InfiniteTimeSpan);
    }

    private void ExpireCalls()
    {
        var now = Clock.GetTimestamp();
        for (var left = _watched.Count; left > 0 && _watched.TryDequeue(out var activation); left--)
            if (activation.ExpireCalls(now)) _watched.Enqueue(activation);
        _isDeadlineTimerArmed = false;
        if (_watched.Count > 0) ArmDeadlineTimer();
    }

    private void CollectIdleActivations()
    {
        var now = Clock.GetTimestamp();
        foreach (var activation in _catalog.Values.ToList()) activation.CollectIfIdle(now);
    }
}
