using OwpPool.Server.Hosting.Access;

namespace OwpPool.Server.Events;

/// <summary>The place of one open stream; given back by disposing of it.</summary>
public sealed class StreamPlace : IDisposable
{
    private readonly StreamGate _gate;
    private readonly IDisposable _measured;
    private TaskCompletionSource _doubted = NewSignal();
    private int _left;

    internal StreamPlace(StreamGate gate, WorkerCaller? caller, IDisposable measured) => (_gate, Caller, _measured) = (gate, caller, measured);

    /// <summary>Whose it is; null = an admin's.</summary>
    public WorkerCaller? Caller { get; }

    /// <summary>Completes when the caller's credential may have been revoked: take it before looking whether it is.</summary>
    public Task Doubted => Volatile.Read(ref _doubted).Task;

    /// <inheritdoc />
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) != 0) return;
        _gate.Leave(this);
        _measured.Dispose();
    }

    internal void Doubt() => Interlocked.Exchange(ref _doubted, NewSignal()).SetResult();

    // What goes on must not run inside the gate's lock.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
