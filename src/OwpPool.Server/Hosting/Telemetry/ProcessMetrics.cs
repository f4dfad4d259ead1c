using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>The meter <c>OwpPool.Process</c>: what every Prometheus client tells of its process, under the names that dashboards know.
/// </summary>
public sealed class ProcessMetrics : IDisposable
{
    private readonly Meter _meter = new("OwpPool.Process");

    /// <summary>Begins to answer.</summary>
    public ProcessMetrics()
    {
        using var self = Process.GetCurrentProcess();
        var started = new DateTimeOffset(self.StartTime).ToUnixTimeMilliseconds() / 1000d;
        _meter.CreateObservableGauge("process.start.time", () => started, "s", "When the process started, since 1970.");
        _meter.CreateObservableCounter("process.cpu", static () => Environment.CpuUsage.TotalTime.TotalSeconds, "s", "CPU time that it has used.");
        _meter.CreateObservableGauge("process.resident.memory", static () => Environment.WorkingSet, "By", "Memory that it has in use.");
        _meter.CreateObservableGauge("process.open.fds", static () => Measured(OpenFiles.Count), null, "Files that it has open.");
        _meter.CreateObservableGauge("process.max.fds", static () => Measured(OpenFiles.Limit), null, "Files that it may have open.");
    }

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<long>> Measured(int? value) => value is { } known ? [new(known)] : [];
}
