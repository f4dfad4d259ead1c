namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>The running values of one instrument with one set of tags.</summary>
internal sealed class MetricSeries
{
    /// <summary>Upper bounds of histograms, in the instrument's unit: from a fast write to a long poll, in seconds.</summary>
    public static readonly double[] Bounds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly Lock _gate = new();
    private readonly long[]? _buckets;
    private double _sum;
    private long _count;

    public MetricSeries(bool histogram) => _buckets = histogram ? new long[Bounds.Length + 1] : null;

    public void Add(double value)
    {
        lock (_gate)
        {
            _sum += value;
            _count++;
            if (_buckets is null) return;
            var bucket = Array.FindIndex(Bounds, bound => value <= bound);
            _buckets[bucket < 0 ? Bounds.Length : bucket]++;
        }
    }

    public void Set(double value)
    {
        lock (_gate) _sum = value;
    }

    public (double Sum, long Count, long[]? Buckets) Read()
    {
        lock (_gate) return (_sum, _count, (long[]?)_buckets?.Clone());
    }
}
