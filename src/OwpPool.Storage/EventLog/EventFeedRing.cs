namespace OwpPool.Storage.EventLog;

/// <summary>The newest events, for all readers at once. Holds every event of one stretch of the log, or it would hide gaps.</summary>
/// <remarks>Bounded by number and by size; readers keep no event alive, so one that stops reading costs nothing.</remarks>
internal sealed class EventFeedRing
{
    /// <summary>Characters of details kept at most: two bytes each.</summary>
    private const long MaxCharacters = 8 << 20;

    private readonly Lock _gate = new();
    private readonly PoolEvent[] _slots;
    private int _first;
    private int _count;
    private long _characters;
    private long _from;
    private long _to;

    /// <param name="capacity">Events kept at most.</param>
    /// <param name="start">The number after which the stretch begins.</param>
    public EventFeedRing(int capacity, long start)
    {
        _slots = new PoolEvent[capacity];
        (_from, _to) = (start, start);
    }

    /// <summary>The last number of the stretch.</summary>
    public long To => Interlocked.Read(ref _to);

    /// <summary>Appends what follows <see cref="To"/>; the oldest go.</summary>
    /// <param name="upTo">There is no other event up to and with this number.</param>
    public void Append(IReadOnlyList<PoolEvent> events, long upTo)
    {
        lock (_gate)
        {
            foreach (var item in events)
            {
                if (_count == _slots.Length)
                    RemoveOldest();
                _slots[(_first + _count) % _slots.Length] = item;
                _count++;
                _characters += item.Details.Length;
                while (_characters > MaxCharacters && _count > 1)
                    RemoveOldest();
            }

            Interlocked.Exchange(ref _to, upTo);
        }
    }

    /// <summary>The events after a number.</summary>
    /// <returns>Null if some of them are no longer here: the log has them.</returns>
    public EventPage? ReadAfter(long seq, int limit)
    {
        lock (_gate)
        {
            if (seq < _from)
                return null;
            var skipped = Skip(seq);
            var events = new PoolEvent[Math.Min(limit, _count - skipped)];
            for (var i = 0; i < events.Length; i++)
                events[i] = At(skipped + i);
            var last = events.Length > 0 ? events[^1] : null;
            return new EventPage(events, skipped + events.Length == _count ? Math.Max(seq, _to) : last!.Seq, last);
        }
    }

    /// <summary>How many are at or before the number.</summary>
    private int Skip(long seq)
    {
        var (low, high) = (0, _count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (At(middle).Seq <= seq)
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    private PoolEvent At(int index) => _slots[(_first + index) % _slots.Length];

    private void RemoveOldest()
    {
        _from = _slots[_first].Seq;
        _characters -= _slots[_first].Details.Length;
        _slots[_first] = null!;
        _first = (_first + 1) % _slots.Length;
        _count--;
    }
}
