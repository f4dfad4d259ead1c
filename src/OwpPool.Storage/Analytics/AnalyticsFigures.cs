using OwpPool.Core.Analytics;

namespace OwpPool.Storage.Analytics;

/// <summary>How work has flowed, and what holds it up.</summary>
/// <param name="Repo">The repo as first written; null = the whole pool.</param>
/// <param name="From">Begin of the period.</param>
/// <param name="To">Its end: the present.</param>
/// <param name="Metrics">What the event log tells.</param>
/// <param name="ReadyWait">Mean wait for a worker.</param>
/// <param name="ReviewWait">Mean wait for review.</param>
/// <param name="ReviewQueue">Tasks under review now.</param>
/// <param name="Bottlenecks">See <see cref="Core.Analytics.Bottlenecks"/>.</param>
public sealed record AnalyticsFigures(
    string? Repo, DateTimeOffset From, DateTimeOffset To, FlowMetrics Metrics, Waits ReadyWait, Waits ReviewWait, long ReviewQueue,
    IReadOnlyList<string> Bottlenecks);
