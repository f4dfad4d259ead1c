using System.Runtime.CompilerServices;

namespace OwpPool.Storage.EventLog;

/// <summary>The event log as it grows, for any number of readers: each event is read from the database once, and handed to all.</summary>
/// <remarks>
/// Nothing is handed out before it is durable. The writer wakes the feed after a commit that appended events, so an idle pool is never
/// polled. The newest events are kept in memory; a reader further back than those reads pages of its own from the database until it has
/// caught up. A reader is a position and nothing more: one that is slow, or stops, makes nothing grow.
/// </remarks>
public sealed class EventFeed
{
    /// <summary>Events kept in memory.</summary>
    internal const int Capacity = 4096;

    /// <summary>Events of one page at most.</summary>
    internal const int PageSize = 256;

    /// <summary>Rest between two hand-outs under load: what commits meanwhile goes out together, so that a thousand readers are woken
    /// twenty times a second and not at every commit. After a rest of its own an event goes out at once.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(50);

    private readonly EventLogReader _log;
    private readonly EventFeedTail _tail;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private EventFeedRing? _ring;
    private Task? _pump;
    private bool _stopped;
    private TaskCompletionSource _grown = NewSignal();
    private TaskCompletionSource _handedOut = NewSignal();

    internal EventFeed(EventLogReader log, EventFeedTail tail, TimeProvider time)
    {
        (_log, _tail, _time) = (log, tail, time);
        tail.Grown = Wake;
    }

    /// <summary>The newest committed event's number; 0 before the first. Never falls, also not when old events are removed.</summary>
    public long LatestSeq => _tail.Seq;

    /// <summary>How many committed events have not been handed out yet; 0 while nobody reads.</summary>
    public long Behind
    {
        get
        {
            lock (_gate)
                return _ring is { } ring && _pump is not null ? Math.Max(0, LatestSeq - ring.To) : 0;
        }
    }

    /// <summary>From where to where the log reaches; <see cref="LatestSeq"/> is no less afterwards.</summary>
    public async Task<EventExtent> ReadExtentAsync(CancellationToken cancellationToken = default)
    {
        var extent = await _log.ReadExtentAsync(cancellationToken).ConfigureAwait(false);
        _tail.Moved(extent.Latest);
        return extent;
    }

    /// <summary>The mark of the place: of the last event up to and with the number, be it one that was removed.</summary>
    /// <returns>Null if none is known.</returns>
    public Task<string?> ReadMarkAsync(long seq, CancellationToken cancellationToken = default) => _log.ReadMarkAsync(seq, cancellationToken);

    /// <summary>Completes when there are events after the given one, at once if there are.</summary>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The log could not be read.</exception>
    public async Task WaitAsync(long after, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            var (ring, handedOut) = EnsureRunning();
            if (ring.To > after)
                return;
            await handedOut.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>All events after the given one, then those to come, in order, each once; ends only by cancellation or failure.</summary>
    /// <param name="after">The last one already seen; 0 for the oldest kept, <see cref="LatestSeq"/> for new ones only. Events before the
    /// oldest kept are skipped in silence: compare with <see cref="ReadExtentAsync"/> where that matters.</param>
    /// <param name="filter">Null = all.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such event yet: the number comes from another database.</exception>
    /// <exception cref="Microsoft.Data.Sqlite.SqliteException">The log could not be read. Nothing was skipped: follow again after the last
    /// event seen.</exception>
    public async IAsyncEnumerable<PoolEvent> FollowAsync(
        long after, EventFilter? filter = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var page in FollowPagesAsync(after, filter, cancellationToken).ConfigureAwait(false))
        {
            foreach (var item in page.Events)
                yield return item;
        }
    }

