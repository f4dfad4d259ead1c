namespace OwpPool.Simulation;

/// <summary>A grain that was given a second activation, until nothing can come of it any more.</summary>
internal sealed class SplitGrain
{
    /// <summary>How long an answer that was given in doubt may still be on its way: a call waits 30 s, twice over for a queue.</summary>
    internal static readonly TimeSpan LateAnswer = TimeSpan.FromSeconds(95);

    private readonly List<Activation> _twins = [];
    private Activation? _survivor;
    private TimeSpan? _overSince;

    /// <summary>An activation that lives on beside the one in the catalog.</summary>
    internal void Add(Activation twin)
    {
        _twins.Add(twin);
        (_survivor, _overSince) = (null, null);
    }

    /// <summary>Whether an answer may still come from memory that another activation has overtaken.</summary>
    /// <param name="current">The activation in the catalog; null if there is none.</param>
    /// <param name="elapsed">Now.</param>
    internal bool MayBeStale(Activation? current, TimeSpan elapsed)
    {
        _twins.RemoveAll(twin => twin.State is ActivationState.Invalid);
        if (_twins.Count > 0) return true;
        // The one that is left may have missed what the other stored, for as long as it lives.
        if (_overSince is null) (_survivor, _overSince) = (current, elapsed);
        if (_survivor is not null && _survivor == current)
        {
            _overSince = elapsed;
            return true;
        }
        _survivor = null;
        return elapsed - _overSince < LateAnswer;
    }
}
