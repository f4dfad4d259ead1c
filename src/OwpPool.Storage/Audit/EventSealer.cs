using OwpPool.Core.Audit;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.Audit;

/// <summary>Continues the audit log's chain over the events that a transaction has appended, and notes the instants of each span of them.
/// </summary>
/// <remarks>
/// Runs in that transaction, just before it is committed: what a failed statement had appended is gone by then, and events and head
/// become durable together. The head is read each time and not remembered, so that nothing has to be undone when a commit fails.
/// </remarks>
internal sealed class EventSealer
{
    /// <summary>Events of one span.</summary>
    public const int SpanEvents = 1000;

    private const int ChunkEvents = 256;
    private const int HashBytes = AuditChain.HashBytes;

    private static readonly SqlText ReadHead = new("SELECT head_seq, head_hash, low_at, high_at FROM pool_event_chain WHERE id = 1");

    private static readonly SqlText LastEvent = new("SELECT max(seq) FROM pool_events");

    private static readonly SqlText LastOld = new("SELECT old_seq FROM pool_event_chain WHERE id = 1");

    private static readonly SqlText ReadEvents = new(
        "SELECT seq, at, type, actor, target, repo, details FROM pool_events WHERE seq > ?1 ORDER BY seq LIMIT ?2");

    private static readonly SqlText WriteHash = new("UPDATE pool_events SET hash = ?2 WHERE seq = ?1");

    private static readonly SqlText WriteHead = new(
        "UPDATE pool_event_chain SET head_seq = ?1, head_hash = ?2, low_at = ?3, high_at = ?4 WHERE id = 1");

    private static readonly SqlText WriteSpan = new("INSERT OR REPLACE INTO pool_event_spans (last_seq, low_at, high_at) VALUES (?1, ?2, ?3)");

    private readonly AuditChain _chain = new();
    private readonly long[] _seqs = new long[ChunkEvents];
    private readonly byte[] _hashes = new byte[ChunkEvents * HashBytes];
    private readonly byte[] _hash = new byte[HashBytes];
    private readonly InstantRange _span = new();
    private long _head;
    private long _foreign;

    /// <summary>Notes what is there already, in a transaction that has just begun: only what it appends is its own.</summary>
    public void Begin(NativeConnection connection) => _foreign = Number(connection, LastEvent);

    /// <summary>Seals what the transaction has appended since <see cref="Begin"/>.</summary>
    public void Seal(NativeConnection connection)
    {
        // Somebody has removed the head. The pool goes on; that the events from here on have no hash is what a look at the chain will show.
        if (TakeHead(connection)) SealAfter(connection, Math.Max(_head, _foreign), int.MaxValue);
    }

    /// <summary>Seals the events of before there was a chain.</summary>
    /// <param name="limit">At most about so many.</param>
    /// <returns>Whether there are more.</returns>
    public bool SealOld(NativeConnection connection, int limit)
    {
        if (!TakeHead(connection)) return false;
        var old = Number(connection, LastOld);
        if (_head >= old) return false;
        SealAfter(connection, _head, limit);
        return _head < old;
    }

    private void SealAfter(NativeConnection connection, long after, int limit)
    {
        var all = 0;
        int chunk;
        do
        {
            chunk = SealChunk(connection, after);
            all += chunk;
            after = _head;
        }
        while (chunk == ChunkEvents && all < limit);
        if (all > 0) Run(connection, WriteHead, _head, _hash, _span.Low, _span.High);
    }

    private bool TakeHead(NativeConnection connection)
    {
        var statement = connection.Prepare(ReadHead).Get(0)!;
        try
        {
            if (!statement.Step() || statement.GetUtf8(1).Length != HashBytes) return false;
            _head = statement.GetInt64(0);
            statement.GetUtf8(1).CopyTo(_hash);
            _span.Set(statement.GetText(2), statement.GetText(3));
            return true;
        }
        finally
        {
            statement.Reset();
        }
    }

    private int SealChunk(NativeConnection connection, long after)
    {
        var count = HashChunk(connection, after);
        for (var i = 0; i < count; i++)
        {
            _hashes.AsSpan(i * HashBytes, HashBytes).CopyTo(_hash);
            Run(connection, WriteHash, _seqs[i], _hash);
        }
        return count;
    }

    /// <summary>First all hashes, then all updates: an update under the open cursor would make it search for its place each time.</summary>
    private int HashChunk(NativeConnection connection, long after)
    {
        var rows = connection.Prepare(ReadEvents).Get(0)!.Bind(1, after).Bind(2, ChunkEvents);
        var count = 0;
        try
        {
            for (; count < ChunkEvents && rows.Step(); count++)
            {
                var item = EventRow.Read(rows);
                _chain.Hash(_hash, item, _hash);
                _hash.CopyTo(_hashes, count * HashBytes);
                _seqs[count] = item.Seq;
                Measure(connection, item);
                _head = item.Seq;
            }
        }
        finally
        {
            rows.Reset();
        }
        return count;
    }

    private void Measure(NativeConnection connection, in ChainedEvent item)
    {
        if (!_span.IsEmpty && (item.Seq - 1) / SpanEvents != (_head - 1) / SpanEvents)
        {
            Run(connection, WriteSpan, _head, _span.Low, _span.High);
            _span.Clear();
        }
        _span.Include(item.At);
    }

    private static long Number(NativeConnection connection, SqlText sql)
    {
        var statement = connection.Prepare(sql).Get(0)!;
        var number = statement.Step() ? statement.GetInt64(0) : 0;
        statement.Reset();
        return number;
    }

    private static void Run(NativeConnection connection, SqlText sql, params ReadOnlySpan<object?> parameters)
    {
        var statement = connection.Prepare(sql).Get(0)!;
        try
        {
            for (var i = 0; i < parameters.Length; i++) statement.Bind(i + 1, parameters[i]);
            statement.Step();
        }
        finally
        {
            statement.Reset();
        }
    }
}
