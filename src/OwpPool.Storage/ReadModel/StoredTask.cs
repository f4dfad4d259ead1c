using OwpPool.Storage.EventLog;

namespace OwpPool.Storage.ReadModel;

/// <summary>A task as it is stored, with what happened to it, of one instant.</summary>
/// <param name="State">UTF-8 JSON.</param>
/// <param name="Timeline">Oldest first.</param>
public sealed record StoredTask(byte[] State, IReadOnlyList<PoolEvent> Timeline);
