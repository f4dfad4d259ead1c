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

    /// <summary>Seals what is not sealed yet, in the transaction that is open.</summary>
    /// <param name="limit">At most about so many.</param>
    /// <returns>How many.</returns>
    public int Seal(NativeConnection connection, int limit = int.MaxValue)
    {
        // Somebody has removed the head. The pool goes on; that the events from here on have no hash is what a look at the chain will show.
        if (!TakeHead(connection)) return 0;
        var sealedEvents = 0;
        int chunk;
        do
        {
            chunk = SealChunk(connection);
            sealedEvents += chunk;
        }
        while (chunk == ChunkEvents && sealedEvents < limit);
        if (sealedEvents > 0) Run(connection, WriteHead, _head, _hash, _span.Low, _span.High);
        return sealedEvents;
    }

    private bool TakeHead(NativeConnection connection)
    {
        var statement = connection.Prepare(ReadHead).Get(0)!;
        try
        {
            if (!statement.Step()) return false;
            _head = statement.GetInt64(0);
            var hash = statement.GetUtf8(1);
            if (hash.Length != HashBytes) return false;
            hash.CopyTo(_hash);
            _span.Set(statement.GetText(2), statement.GetText(3));
            return true;
        }
        finally
        {
            statement.Reset();
        }
    }

    private int SealChunk(NativeConnection connection)
    {
        var count = HashChunk(connection);
        for (var i = 0; i < count; i++)
        {
            _hashes.AsSpan(i * HashBytes, HashBytes).CopyTo(_hash);
            Run(connection, WriteHash, _seqs[i], _hash);
        }
        return count;
    }

    /// <summary>First all hashes, then all updates: an update under the open cursor would make it search for its place each time.</summary>
    private int HashChunk(NativeConnection connection)
    {
        var rows = connection.Prepare(ReadEvents).Get(0)!.Bind(1, _head).Bind(2, ChunkEvents);
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
