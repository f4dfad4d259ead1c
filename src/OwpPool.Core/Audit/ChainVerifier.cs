using System.Globalization;
using System.Text.Json;

namespace OwpPool.Core.Audit;

/// <summary>Looks through the audit log and names every place where it is not what the pool has written.</summary>
/// <remarks>
/// Each event is held against the stored hash of the event before it, so that one change is one finding and not a finding at every later
/// event. Whoever changes an event and all later hashes is found by the head, which the pool keeps apart from the log; whoever changes
/// that too, only by a mark that was noted outside.
/// </remarks>
public sealed class ChainVerifier
{
    /// <summary>Findings that are described; more are counted.</summary>
    public const int MaxFaults = 20;

    private readonly AuditChain _chain = new();
    private readonly List<ChainFault> _faults = [];
    private readonly byte[] _expected = new byte[AuditChain.HashBytes];
    private readonly ChainMark? _noted;
    private ChainMark _anchor;
    private bool _anchorMoved;
    private byte[] _previous;
    private byte[]? _beforeForeign;
    private long _trimmedThrough;
    private long _count;
    private long _faultCount;

    /// <param name="anchor">Where the log begins.</param>
    /// <param name="head">Where it ends, as kept beside the log; read before the events.</param>
    /// <param name="noted">A mark that an operator noted; null = none.</param>
    public ChainVerifier(ChainMark anchor, ChainMark head, ChainMark? noted = null)
    {
        (_anchor, Head, _noted) = (anchor, head, noted);
        _previous = anchor.ToBytes();
        Position = anchor.Seq;
    }

    /// <summary>Where the log ends.</summary>
    public ChainMark Head { get; }

    /// <summary>The number of the last event looked at.</summary>
    public long Position { get; private set; }

    /// <summary>What there is to say of a log whose head is gone: whether its end is still there, nobody knows.</summary>
    public static ChainReport WithoutHead() => new()
    {
        Events = 0,
        Anchor = ChainMark.Start,
        Head = ChainMark.Start,
        FaultCount = 1,
        Faults = [new ChainFault(0, ChainFaults.Rewritten, "The pool's own record of where the log ends is missing or damaged.")],
    };

    /// <summary>Retention has removed events while the log was being read: goes on behind the new beginning.</summary>
    public void MoveAnchor(ChainMark anchor)
    {
        _anchorMoved |= anchor != _anchor;
        _anchor = anchor;
        if (anchor.Seq <= Position) return;
        Position = anchor.Seq;
        _previous = anchor.ToBytes();
        _beforeForeign = null;
    }

    /// <summary>Looks at the next event.</summary>
    /// <param name="item">Its number is greater than <see cref="Position"/>, and not greater than the head's.</param>
    /// <param name="hash">The hash stored with it; empty = none.</param>
    public void Add(in ChainedEvent item, ReadOnlySpan<byte> hash)
    {
        _count++;
        var first = Position + 1;
        Position = item.Seq;
        var fits = Fits(item, hash);
        if (hash.Length != AuditChain.HashBytes)
        {
            Find(item.Seq, ChainFaults.Foreign, $"Event {item.Seq} has no hash: the pool did not write it, or its hash was removed.");
            // The next event tells which.
            _beforeForeign ??= [.. _previous];
            _expected.CopyTo(_previous, 0);
            return;
        }
        if (!fits && item.Seq > first) FindMissing(first, item.Seq - 1);
        else if (!fits) FindChanged(item.Seq);
        hash.CopyTo(_previous);
        _beforeForeign = null;
        if (item.Type.SequenceEqual("audit.trimmed"u8)) ReadTrimmed(item.Details);
        if (_noted is { } noted && noted.Seq == item.Seq) CheckNoted(noted, ChainMark.Of(item.Seq, hash));
    }

    /// <summary>An event that was there, when the head was read, before the log's beginning or behind its head.</summary>
    /// <param name="seq">Its number.</param>
    public void AddForeign(long seq) => Find(seq, ChainFaults.Foreign,
        $"Event {seq} was not written by the pool: the log goes from event {_anchor.Seq + 1} to event {Head.Seq}.");

    /// <summary>All events were looked at.</summary>
    public ChainReport Finish()
    {
        if (Position < Head.Seq) FindMissing(Position + 1, Head.Seq);
        else if (Position == Head.Seq && !_previous.AsSpan().SequenceEqual(Head.ToBytes()))
        {
            Find(Head.Seq, ChainFaults.Rewritten,
                $"The log was rewritten: the hash of its last event {Head.Seq} is not the one that the pool has kept.");
        }
        // What was removed during the look is recorded behind the head that it goes to; the next look sees that.
        if (!_anchorMoved && _anchor.Seq > _trimmedThrough)
        {
            var first = _trimmedThrough + 1;
            Find(first, ChainFaults.Missing, first == _anchor.Seq
                ? $"Event {first} is missing: it was removed, and not by retention."
                : $"Events {first} to {_anchor.Seq} are missing: they were removed, and not by retention.");
        }
        if (_noted is { } noted) FinishNoted(noted);
        return new ChainReport
        {
            Events = _count,
            Anchor = _anchor,
            Head = Head,
            FaultCount = _faultCount,
            Faults = _faults,
        };
    }

    private bool Fits(in ChainedEvent item, ReadOnlySpan<byte> hash)
    {
        if (_beforeForeign is not null)
        {
            _chain.Hash(_beforeForeign, item, _expected);
            if (hash.SequenceEqual(_expected)) return true;
        }
        _chain.Hash(_previous, item, _expected);
        return hash.SequenceEqual(_expected);
    }

    private void FindChanged(long seq) => Find(seq, ChainFaults.Changed, seq == _anchor.Seq + 1
        ? $"Event {seq} was changed: it does not fit its hash."
        : $"Event {seq} was changed, or event {seq - 1} with its hash: they do not fit each other.");

    private void CheckNoted(ChainMark noted, ChainMark found)
    {
        if (found == noted) return;
        Find(noted.Seq, ChainFaults.NotedMark,
            $"The log was rewritten: event {noted.Seq} had the hash {noted.Hash} when it was noted, and has {found.Hash}.");
    }

    private void FinishNoted(ChainMark noted)
    {
        if (noted.Seq == _anchor.Seq) CheckNoted(noted, _anchor);
        else if (noted.Seq < _anchor.Seq)
        {
            Find(noted.Seq, ChainFaults.NotedMark,
                $"The noted event {noted.Seq} is not kept any more: the log begins with event {_anchor.Seq + 1}.");
        }
        else if (noted.Seq > Head.Seq)
            Find(noted.Seq, ChainFaults.NotedMark, $"The noted event {noted.Seq} is gone: the log ends with event {Head.Seq}.");
    }

    private void FindMissing(long first, long last) => Find(first, ChainFaults.Missing,
        first == last ? $"Event {first} is missing." : $"Events {first} to {last} are missing.");

    private void Find(long seq, string kind, string message)
    {
        _faultCount++;
        if (_faults.Count < MaxFaults) _faults.Add(new ChainFault(seq, kind, message));
    }

    private void ReadTrimmed(ReadOnlySpan<byte> details)
    {
        // Whatever it is, the chain has vouched for it or named it already.
        var reader = new Utf8JsonReader(details);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType is not JsonTokenType.PropertyName || !reader.ValueTextEquals(AuditLogEvents.ThroughSeq)) continue;
                reader.Read();
                if (long.TryParse(reader.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var seq))
                    _trimmedThrough = Math.Max(_trimmedThrough, seq);
            }
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // No cut is recorded here; if one is missing, that is a finding.
        }
    }
}
