namespace OwpPool.Simulator;

/// <summary>Which call or tick runs when: one after the other, but for those that may interleave.</summary>
internal sealed partial class Activation
{
    private static readonly object PumpTurn = new();
    private static readonly object ActivateTurn = new();
    private static readonly object DeactivateTurn = new();

    private ActivationState _state;
    private InvocationList _waiting;
    private InvocationList _running;
    private int _runningExclusive;
    private int _runningReadOnly;
    private int _waitingToInterleave;
    private bool _pumpIsDue;
    private bool _isWatched;
    private TaskCompletionSource? _idle;

    internal ActivationState State => _state;

    private bool IsIdle =>
        _state == ActivationState.Invalid || (_running.Count == 0 && _waiting.Count == 0 && _state != ActivationState.Activating);

    /// <summary>Takes the invocation in. False when this activation is gone: then the grain has, or needs, another.</summary>
    internal bool TryEnqueue(Invocation invocation)
    {
        if (_state == ActivationState.Invalid || (invocation.IsLocal && _deactivationBegun)) return false;
        AddWaiting(invocation);
        var mustWatch = !_isWatched && invocation.Deadline != Invocation.NoDeadline;
        _isWatched |= mustWatch;
        if (_state == ActivationState.Created)
        {
            _state = ActivationState.Activating;
            Post(ActivateTurn);
        }
        else if (_state is ActivationState.Valid or ActivationState.Deactivating && MayRun(invocation))
        {
            PumpSoon();
        }
        if (mustWatch) Silo.Watch(this);
        return true;
    }

    /// <summary>Notes that a running invocation has ended and lets what waited for it go on.</summary>
    internal void OnEnded(Invocation invocation, Exception? exception)
    {
        if (exception is not null && _ownConflicts.Remove(exception))
            Deactivate(new DeactivationReason(DeactivationReasonCode.ApplicationError, exception, "Stored state has changed elsewhere."));
        _running.Remove(invocation);
        CountRunning(invocation, -1);
        if (invocation.IsKeepAlive) _lastUsed = Silo.Clock.GetTimestamp();
        if (_running.Count == 0 && _state == ActivationState.Deactivating) Post(DeactivateTurn);
        else if (_waiting.Count > 0) PumpSoon();
        ReportIdle();
    }

    /// <summary>Times out the callers whose deadline has passed.</summary>
    /// <returns>Whether any caller with a deadline is left.</returns>
    internal bool ExpireCalls(long now)
    {
        List<(Invocation Invocation, bool HasBegun)>? expired = null;
        _isWatched = false;
        for (var invocation = _waiting.First; invocation is not null;)
        {
            var next = invocation.Next;
            if (HasExpired(invocation, now))
            {
                RemoveWaiting(invocation);
                (expired ??= []).Add((invocation, false));
            }
            invocation = next;
        }
        for (var invocation = _running.First; invocation is not null; invocation = invocation.Next)
            if (HasExpired(invocation, now)) (expired ??= []).Add((invocation, true));
        foreach (var (invocation, hasBegun) in expired ?? []) invocation.TimeOut(this, hasBegun);
        return _isWatched;
    }

    /// <summary>Completes when nothing is running or waiting.</summary>
    internal Task WhenIdle()
    {
        if (IsIdle) return Task.CompletedTask;
        _idle ??= new TaskCompletionSource();
        return _idle.Task;
    }

    /// <summary>The process is gone: callers that wait, in this process or outside, learn that they get no answer.</summary>
    internal override void Abandon()
    {
        base.Abandon();
        var calls = new List<Invocation>();
        for (var invocation = _waiting.First; invocation is not null; invocation = invocation.Next) calls.Add(invocation);
        for (var invocation = _running.First; invocation is not null; invocation = invocation.Next) calls.Add(invocation);
        foreach (var call in calls) call.Refuse(new SiloUnavailableException($"The silo went away during {call}."));
    }

