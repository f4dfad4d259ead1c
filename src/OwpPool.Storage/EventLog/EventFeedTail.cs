using OwpPool.Storage.ReadModel;
using OwpPool.Storage.Sqlite;

namespace OwpPool.Storage.EventLog;

/// <summary>The number of the newest committed event, kept by the writer and by readers that see a commit before it says so: nobody has to
/// ask the database whether there is news.</summary>
internal sealed class EventFeedTail
{
    // The counter behind AUTOINCREMENT and not max(seq): it stays when old events are removed, the newest among them.
    private static readonly SqlText Last = new("SELECT seq FROM sqlite_sequence WHERE name = 'pool_events'");

    private long _seq;

    /// <summary>The newest committed event's number; 0 before the first one.</summary>
    public long Seq => Interlocked.Read(ref _seq);

    /// <summary>Called when <see cref="Seq"/> has grown, by whoever moved it, as a rule the writer's thread; must return at once.</summary>
    public Action? Grown { get; set; }

    /// <summary>The newest event's number as the connection sees it, its own open transaction included.</summary>
    public static long Read(NativeConnection connection)
        => RowReader.ToList(connection, Last, [], row => row.GetInt64(0)) is [var seq] ? seq : 0;

    /// <summary>Events up to this one are durable. From any thread; never moves back.</summary>
    public void Moved(long seq)
    {
        for (var known = Seq; known < seq;)
        {
            var was = Interlocked.CompareExchange(ref _seq, seq, known);
            if (was == known)
            {
                Grown?.Invoke();
                return;
            }

            known = was;
        }
    }
}
