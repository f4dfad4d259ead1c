using System.Collections.Concurrent;

namespace Orleans.Runtime;

internal sealed partial class Silo
{
    /// <summary>Timeouts are noticed this much late at most. One look a second at the busy activations costs a call next to
    /// nothing.</summary>
    private static readonly TimeSpan DeadlineResolution = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<Activation> _watched = new();
    private readonly ITimer _deadlineTimer;
    private readonly ITimer _collectionTimer;
    private int _isDeadlineTimerArmed;

    /// <summary>The activation has begun to have callers that can time out.</summary>
    internal void Watch(Activation activation)
    {
        _watched.Enqueue(activation);
        ArmDeadlineTimer();
    }

    private void ArmDeadlineTimer()
    {
        if (Interlocked.Exchange(ref _isDeadlineTimerArmed, 1) == 0)
            _deadlineTimer.Change(DeadlineResolution, Timeout.InfiniteTimeSpan);
    }

    private void ExpireCalls()
    {
        var now = Clock.GetTimestamp();
        for (var left = _watched.Count; left > 0 && _watched.TryDequeue(out var activation); left--)
        {
            if (activation.ExpireCalls(now))
                _watched.Enqueue(activation);
        }
        Volatile.Write(ref _isDeadlineTimerArmed, 0);
        if (!_watched.IsEmpty)
            ArmDeadlineTimer();
    }

    private void CollectIdleActivations()
    {
        var now = Clock.GetTimestamp();
        foreach (var (_, activation) in _catalog)
            activation.CollectIfIdle(now);
    }
}
