using System.Diagnostics.Metrics;

namespace OwpPool.Server.Events;

/// <summary>The meter <c>OwpPool.Streams</c>: live streams, what they sent, and how far they are behind.</summary>
public sealed class StreamInstruments : IDisposable
{
    private readonly Meter _meter = new("OwpPool.Streams");
    private readonly UpDownCounter<long> _open;
    private readonly Counter<long> _sent;
    private readonly Counter<long> _cutOff;
    private readonly Histogram<double> _lag;

    public StreamInstruments()
    {
        _open = _meter.CreateUpDownCounter<long>("owp.streams.open", "{stream}", "Live streams that are open.");
        _sent = _meter.CreateCounter<long>("owp.streams.sent", "{event}", "Events sent on live streams, once for each client.");
        _cutOff = _meter.CreateCounter<long>("owp.streams.cut_off", "{stream}", "Live streams ended because the client was too slow.");
        _lag = _meter.CreateHistogram<double>("owp.streams.lag", "s", "From an event's decision to its first sending.");
    }

    /// <summary>A stream was opened; dispose of the result when it ends.</summary>
    public IDisposable Opened(string kind)
    {
        _open.Add(1, new KeyValuePair<string, object?>("stream", kind));
        return new Closing(() => _open.Add(-1, new KeyValuePair<string, object?>("stream", kind)));
    }

    /// <summary>Events went out to one client.</summary>
    public void Sent(string kind, int count) => _sent.Add(count, new KeyValuePair<string, object?>("stream", kind));

    /// <summary>An event was made ready to be sent, so long after it was decided.</summary>
    public void Lagged(TimeSpan lag) => _lag.Record(lag.TotalSeconds);

    /// <summary>A client was too slow.</summary>
    public void CutOff(string kind) => _cutOff.Add(1, new KeyValuePair<string, object?>("stream", kind));

    /// <inheritdoc />
    public void Dispose() => _meter.Dispose();

    private sealed class Closing(Action close) : IDisposable
    {
        public void Dispose() => close();
    }
}
