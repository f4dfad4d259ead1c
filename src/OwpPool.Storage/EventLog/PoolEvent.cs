namespace OwpPool.Storage.EventLog;

/// <summary>One change, as it was recorded with it.</summary>
/// <param name="Seq">Grows by commit order; never used twice. May have gaps.</param>
/// <param name="At">When, by the clock of the grain that decided it; the start of 1970 where the row was damaged.</param>
/// <param name="Type">What happened, in the past tense.</param>
/// <param name="Actor">Who: a worker, an admin, GitHub or the pool itself.</param>
/// <param name="Target">The task, worker or repo that changed.</param>
/// <param name="Repo">The canonical repo key, where there is one.</param>
/// <param name="Details">A JSON object.</param>
public sealed record PoolEvent(long Seq, DateTimeOffset At, string Type, string Actor, string Target, string? Repo, string Details)
{
    /// <summary>Stands for the event and all before it: the beginning of its hash in the audit log's chain. The same number in another history
    /// has another mark. Null where the event was not sealed.</summary>
    public string? Mark { get; init; }
}
