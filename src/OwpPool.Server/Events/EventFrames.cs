using OwpPool.Server.Hosting;
using OwpPool.Storage.EventLog;

namespace OwpPool.Server.Events;

/// <summary>Events in the form in which they are sent: made once for all clients, while they are new.</summary>
public sealed class EventFrames(StreamInstruments instruments, TimeProvider clock)
{
    private const int Kept = 1024;

    private readonly Frame?[] _frames = new Frame?[Kept];

    /// <summary>The event's frame.</summary>
    public ReadOnlyMemory<byte> Of(PoolEvent item)
    {
        // Two clients may make the same frame at once, to the same bytes; a reference is read and written whole.
        ref var slot = ref _frames[item.Seq % Kept];
        if (Volatile.Read(ref slot) is { } known && known.Seq == item.Seq) return known.Bytes;
        var frame = new Frame(item.Seq, SseFrame.Of(item.Type, EventMessage.From(item), Wire.Json.EventMessage, new ResumePoint(item.Seq, item.Mark)));
        if (Volatile.Read(ref slot) is not { } newer || newer.Seq < item.Seq)
        {
            Volatile.Write(ref slot, frame);
            instruments.Lagged(clock.GetUtcNow() - item.At);
        }
        return frame.Bytes;
    }

    private sealed record Frame(long Seq, byte[] Bytes);
}
