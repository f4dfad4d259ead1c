namespace OwpPool.Simulator;

/// <summary>An activation only ever moves down this list.</summary>
internal enum ActivationState
{
    /// <summary>Known to the catalog; nothing has run yet.</summary>
    Created,

    /// <summary>The grain is being constructed, its state read, OnActivateAsync run.</summary>
    Activating,

    /// <summary>Takes calls.</summary>
    Valid,

    /// <summary>Lets running turns end, then runs OnDeactivateAsync. Calls wait for the next activation.</summary>
    Deactivating,

    /// <summary>Gone.</summary>
    Invalid,
}
