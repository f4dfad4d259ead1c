namespace OwpPool.Core.Tasks;

/// <summary>Which ended leases count as failed attempts, and how long the task then rests (protocol rule 8).</summary>
public static class RequeuePolicy
{
    private static readonly TimeSpan[] Backoffs =
        [TimeSpan.Zero, TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2), TimeSpan.FromMinutes(10)];

    /// <summary>Expired, failed and lost-with-the-worker count; a release with a reason does not.</summary>
    public static bool Counts(AttemptOutcome outcome) =>
        outcome is AttemptOutcome.Expired or AttemptOutcome.Failed or AttemptOutcome.Offline;

    /// <summary>The rest after the n-th counted attempt: 0 s, 30 s, 2 min, then 10 min.</summary>
    public static TimeSpan Backoff(int attempts) => attempts <= 0 ? TimeSpan.Zero : Backoffs[Math.Min(attempts, Backoffs.Length) - 1];
}
