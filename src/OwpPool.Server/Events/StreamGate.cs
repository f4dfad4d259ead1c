using Microsoft.Extensions.Options;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Events;

/// <summary>Counts the streams that are open, and lets in no more than there may be.</summary>
public sealed class StreamGate(IOptions<StreamOptions> options, StreamInstruments instruments)
{
    /// <summary>When a client that found no place may ask again.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private const string Admin = "";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _byCaller = new(StringComparer.Ordinal);
    private int _count;

    /// <summary>Streams that are open.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _count;
        }
    }

    /// <summary>Takes a place for a stream.</summary>
    /// <param name="caller">Null = the admin.</param>
    /// <param name="kind">What is streamed, for the measurements.</param>
    /// <param name="place">Give it back by disposing of it; null if there is none.</param>
    /// <returns>Why there is none; null if there is.</returns>
    public Problem? Enter(WorkerCaller? caller, string kind, out IDisposable? place)
    {
        place = null;
        var key = caller?.WorkerId ?? Admin;
        var limits = options.Value;
        lock (_gate)
        {
            var own = _byCaller.GetValueOrDefault(key);
            if (own >= (caller is null ? limits.MaxPerAdminToken : limits.MaxPerWorker))
            {
                return new Problem
                {
                    Kind = ProblemKind.RateLimited,
                    Message = $"This token has {own} live streams open, as many as it may.",
                    Suggestion = "Close one of them, or ask the pool's operator to raise " +
                        $"OwpPool__Streams__{(caller is null ? nameof(limits.MaxPerAdminToken) : nameof(limits.MaxPerWorker))}.",
                    RetryAfter = RetryAfter,
                };
            }
            if (_count >= limits.MaxStreams)
            {
                return new Problem
                {
                    Kind = ProblemKind.Unavailable,
                    Message = $"{_count} live streams are open, as many as the pool serves.",
                    Suggestion = "Try again after the time in Retry-After, or ask the pool's operator to raise " +
                        $"OwpPool__Streams__{nameof(limits.MaxStreams)}.",
                    RetryAfter = RetryAfter,
                };
            }
            _count++;
            _byCaller[key] = own + 1;
        }
        place = new Place(this, key, instruments.Opened(kind));
        return null;
    }

    private void Leave(string key)
    {
        lock (_gate)
        {
            _count--;
            if (--_byCaller[key] == 0) _byCaller.Remove(key);
        }
    }

    private sealed class Place(StreamGate gate, string key, IDisposable measured) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) != 0) return;
            gate.Leave(key);
            measured.Dispose();
        }
    }
}
