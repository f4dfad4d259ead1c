namespace OwpPool.Storage.EventLog;

/// <summary>A stretch of the log.</summary>
/// <param name="Events">Those of the stretch that were asked for, oldest first; may be none.</param>
/// <param name="UpTo">The whole log up to and with this number has been looked at: go on after it.</param>
/// <param name="Last">The last event of the stretch, whether it was asked for or not; null = there is none.</param>
public readonly record struct EventPage(IReadOnlyList<PoolEvent> Events, long UpTo, PoolEvent? Last = null);
