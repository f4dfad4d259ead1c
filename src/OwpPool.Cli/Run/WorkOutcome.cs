namespace OwpPool.Cli.Run;

/// <summary>What came of the work on a task.</summary>
internal enum OutcomeKind
{
    /// <summary>It is done and waits for review.</summary>
    Delivered,

    /// <summary>It waits for something; the task is kept and tried again.</summary>
    Blocked,

    /// <summary>Not now: the task goes back and no attempt is counted.</summary>
    Later,

    /// <summary>Not by this worker: the task goes back, no attempt is counted, and it is not taken again.</summary>
    Refused,

    /// <summary>It did not work out: the task goes back and the attempt is counted.</summary>
    Failed,

    /// <summary>The worker could not even begin, by a fault of its own: the task goes back, no attempt is counted, and it is not taken
    /// again.</summary>
    Unable,
}

/// <summary>What came of the work on a task, and what to tell about it.</summary>
internal sealed record WorkOutcome(OutcomeKind Kind)
{
    /// <summary>Why, or what; the next worker or the reviewer reads it.</summary>
    public string? Message { get; init; }

    /// <summary>Of a delivery; null = it has none.</summary>
    public Uri? PullRequest { get; init; }

    /// <summary>The commit that was delivered; null = not known.</summary>
    public string? CommitSha { get; init; }

    /// <summary>What is wrong with the worker and what to do about it, for those who run it; null = nothing. The pool is not told of it: it
    /// names folders of this machine.</summary>
    public string? Advice { get; init; }

    /// <summary>No other task would go better: the worker takes none any more.</summary>
    public bool EndsWorker { get; init; }

    /// <summary>How long the task rests when it goes back without an attempt.</summary>
    public int RestSeconds { get; init; }
}
