namespace OwpPool.Cli.Run;

/// <summary>How a simulated worker works. Lengths are means: each is up to 30 % shorter or longer.</summary>
internal sealed record SimulationSettings
{
    /// <summary>From getting a task to beginning with it.</summary>
    public TimeSpan StartDelay { get; init; }

    /// <summary>From beginning to the pull request.</summary>
    public TimeSpan OpenDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>As much more for each point of the task.</summary>
    public TimeSpan DelayPerPoint { get; init; }

    /// <summary>Says itself that its pull requests are merged.</summary>
    public bool Merge { get; init; }

    /// <summary>From the pull request to its merge.</summary>
    public TimeSpan MergeDelay { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What the numbers of pull requests follow; null = the repo's on github.com.</summary>
    public Uri? PullRequestBase { get; init; }

    /// <summary>2 = twice as fast.</summary>
    public double Speed { get; init; } = 1;

    /// <summary>Part of the tasks that fail, 0..1.</summary>
    public double FailureRate { get; init; }

    /// <summary>Part of the tasks in whose middle the worker is never heard of again, 0..1.</summary>
    public double AbandonRate { get; init; }

    /// <summary>The same seed gives the same fates to the same tasks.</summary>
    public int Seed { get; init; }
}
