namespace OwpPool.Storage.Audit;

/// <summary>What retention has removed.</summary>
/// <param name="Through">The number of the last event removed.</param>
/// <param name="UnreadBy">The consumers (<see cref="EventLog.EventCursors"/>) that had not read up to there, and for whom it was kept as
/// long as it may be.</param>
public sealed record AuditTrim(long Through, IReadOnlyList<string> UnreadBy);
