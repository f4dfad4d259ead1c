namespace OwpPool.Simulator;

internal sealed partial class Activation
{
    private HashSet<GrainTimer>? _timers;

    internal IGrainTimer RegisterTimer<TState>(
        Func<TState, CancellationToken, Task> callback, TState state, GrainTimerCreationOptions options)
    {
        if (!ReferenceEquals(Turn.Current, this))
            throw new InvalidOperationException("A grain timer can only be registered from within a turn of its grain.");
        var timer = new GrainTimer(this, token => callback(state, token), options);
        (_timers ??= []).Add(timer);
        timer.Change(options.DueTime, options.Period);
        return timer;
    }

    internal void Forget(GrainTimer timer) => _timers?.Remove(timer);

    private void DisposeTimers()
    {
        var timers = _timers?.ToArray() ?? [];
        _timers = null;
        foreach (var timer in timers) timer.Dispose();
    }
}
