namespace OwpPool.Cli.Run;

/// <summary>How a worker takes work, whatever it does with it.</summary>
internal sealed record RunnerSettings
{
    /// <summary>Tasks at once, 1..20. The pool's own limits of the worker hold too.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>Takes tasks of these repos only; none = of any.</summary>
    public IReadOnlyList<string> Repos { get; init; } = [];

    /// <summary>Time between two heartbeats; shorter ones come by themselves where a lease is short.</summary>
    public TimeSpan HeartbeatEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long one request for work waits for some, up to a minute.</summary>
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Ends when it is used up. Workers that share it take no more than it together.</summary>
    public TaskAllowance Allowance { get; init; } = new(null);

    /// <summary>Asks once, does what that brings, and ends.</summary>
    public bool Once { get; init; }

    /// <summary>After so many tasks in a row that failed, none delivered between, the worker pauses itself; null = never.</summary>
    public int? PauseAfter { get; init; }

    /// <summary>When a task that was blocked is tried again.</summary>
    public TimeSpan RetryBlocked { get; init; } = TimeSpan.FromMinutes(15);
}
