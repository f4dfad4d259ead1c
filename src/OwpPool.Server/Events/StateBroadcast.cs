using System.Runtime.CompilerServices;
using OwpPool.Grains.Pools;
using OwpPool.Server.Admin;
using OwpPool.Server.Hosting;
using OwpPool.Storage;

namespace OwpPool.Server.Events;

/// <summary>The pool in numbers, as they change: computed once for all who watch, and not at all while nobody does.</summary>
/// <remarks>At most four times a second, and never for more than a quarter of the time: counting a million tasks takes a while. At least
/// every 15 seconds the same numbers are sent again.</remarks>
public sealed class StateBroadcast(SqliteStorage storage, PoolBoard board, Drain drain, TimeProvider clock)
{
    private const int MostOfTheTime = 3;
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private Picture? _latest;
    private Task<Picture>? _next;

    /// <summary>The numbers as they are, then each time that they change.</summary>
    public async IAsyncEnumerable<StreamChunk> FollowAsync([EnumeratorCancellation] CancellationToken stop)
    {
        for (Picture? seen = null; ; )
        {
            seen = await After(seen).WaitAsync(stop);
            yield return new StreamChunk(seen.Frame);
        }
    }

    /// <summary>The latest picture if it is newer than the one seen; else the next one, on which all wait together.</summary>
    private Task<Picture> After(Picture? seen)
    {
        lock (_gate)
        {
            var latest = _latest;
            if (latest is not null && (seen is null ? latest.Seq == storage.Feed.LatestSeq : !latest.Frame.Equals(seen.Frame)))
                return Task.FromResult(latest);
            if (_next is null or { IsCompleted: true }) _next = Task.Run(() => ComputeNextAsync(latest));
            return _next;
        }
    }

    private async Task<Picture> ComputeNextAsync(Picture? last)
    {
        while (true)
        {
            var due = last is null ? clock.GetTimestamp() : await WaitAsync(last);
            var next = await ComputeAsync();
            var isSame = last is not null && next.Frame.Span.SequenceEqual(last.Frame.Span);
            var isNews = !isSame || clock.GetTimestamp() >= due;
            // Where what happened does not show in the numbers, the frame stays the one that all have, and when it was sent.
            last = isNews ? next : last! with { Seq = next.Seq, ComputedAt = next.ComputedAt, Pause = next.Pause };
            lock (_gate) _latest = last;
            if (isNews) return next;
        }
    }

    /// <summary>Waits for a change, but no less than the pause and no longer than until the picture must be sent again.</summary>
    /// <returns>When that is.</returns>
    private async Task<long> WaitAsync(Picture last)
    {
        var rest = last.Pause - clock.GetElapsedTime(last.ComputedAt);
        if (rest > TimeSpan.Zero) await Task.Delay(rest, clock, drain.Stopping);
        var left = StreamResult.Heartbeat - clock.GetElapsedTime(last.SentAt);
        var due = clock.GetTimestamp() + (long)(left.TotalSeconds * clock.TimestampFrequency);
        if (left <= TimeSpan.Zero) return due;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(drain.Stopping);
        var change = storage.Feed.WaitAsync(last.Seq, either.Token);
        var first = await Task.WhenAny(change, Task.Delay(left, clock, either.Token));
        await either.CancelAsync();
        await first;
        await change.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return due;
    }

    private async Task<Picture> ComputeAsync()
    {
        var seq = storage.Feed.LatestSeq;
        var began = clock.GetTimestamp();
        var state = StateEndpoints.ToWire(await storage.ReadModel.ReadPoolStateAsync(drain.Stopping), board.State.IsPaused(clock.GetUtcNow()));
        var cost = clock.GetElapsedTime(began) * MostOfTheTime;
        var now = clock.GetTimestamp();
        return new Picture(seq, SseFrame.Of("state", state, Wire.Json.StateResponse), now, now, cost > LeastPause ? cost : LeastPause);
    }

    /// <param name="Seq">Every event up to this one is in it.</param>
    /// <param name="Frame">The numbers, ready to be sent.</param>
    /// <param name="SentAt">When these numbers were first or again handed out.</param>
    /// <param name="ComputedAt">When they were last found to be so.</param>
    /// <param name="Pause">How long to leave the database alone after that.</param>
    private sealed record Picture(long Seq, ReadOnlyMemory<byte> Frame, long SentAt, long ComputedAt, TimeSpan Pause);
}