    protected override void RunWork(object work)
    {
        if (ReferenceEquals(work, PumpTurn))
            RunInline(new Task(static activation => ((Activation)activation!).Pump(), this, TaskCreationOptions.DenyChildAttach));
        else if (ReferenceEquals(work, ActivateTurn))
            RunInline(new Task(static activation => ((Activation)activation!).BeginActivation(), this, TaskCreationOptions.DenyChildAttach));
        else if (ReferenceEquals(work, DeactivateTurn))
            RunInline(new Task(static activation => ((Activation)activation!).BeginDeactivation(), this, TaskCreationOptions.DenyChildAttach));
        else
            base.RunWork(work);
    }

    private bool HasExpired(Invocation invocation, long now)
    {
        if (invocation.Deadline == Invocation.NoDeadline) return false;
        if (invocation.Deadline > now)
        {
            _isWatched = true;
            return false;
        }
        invocation.Deadline = Invocation.NoDeadline;
        return true;
    }

    private void PumpSoon()
    {
        if (_pumpIsDue) return;
        _pumpIsDue = true;
        Post(PumpTurn);
    }

    /// <summary>Begins the first invocation that may run; the next is a turn of its own, so that another activation's may come between.
    /// </summary>
    private void Pump()
    {
        // What the call sets in its execution context, its request context above all, is not for the turns after it.
        var clean = ExecutionContext.Capture();
        _pumpIsDue = false;
        if (TakeNext() is not { } invocation) return;
        invocation.Begin(this);
        if (clean is not null) ExecutionContext.Restore(clean);
        if (_waiting.Count > 0) PumpSoon();
    }

    private Invocation? TakeNext()
    {
        // Asked to end during a call, the activation lets ticks go on between that call's turns, but not past a call for the next activation.
        var isEnding = _state == ActivationState.Deactivating && _running.Count > 0;
        if (_state == ActivationState.Valid || isEnding)
        {
            for (var invocation = FirstThatMightRun(); invocation is not null && !(isEnding && !invocation.IsLocal);)
            {
                var next = invocation.Next;
                if (!invocation.IsWanted)
                {
                    RemoveWaiting(invocation);
                }
                else if (MayRun(invocation))
                {
                    RemoveWaiting(invocation);
                    MarkRunning(invocation);
                    return invocation;
                }
                invocation = next;
            }
        }
        ReportIdle();
        return null;
    }

    private bool MayRun(Invocation invocation) =>
        _runningExclusive == 0
        || invocation.IsAlwaysInterleave
        || Class.IsReentrant
        || (invocation.IsReadOnly && _runningReadOnly == _runningExclusive);

    /// <summary>Spares the walk along a long mailbox when nothing in it could pass the running call.</summary>
    private Invocation? FirstThatMightRun() =>
        _runningExclusive > 0 && _waitingToInterleave == 0 && !Class.IsReentrant ? null : _waiting.First;

    private void AddWaiting(Invocation invocation)
    {
        // Orleans places each of the calls that find no activation by itself: they arrive in any order.
        var isInOrder = _state is not (ActivationState.Created or ActivationState.Activating) || _waiting.Count == 0 || invocation.IsLocal;
        if (isInOrder) _waiting.Add(invocation);
        else _waiting.Insert(invocation, Scheduler.Next(_waiting.Count + 1));
        if (invocation.IsAlwaysInterleave || invocation.IsReadOnly) _waitingToInterleave++;
    }

    private void RemoveWaiting(Invocation invocation)
    {
        _waiting.Remove(invocation);
        if (invocation.IsAlwaysInterleave || invocation.IsReadOnly) _waitingToInterleave--;
    }

    private void MarkRunning(Invocation invocation)
    {
        _running.Add(invocation);
        CountRunning(invocation, 1);
    }

    private void CountRunning(Invocation invocation, int change)
    {
        if (invocation.IsAlwaysInterleave) return;
        _runningExclusive += change;
        if (invocation.IsReadOnly) _runningReadOnly += change;
    }

    private void ReportIdle()
    {
        if (_idle is null || !IsIdle) return;
        _idle.SetResult();
        _idle = null;
    }
}
