namespace OwpPool.Core.Tasks;

/// <summary>Which ended leases count as failed attempts, and how long the task then rests (protocol rule 8).</summary>
public static class RequeuePolicy
{
    private static readonly TimeSpan[] Backoffs =
        [TimeSpan.Zero, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)];

    /// <summary>The longest rest of a task that was released; its worker may stay away for longer (protocol §2).</summary>
    public static TimeSpan LongestRest { get; } = TimeSpan.FromMinutes(10);

    /// <summary>How long another worker goes first, after one has failed, lost or released the task (rule 1).</summary>
    public static TimeSpan OthersFirst { get; } = TimeSpan.FromHours(1);

    /// <summary>Whether others go first after a lease that ended so.</summary>
    public static bool PutsOthersFirst(AttemptOutcome outcome) => Counts(outcome) || outcome is AttemptOutcome.Released;

    /// <summary>Expired, failed and lost-with-the-worker count; a release with a reason does not.</summary>
    public static bool Counts(AttemptOutcome outcome) =>
        outcome is AttemptOutcome.Expired or AttemptOutcome.Failed or AttemptOutcome.Offline;

    /// <summary>The rest after the n-th counted attempt: 0 s, 30 s, 2 min, then 10 min.</summary>
    public static TimeSpan Backoff(int attempts) => attempts <= 0 ? TimeSpan.Zero : Backoffs[Math.Min(attempts, Backoffs.Length) - 1];
}
