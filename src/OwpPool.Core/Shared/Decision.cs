namespace OwpPool.Core.Shared;

/// <summary>What a rule answers: the next state, "nothing to do", or a refusal.</summary>
/// <typeparam name="TState">The immutable state that the rule works on.</typeparam>
public readonly record struct Decision<TState> where TState : class
{
    private Decision(TState? next, Refusal? refusal) => (Next, Refusal) = (next, refusal);

    /// <summary>The state to store, carrying the audit events of the change; null when nothing changes.</summary>
    public TState? Next { get; }

    /// <summary>Why not; null when the command is accepted.</summary>
    public Refusal? Refusal { get; }

    /// <summary>The command changes the state to <paramref name="next"/>.</summary>
    public static Decision<TState> Change(TState next) => new(next, null);

    /// <summary>The command is right and has had its effect already: a repeat.</summary>
    public static Decision<TState> Unchanged() => new(null, null);

    /// <summary>The command is refused.</summary>
    public static Decision<TState> Refuse(Refusal refusal) => new(null, refusal);
}
