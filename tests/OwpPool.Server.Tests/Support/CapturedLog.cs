using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace OwpPool.Server.Tests.Support;

/// <summary>Keeps every log line with its values and its exception until it is taken: who looks after each of thousands of requests looks at
/// each line once.</summary>
public sealed class CapturedLog : ILoggerProvider
{
    private readonly ConcurrentQueue<(LogLevel Level, string Text)> _lines = new();

    public ILogger CreateLogger(string categoryName) => new Writer(categoryName, _lines);

    /// <summary>The lines that were not taken yet, one under the other, and those of them that tell of a fault of the server.</summary>
    public (string All, IReadOnlyList<string> Faults) Take()
    {
        var (all, faults) = (new StringBuilder(), new List<string>());
        while (_lines.TryDequeue(out var line))
        {
            all.Append(line.Text).Append('\n');
            if (line.Level >= LogLevel.Error) faults.Add(line.Text);
        }
        return (all.ToString(), faults);
    }

    public void Dispose()
    {
    }

    private sealed class Writer(string category, ConcurrentQueue<(LogLevel, string)> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var values = state is IEnumerable<KeyValuePair<string, object?>> pairs
                ? string.Join(' ', pairs.Select(pair => pair.Value)) : "";
            lines.Enqueue((logLevel, string.Create(CultureInfo.InvariantCulture,
                $"{category}[{eventId.Id}] {formatter(state, exception)} {values} {exception}")));
        }
    }
}
