namespace OwpPool.Simulator;

/// <summary>A timer whose ticks are turns of its activation. The clock's timer is one-shot and armed anew when a tick has ended, so ticks
/// never overlap or pile up; a tick due at once goes straight to the mailbox.</summary>
internal sealed class GrainTimer : IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly CancellationTokenSource _cancellation = new();
    private readonly Tick _tick;
    private readonly ITimer _timer;
    private TimeSpan _dueTime;
    private TimeSpan _period;
    private bool _ticking;
    private bool _disposed;

    internal GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        _activation = activation;
        _callback = callback;
        _tick = new Tick(this, options.Interleave, options.KeepAlive);
        using (SuppressedFlow.Begin())
        {
            _timer = activation.Silo.Clock.CreateTimer(
                static timer => ((GrainTimer)timer!).OnDue(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        Check(dueTime, nameof(dueTime));
        Check(period, nameof(period));
        if (_disposed) return;
        (_dueTime, _period) = (dueTime, period);
        if (!_ticking) Arm();
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _timer.Dispose();
        _cancellation.Cancel();
        _activation.Forget(this);
    }

    private static void Check(TimeSpan span, string name)
    {
        const double LongestMilliseconds = 0xfffffffe;
        if (span != Timeout.InfiniteTimeSpan && (span < TimeSpan.Zero || span.TotalMilliseconds > LongestMilliseconds))
            throw new ArgumentOutOfRangeException(name, span, "A grain timer needs a span of zero to 49 days, or Timeout.InfiniteTimeSpan.");
    }

    private void Arm()
    {
        var isDue = _dueTime == TimeSpan.Zero;
        _timer.Change(isDue ? Timeout.InfiniteTimeSpan : _dueTime, Timeout.InfiniteTimeSpan);
        if (isDue) OnDue();
    }

    private void OnDue()
    {
        if (_disposed) return;
        _ticking = true;
        // A change from now on, while the tick waits or runs, counts from its end.
        _dueTime = _period;
        _activation.TryEnqueue(_tick);
    }

    private Task RunTickAsync()
    {
        if (_cancellation.IsCancellationRequested) return Task.CompletedTask;
        try
        {
            return _callback(_cancellation.Token);
        }
        catch (Exception exception)
        {
            return Task.FromException(exception);
        }
    }

    private void ArmNextTick()
    {
        _ticking = false;
        if (!_disposed) Arm();
    }

    /// <summary>The one mailbox entry of a timer, used again for every tick.</summary>
    private sealed class Tick(GrainTimer timer, bool interleave, bool keepAlive) : Invocation
    {
        internal override bool IsAlwaysInterleave => interleave;

        internal override bool IsReadOnly => false;

        internal override bool IsKeepAlive => keepAlive;

        internal override bool IsLocal => true;

        internal override bool IsWanted => true;

        internal override void Begin(Activation activation) =>
            timer.RunTickAsync().ContinueWith(
                (ended, _) => End(activation, ended.Exception?.InnerException),
                null,
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                activation);

        internal override void Arrive() => throw new InvalidOperationException("A timer tick has no caller.");

        internal override void Refuse(Exception reason)
        {
        }

        internal override void TimeOut(Activation? activation, bool hasBegun) =>
            throw new InvalidOperationException("A timer tick has no deadline.");

        private void End(Activation activation, Exception? exception)
        {
            if (exception is not null) activation.Silo.Log.TimerFailed(activation.GrainId, exception);
            activation.OnEnded(this, exception);
            timer.ArmNextTick();
        }
    }
}
