namespace OwpPool.Core.GitHub;

/// <summary>What GitHub has said of one pull request, in whatever order it was heard: how it stands now, and what is asked of its task.
/// Signals tell their time in whole seconds. Of several in one second the acts tell which came last: a pull request is opened before it is
/// closed, and closed before it is reopened if it was open before that second. A merge is for good.</summary>
public sealed record PullRequestStory
{
    /// <summary>The last signal, with how the pull request stands at the end of its second.</summary>
    public required PullRequestSignal Latest { get; init; }

    /// <summary>In the latest second it was closed.</summary>
    public bool IsClosed { get; init; }

    /// <summary>In the latest second it was reopened.</summary>
    public bool IsReopened { get; init; }

    /// <summary>In the latest second it became a draft.</summary>
    public bool IsMadeDraft { get; init; }

    /// <summary>In the latest second it became ready for review.</summary>
    public bool IsMadeReady { get; init; }

    /// <summary>The last signal of an earlier second; null = none is known.</summary>
    public PullRequestSignal? Before { get; init; }

    /// <summary>When review was last asked for; null = never.</summary>
    public DateTimeOffset? AskedAt { get; init; }

    /// <summary>The last demand for changes, or that it became a draft; null = none.</summary>
    public PullRequestSignal? Demand { get; init; }

    /// <summary>The time of the demand that the task has been told of; null = none.</summary>
    public DateTimeOffset? ToldDemandAt { get; init; }

    /// <summary>The demand that stands: the pull request is open, and review was not asked for since. In one second the demand counts.
    /// </summary>
    public PullRequestSignal? StandingDemand =>
        Latest.IsOpen && Demand is not null && !(AskedAt > Demand.UpdatedAt) && (!Demand.IsDraft || Latest.IsDraft) ? Demand : null;

    /// <summary>The demand that stands and that the task has not been told of.</summary>
    public PullRequestSignal? UntoldDemand => StandingDemand is { } demand && demand.UpdatedAt != ToldDemandAt ? demand : null;

    /// <summary>The story that begins with a signal.</summary>
    public static PullRequestStory Begin(PullRequestSignal signal) =>
        WithActs(new PullRequestStory { Latest = signal }.After(signal) with { Before = null }, signal);

    /// <summary>The story with one more signal; the same one for a repeat, and for what is older and changes nothing.</summary>
    public PullRequestStory With(PullRequestSignal signal)
    {
        ArgumentNullException.ThrowIfNull(signal);
        if (Latest.IsMerged) return this;
        if (signal.IsMerged) return this with { Latest = signal };
        var next = signal.UpdatedAt > Latest.UpdatedAt ? After(signal)
            : signal.UpdatedAt < Latest.UpdatedAt ? WithEarlier(signal)
            : signal.IsAsked ? this with { Latest = signal, IsClosed = !signal.IsOpen, IsReopened = false, IsMadeDraft = false, IsMadeReady = false }
            : WithinSecond(signal);
        next = WithActs(next, signal);
        return next.WithTurns(this);
    }

    /// <summary>What the task is to be told, as one signal: how the pull request stands, and what has been asked since
    /// <paramref name="before"/>.</summary>
    public PullRequestSignal NewsSince(PullRequestStory? before)
    {
        var asks = Latest.IsOpen && !Latest.IsDraft && AskedAt is not null && AskedAt != before?.AskedAt && StandingDemand is null;
        var demand = UntoldDemand;
        return Latest with { AsksForReview = asks, ChangesRequested = demand is not null, Sender = demand?.Sender ?? Latest.Sender };
    }

    private PullRequestStory After(PullRequestSignal signal) => this with
    {
        Latest = signal,
        Before = Latest,
        IsClosed = !signal.IsOpen,
        IsReopened = signal.IsReopened,
        IsMadeDraft = IsDraftAct(signal),
        IsMadeReady = signal.IsMadeReady,
    };

    private PullRequestStory WithEarlier(PullRequestSignal signal)
    {
        if (signal.UpdatedAt <= Before?.UpdatedAt) return this;
        return (this with { Before = signal }).Resolved();
    }

    private PullRequestStory WithinSecond(PullRequestSignal signal)
    {
        var next = this with
        {
            IsClosed = IsClosed || !signal.IsOpen,
            IsReopened = IsReopened || signal.IsReopened,
            IsMadeDraft = IsMadeDraft || IsDraftAct(signal),
            IsMadeReady = IsMadeReady || signal.IsMadeReady,
            // Its text may have come to name a task within the second.
            Latest = Latest.NamedTask is not null && signal.NamedTask is null ? Latest : signal,
        };
        return next.Resolved();
    }

    /// <summary>How it stands at the end of the latest second, by what happened in it.</summary>
    private PullRequestStory Resolved()
    {
        if (Latest.IsMerged) return this;
        var isOpen = !IsClosed || (IsReopened && Before?.IsOpen != false);
        var isDraft = (IsMadeDraft, IsMadeReady) switch
        {
            (true, true) => Before?.IsDraft == true,
            (true, false) => true,
            (false, true) => false,
            _ => Latest.IsDraft,
        };
        return this with { Latest = Latest with { IsOpen = isOpen, IsDraft = isDraft } };
    }

    private static PullRequestStory WithActs(PullRequestStory story, PullRequestSignal signal)
    {
        var asks = signal.IsOpen && signal.AsksForReview && !signal.IsDraft;
        if (asks && !(story.AskedAt >= signal.UpdatedAt)) story = story with { AskedAt = signal.UpdatedAt };
        var isDemand = signal.IsOpen && signal.ChangesRequested;
        return isDemand && !(story.Demand?.UpdatedAt >= signal.UpdatedAt) ? story with { Demand = signal } : story;
    }

    /// <summary>The act may not have been heard of by which the pull request came to stand as it does.</summary>
    private PullRequestStory WithTurns(PullRequestStory before)
    {
        if (!Latest.IsOpen) return this;
        var (at, story) = (Latest.UpdatedAt, this);
        var isAsked = !before.Latest.IsOpen || (before.Latest.IsDraft && !Latest.IsDraft);
        if (isAsked && !Latest.IsDraft && !(AskedAt >= at)) story = story with { AskedAt = at };
        var isDraftNow = before.Latest is { IsOpen: true, IsDraft: false } && Latest.IsDraft;
        return isDraftNow && !(Demand?.UpdatedAt >= at) ? story with { Demand = Latest with { ChangesRequested = true } } : story;
    }

    private static bool IsDraftAct(PullRequestSignal signal) => signal is { ChangesRequested: true, IsDraft: true };
}