    /// <summary>As <see cref="FollowAsync"/>, as many at a time as there are. Pages without a wanted event come too: they move a durable
    /// position past what was not asked for.</summary>
    public async IAsyncEnumerable<EventPage> FollowPagesAsync(
        long after, EventFilter? filter = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(after, LatestSeq);
        for (var position = after; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (ring, handedOut) = EnsureRunning();
            var page = ring.ReadAfter(position, PageSize) ?? await ReadPageAsync(position, cancellationToken).ConfigureAwait(false);
            if (page.UpTo == position)
            {
                await handedOut.WaitAsync(cancellationToken).ConfigureAwait(false);
                continue;
            }

            position = page.UpTo;
            yield return filter is null ? page : page with { Events = [.. page.Events.Where(filter.Takes)] };
        }
    }

    /// <summary>Ends all readers with an <see cref="ObjectDisposedException"/>.</summary>
    internal void Stop()
    {
        Task? pump;
        lock (_gate)
        {
            _stopped = true;
            pump = _pump;
        }

        _stop.Cancel();
        pump?.GetAwaiter().GetResult();
        Fail(new ObjectDisposedException(nameof(SqliteStorage)));
        _stop.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>On the writer's thread, as a rule: no more than a flag that another thread sees.</summary>
    private void Wake()
    {
        lock (_gate)
            _grown.TrySetResult();
    }

    /// <summary>The events in memory, and what completes when there are more. Asked in this order, no event falls between.</summary>
    private (EventFeedRing Ring, Task HandedOut) EnsureRunning()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopped, typeof(SqliteStorage));
            _ring ??= new EventFeedRing(Capacity, Math.Max(0, LatestSeq - Capacity));
            var ring = _ring;
            _pump ??= Task.Run(() => PumpAsync(ring));
            return (_ring, _handedOut.Task);
        }
    }

    private async Task<EventPage> ReadPageAsync(long after, CancellationToken cancellationToken)
    {
        // In this order: what was committed before the read is seen by it, so a page that is not full reaches at least to here.
        var latest = LatestSeq;
        var events = await _log.ReadAfterAsync(after, PageSize, cancellationToken).ConfigureAwait(false);
        var last = events.Count > 0 ? events[^1].Seq : after;
        // A commit is visible an instant before the writer says so. Who is handed such an event may come back at once and ask for what
        // follows it, and must not hear that there is no such event.
        _tail.Moved(last);
        return new EventPage(events, events.Count == PageSize ? last : Math.Max(last, latest), events.Count > 0 ? events[^1] : null);
    }

    /// <summary>Brings the committed events to the ring until the feed stops or a read fails; then the next reader starts it anew.
    /// </summary>
    private async Task PumpAsync(EventFeedRing ring)
    {
        try
        {
            while (true)
            {
                Task grown;
                lock (_gate)
                {
                    if (_grown.Task.IsCompleted)
                        _grown = NewSignal();
                    grown = _grown.Task;
                }

                while (ring.To < LatestSeq)
                {
                    var page = await ReadPageAsync(ring.To, _stop.Token).ConfigureAwait(false);
                    ring.Append(page.Events, page.UpTo);
                    HandOut();
                    await Task.Delay(page.Events.Count == PageSize ? TimeSpan.Zero : Rest, _time, _stop.Token).ConfigureAwait(false);
                }

                await grown.WaitAsync(_stop.Token).ConfigureAwait(false);
            }
        }
        catch (Exception error) when (!_stop.IsCancellationRequested)
        {
            Fail(error);
        }
        catch (OperationCanceledException)
        {
            // The stop itself; whoever stops tells the readers.
        }
    }

    private void HandOut() => NextHandOut(pumps: true).SetResult();

    private TaskCompletionSource NextHandOut(bool pumps)
    {
        lock (_gate)
        {
            if (!pumps)
                _pump = null;
            var last = _handedOut;
            _handedOut = NewSignal();
            return last;
        }
    }

    /// <summary>Tells every reader that waits; those that do not wait go on with what is in memory.</summary>
    private void Fail(Exception error)
    {
        var handedOut = NextHandOut(pumps: false);
        handedOut.SetException(error);
        // Seen by nobody if nobody waits, and that is no fault of its own.
        _ = handedOut.Task.Exception;
    }
}
