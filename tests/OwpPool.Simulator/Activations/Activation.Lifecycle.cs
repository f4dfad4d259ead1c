namespace OwpPool.Simulator;

/// <summary>From the first call to the end.</summary>
internal sealed partial class Activation
{
    private readonly List<IStoredState> _states = [];
    private readonly HashSet<Exception> _ownConflicts = new(ReferenceEqualityComparer.Instance);
    private long _lastUsed;
    private long _keepUntil = long.MinValue;
    private bool _wasValid;
    private bool _deactivationBegun;
    private DeactivationReason _reason;
    private Exception? _activationFailure;

    public void Deactivate(DeactivationReason deactivationReason, CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested || _state is ActivationState.Deactivating or ActivationState.Invalid) return;
        var before = _state;
        _reason = deactivationReason;
        _wasValid = before == ActivationState.Valid;
        _state = ActivationState.Deactivating;
        if (before != ActivationState.Activating && _running.Count == 0) Post(DeactivateTurn);
    }

    internal void DelayDeactivation(TimeSpan span) => _keepUntil = span <= TimeSpan.Zero ? long.MinValue : Silo.TimestampAfter(span);

    /// <summary>The grain under construction has a state, which is to be read before it serves.</summary>
    internal void Add(IStoredState state) => _states.Add(state);

    /// <summary>A state of this activation is out of date; the exception ends the activation where it comes out of the grain.</summary>
    internal void NoteConflict(Exception conflict) => _ownConflicts.Add(conflict);

    /// <summary>Begins deactivation if nobody has used the activation for longer than its class allows.</summary>
    internal void CollectIfIdle(long now)
    {
        if (_ageLimit is not { } limit || _state != ActivationState.Valid || !IsIdle || now < _keepUntil) return;
        if (Silo.Clock.GetElapsedTime(_lastUsed, now) < limit) return;
        Deactivate(new DeactivationReason(DeactivationReasonCode.ActivationIdle, $"Nobody has called the grain for {limit}."));
    }

    private void BeginActivation() => _ = ActivateAsync();

    private async Task ActivateAsync()
    {
        try
        {
            using var cancellation = new CancellationTokenSource();
            await WithTimeoutAsync(PrepareAsync(cancellation.Token), Silo.Collection.ActivationTimeout, cancellation);
        }
        catch (Exception exception)
        {
            Silo.Log.ActivationFailed(GrainId, exception);
            _activationFailure = exception;
        }
        if (_activationFailure is { } failure && _state == ActivationState.Activating)
        {
            _reason = new DeactivationReason(DeactivationReasonCode.ActivationFailed, failure, "The grain could not be activated.");
            _state = ActivationState.Deactivating;
        }
        if (_state == ActivationState.Activating)
        {
            _state = ActivationState.Valid;
            _lastUsed = Silo.Clock.GetTimestamp();
            PumpSoon();
            return;
        }
        Post(DeactivateTurn);
    }

    /// <summary>Constructs the grain, reads its state, runs OnActivateAsync; the last two in the request context of a call that waits.</summary>
    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        GrainInstance = Class.CreateInstance(this);
        _waiting.First?.EnterContext();
        if (_states.Count == 1) await _states[0].ReadStateAsync(cancellationToken);
        else if (_states.Count > 1) await Task.WhenAll(_states.Select(state => state.ReadStateAsync(cancellationToken)));
        if (GrainInstance is IGrainBase grain) await grain.OnActivateAsync(cancellationToken);
    }

    private void BeginDeactivation()
    {
        if (_deactivationBegun) return;
        _deactivationBegun = true;
        _ = DeactivateAsync();
    }

    private async Task DeactivateAsync()
    {
        DisposeTimers();
        if (_wasValid && GrainInstance is IGrainBase grain) await RunOnDeactivateAsync(grain);
        var left = Retire();
        await DisposeGrainAsync();
        foreach (var invocation in left)
        {
            if (_activationFailure is { } failure) invocation.Refuse(failure);
            else if (!invocation.IsLocal) Silo.Forward(GrainId, invocation);
        }
        _deactivated.TrySetResult();
    }

    private async Task RunOnDeactivateAsync(IGrainBase grain)
    {
        try
        {
            using var cancellation = new CancellationTokenSource();
            await WithTimeoutAsync(grain.OnDeactivateAsync(_reason, cancellation.Token), Silo.Collection.DeactivationTimeout, cancellation);
        }
        catch (Exception exception)
        {
            Silo.Log.DeactivationFailed(GrainId, exception);
        }
    }

    /// <summary>Leaves the catalog, so that the next call makes a new activation.</summary>
    /// <returns>The invocations that were waiting.</returns>
    private List<Invocation> Retire()
    {
        var left = new List<Invocation>();
        _state = ActivationState.Invalid;
        Silo.Remove(this);
        while (_waiting.First is { } invocation)
        {
            RemoveWaiting(invocation);
            left.Add(invocation);
        }
        ReportIdle();
        return left;
    }

    private async Task DisposeGrainAsync()
    {
        try
        {
            if (GrainInstance is { } instance) await Class.DisposeInstance(this, instance);
        }
        catch (Exception exception)
        {
            Silo.Log.DeactivationFailed(GrainId, exception);
        }
    }

    private async Task WithTimeoutAsync(Task work, TimeSpan timeout, CancellationTokenSource cancellation)
    {
        if (!work.IsCompleted)
        {
            try
            {
                await work.WaitAsync(timeout, Silo.Clock, CancellationToken.None);
            }
            catch (TimeoutException) when (!work.IsCompleted)
            {
                cancellation.Cancel();
                throw new TaskCanceledException($"This has not ended in {timeout}.");
            }
        }
        await work;
    }
}
