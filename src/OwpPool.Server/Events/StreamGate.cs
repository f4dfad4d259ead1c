using Microsoft.Extensions.Options;
using OwpPool.Server.Hosting.Access;
using OwpPool.Server.Hosting.Problems;

namespace OwpPool.Server.Events;

/// <summary>Counts the streams that are open, and lets in no more than there may be: workers have a part of the places, so that the admin
/// finds one whatever they do.</summary>
public sealed class StreamGate(IOptions<StreamOptions> options, StreamInstruments instruments)
{
    /// <summary>When a client that found no place may ask again.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<StreamPlace>> _byWorker = new(StringComparer.Ordinal);
    private int _admins;
    private int _workers;

    /// <summary>Streams that are open.</summary>
    public int Count
    {
        get
        {
            lock (_gate) return _admins + _workers;
        }
    }

    /// <summary>Takes a place for a stream.</summary>
    /// <param name="caller">Null = the admin.</param>
    /// <param name="kind">What is streamed, for the measurements.</param>
    /// <param name="place">Give it back by disposing of it; null if there is none.</param>
    /// <returns>Why there is none; null if there is.</returns>
    public Problem? Enter(WorkerCaller? caller, string kind, out StreamPlace? place)
    {
        place = null;
        var limits = options.Value;
        lock (_gate)
        {
            var own = caller is null ? null : _byWorker.GetValueOrDefault(caller.WorkerId);
            if (WhyNoPlace(limits, caller, own?.Count ?? 0) is { } problem) return problem;
            place = new StreamPlace(this, caller, instruments.Opened(kind));
            if (caller is null)
            {
                _admins++;
                return null;
            }
            _workers++;
            if (own is null) _byWorker.Add(caller.WorkerId, own = []);
            own.Add(place);
        }
        return null;
    }

    /// <summary>Something about a worker has changed, which may be that it is shut out: its streams make sure that they may go on.</summary>
    public void Doubt(string workerId)
    {
        lock (_gate)
        {
            if (!_byWorker.TryGetValue(workerId, out var own)) return;
            foreach (var place in own) place.Doubt();
        }
    }

    internal void Leave(StreamPlace place)
    {
        lock (_gate)
        {
            if (place.Caller is not { WorkerId: var workerId })
            {
                _admins--;
                return;
            }
            _workers--;
            var own = _byWorker[workerId];
            own.Remove(place);
            if (own.Count == 0) _byWorker.Remove(workerId);
        }
    }

    private Problem? WhyNoPlace(StreamOptions limits, WorkerCaller? caller, int ownOfWorker)
    {
        var own = caller is null ? _admins : ownOfWorker;
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
        var ofWorkers = limits.MaxStreams - (int)Math.Ceiling(limits.MaxStreams * limits.AdminSharePercent / 100.0);
        if (_admins + _workers < limits.MaxStreams && (caller is null || _workers < ofWorkers)) return null;
        return new Problem
        {
            Kind = ProblemKind.Unavailable,
            Message = caller is null || _workers < ofWorkers
                ? $"{_admins + _workers} live streams are open, as many as the pool serves."
                : $"Workers have {_workers} live streams open, as many as the pool serves them.",
            Suggestion = "Try again after the time in Retry-After, or ask the pool's operator to raise " +
                $"OwpPool__Streams__{nameof(limits.MaxStreams)}.",
            RetryAfter = RetryAfter,
        };
    }
}
