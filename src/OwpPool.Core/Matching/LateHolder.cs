using OwpPool.Core.Tasks;

namespace OwpPool.Core.Matching;

/// <summary>A worker that had a task and failed, lost or released it (protocol rule 1).</summary>
/// <param name="WorkerId">Which one.</param>
/// <param name="OthersFirstUntil">Until then it gets the task only if nobody else who is online could take it.</param>
/// <param name="AwayUntil">Until then it does not get the task at all: it said so itself. Null = it did not.</param>
public sealed record LateHolder(string WorkerId, DateTimeOffset OthersFirstUntil, DateTimeOffset? AwayUntil)
{
    /// <summary>Whether the worker has to wait at <paramref name="now"/>, if only for others.</summary>
    public bool IsLate(DateTimeOffset now) => now < OthersFirstUntil || now < AwayUntil;

    /// <summary>What a task's past leases say, the latest of each worker.</summary>
    public static IReadOnlyList<LateHolder> Of(IReadOnlyList<Attempt> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        // Most tasks have no past.
        if (history.Count == 0) return [];
        var latest = new Dictionary<string, LateHolder>(StringComparer.Ordinal);
        foreach (var attempt in history)
            if (RequeuePolicy.PutsOthersFirst(attempt.Outcome))
                latest[attempt.WorkerId] = new LateHolder(attempt.WorkerId, attempt.EndedAt + RequeuePolicy.OthersFirst, attempt.AwayUntil);
        return [.. latest.Values];
    }
}

/// <summary>A worker as others see it who ask whether it could take a task.</summary>
/// <param name="Capability">What it could take if it held nothing.</param>
/// <param name="Rejected">The tasks that it rejected lately.</param>
public sealed record OnlineWorker(WorkerCapability Capability, IReadOnlyList<string> Rejected);
