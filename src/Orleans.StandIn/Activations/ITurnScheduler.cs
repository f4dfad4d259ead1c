namespace Orleans.Runtime;

/// <summary>The seam through which everything that could happen in another order goes: turns and replies. The default hands them to the
/// thread pool; the simulator picks the next one itself. Timers go through the silo's TimeProvider.</summary>
internal interface ITurnScheduler
{
    /// <summary>Whether each turn is to be taken on its own, so that another activation's may come between.</summary>
    bool TakesSingleTurns { get; }

    /// <summary>How tasks complete that somebody waits for: in the open, callers go on elsewhere than on the completing stack.</summary>
    TaskCreationOptions CompletionOptions { get; }

    /// <summary><paramref name="queue"/> has become ready; run its turns some time from now, never on this stack.</summary>
    void Schedule(TurnQueue queue);

    /// <summary>A call is about to be sent. True: it is on its way for a while and goes to <see cref="Silo.Forward"/> later; the default
    /// never postpones.</summary>
    bool Postpone(Silo silo, GrainId target, Invocation call);

    /// <summary>A call has ended; its caller is to learn of it by <see cref="Invocation.Arrive"/>.</summary>
    void Deliver(Invocation ended);

    /// <summary>Which of possibly several activations of a grain gets the call; the default knows only the one given.</summary>
    Activation Route(Activation registered);
}
