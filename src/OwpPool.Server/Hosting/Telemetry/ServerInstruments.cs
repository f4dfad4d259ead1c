using System.Diagnostics.Metrics;

namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>The meter <c>OwpPool.Server</c>: requests, and the line of long polls.</summary>
public sealed class ServerInstruments : IDisposable
{
    private readonly Meter _meter = new("OwpPool.Server");
    private readonly Histogram<double> _requests;
    private readonly Counter<long> _wakeups;

    public ServerInstruments()
    {
        _requests = _meter.CreateHistogram<double>("owp.http.request.duration", "s", "Time to answer a request, waiting included.");
        _wakeups = _meter.CreateCounter<long>("owp.work.wakeups", "{wakeup}", "Long polls woken to claim again.");
    }

    /// <summary>A request was answered.</summary>
    public void Answered(string method, string route, int status, TimeSpan duration) => _requests.Record(
        duration.TotalSeconds, new("method", method), new("route", route), new("status", status));

    /// <summary>A long poll was woken.</summary>
    public void Woken() => _wakeups.Add(1);

    /// <summary>Says how many long polls wait, whenever somebody asks.</summary>
    public void ObserveWaiters(Func<int> count) =>
        _meter.CreateObservableGauge("owp.work.waiters", count, "{waiter}", "Long polls that wait for work.");

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();
}
