using System.Diagnostics.Metrics;
using OwpPool.Storage.EventLog;

namespace OwpPool.Storage.Sqlite;

/// <summary>The meter <c>OwpPool.Storage</c>: writes, batches, and how long a commit takes.</summary>
internal sealed class StorageInstruments : IDisposable
{
    public const string MeterName = "OwpPool.Storage";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _writes;
    private readonly Counter<long> _batches;
    private readonly Histogram<double> _commitDuration;
    private long _writeCount;
    private long _batchCount;

    public StorageInstruments()
    {
        _writes = _meter.CreateCounter<long>("owp.storage.writes", "{write}", "Writes acknowledged.");
        _batches = _meter.CreateCounter<long>("owp.storage.batches", "{batch}", "Commits that acknowledged them.");
        _commitDuration = _meter.CreateHistogram<double>("owp.storage.commit.duration", "s", "Time of one commit, its fsync included.");
    }

    public long Writes => Interlocked.Read(ref _writeCount);

    public long Batches => Interlocked.Read(ref _batchCount);

    public void BatchCommitted(int writes, TimeSpan duration)
    {
        Interlocked.Add(ref _writeCount, writes);
        Interlocked.Increment(ref _batchCount);
        _writes.Add(writes);
        _batches.Add(1);
        _commitDuration.Record(duration.TotalSeconds);
    }

    /// <summary>Says how far the feed of events is behind the log, whenever somebody asks.</summary>
    public void ObserveFeed(EventFeed feed)
        => _meter.CreateObservableGauge("owp.events.behind", () => feed.Behind, "{event}", "Committed events not yet handed out.");

    public void Dispose() => _meter.Dispose();
}
