using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace OwpPool.Server.Hosting.Telemetry;

/// <summary>Gathers what the pool's own meters (<c>OwpPool.*</c>) measure, and writes it in the text format of Prometheus, version 0.0.4.
/// </summary>
public sealed class MetricCollector : IDisposable
{
    /// <summary>The media type of the text.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    /// <summary>Series of one instrument at most: further tag sets are not counted, so that no caller can fill the memory.</summary>
    private const int MaxSeries = 2_000;

    private readonly Lock _observing = new();
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, Gathered> _instruments = new();

    /// <summary>Begins to listen.</summary>
    public MetricCollector()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (!instrument.Meter.Name.StartsWith("OwpPool.", StringComparison.Ordinal)) return;
            listener.EnableMeasurementEvents(instrument, _instruments.GetOrAdd(instrument, static key => new Gathered(key)));
        };
        _listener.MeasurementsCompleted = (instrument, state) => _instruments.TryRemove(KeyValuePair.Create(instrument, (Gathered)state!));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, state) => ((Gathered)state!).Take(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, state) => ((Gathered)state!).Take(value, tags));
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, state) => ((Gathered)state!).Take(value, tags));
        _listener.Start();
    }

    /// <summary>The values as they are now.</summary>
    public string Write()
    {
        lock (_observing)
        {
            // What an instrument no longer tells of is no longer there.
            foreach (var gathered in _instruments.Values) gathered.Forget();
            _listener.RecordObservableInstruments();
            return WriteAll();
        }
    }

    private string WriteAll()
    {
        var text = new StringBuilder();
        foreach (var group in _instruments.Values.GroupBy(static gathered => gathered.Name).OrderBy(static group => group.Key, StringComparer.Ordinal))
        {
            var first = group.First();
            text.Append("# HELP ").Append(group.Key).Append(' ').Append(first.Help).Append('\n');
            text.Append("# TYPE ").Append(group.Key).Append(' ').Append(first.Type).Append('\n');
            foreach (var gathered in group) gathered.Write(text);
        }
        return text.ToString();
    }

    /// <inheritdoc />
    public void Dispose() => _listener.Dispose();

    private sealed class Gathered
    {
        private readonly ConcurrentDictionary<string, MetricSeries> _series = new(StringComparer.Ordinal);
        private readonly bool _observed;

        public Gathered(Instrument instrument)
        {
            _observed = instrument.IsObservable;
            var kind = instrument.GetType().Name;
            Type = kind.StartsWith("Histogram", StringComparison.Ordinal) ? "histogram"
                : kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal)
                    ? "counter" : "gauge";
            var unit = instrument.Unit == "s" ? "_seconds" : instrument.Unit == "By" ? "_bytes" : "";
            Name = instrument.Name.Replace('.', '_') + unit + (Type == "counter" ? "_total" : "");
            Help = (instrument.Description ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).ReplaceLineEndings(" ");
        }

        public string Name { get; }

        public string Type { get; }

        public string Help { get; }

        public void Forget()
        {
            if (_observed) _series.Clear();
        }

        public void Take(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var labels = Labels(tags);
            if (!_series.TryGetValue(labels, out var series))
            {
                if (_series.Count >= MaxSeries) return;
                series = _series.GetOrAdd(labels, new MetricSeries(Type == "histogram"));
            }
            if (_observed) series.Set(value);
            else series.Add(value);
        }

        public void Write(StringBuilder text)
        {
            foreach (var (labels, series) in _series.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
            {
                var (sum, count, buckets) = series.Read();
                if (buckets is null)
                {
                    Line(text, Name, labels, sum);
                    continue;
                }
                var below = 0L;
                for (var i = 0; i < buckets.Length; i++)
                {
                    below += buckets[i];
                    var bound = i < MetricSeries.Bounds.Length ? Number(MetricSeries.Bounds[i]) : "+Inf";
                    Line(text, $"{Name}_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{bound}\"", below);
                }
                Line(text, $"{Name}_sum", labels, sum);
                Line(text, $"{Name}_count", labels, count);
            }
        }

        private static void Line(StringBuilder text, string name, string labels, double value)
        {
            text.Append(name);
            if (labels.Length > 0) text.Append('{').Append(labels).Append('}');
            text.Append(' ').Append(Number(value)).Append('\n');
        }

        private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

        private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (tags.IsEmpty) return "";
            var text = new StringBuilder();
            foreach (var (key, value) in tags)
            {
                if (text.Length > 0) text.Append(',');
                text.Append(key.Replace('.', '_')).Append("=\"");
                foreach (var character in Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")
                    text.Append(character switch { '\\' => "\\\\", '"' => "\\\"", '\n' => "\\n", _ => character.ToString() });
                text.Append('"');
            }
            return text.ToString();
        }
    }
}
