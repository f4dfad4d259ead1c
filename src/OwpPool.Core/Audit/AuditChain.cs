using System.Buffers.Binary;
using System.Security.Cryptography;

namespace OwpPool.Core.Audit;

/// <summary>The chain over the audit log: each event's hash covers the event and the hash before it, so that no event can be changed,
/// removed, added or moved without every later hash being another.</summary>
/// <remarks>
/// The hash of an event is SHA-256 over, without anything between them: the 32 bytes of the hash before it; <c>seq</c> as 8 bytes; then
/// <c>at</c>, <c>type</c>, <c>actor</c>, <c>target</c>, <c>repo</c> and <c>details</c>, each as its length in bytes, in 4 bytes, and
/// its UTF-8 bytes as stored. A repo that is NULL has the length 0xFFFFFFFF and no bytes. Numbers are big endian. The hash before the
/// first event ever is 32 zero bytes. <c>sql/sqlite/13_pool_audit.sql</c> says the same to readers of the database.
/// </remarks>
public sealed class AuditChain
{
    /// <summary>Bytes of a hash.</summary>
    public const int HashBytes = SHA256.HashSizeInBytes;

    private const uint NoText = uint.MaxValue;
    private byte[] _buffer = new byte[1024];

    /// <summary>The hash of an event. Not safe for several threads: one buffer serves all calls.</summary>
    /// <param name="previous">The hash of the event before it.</param>
    /// <param name="item">The event.</param>
    /// <param name="hash">Receives <see cref="HashBytes"/>; may be the same memory as <paramref name="previous"/>.</param>
    public void Hash(ReadOnlySpan<byte> previous, in ChainedEvent item, Span<byte> hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(previous.Length, HashBytes);
        var length = HashBytes + sizeof(long) + 6 * sizeof(uint) + item.At.Length + item.Type.Length + item.Actor.Length
            + item.Target.Length + item.Repo.Length + item.Details.Length;
        if (_buffer.Length < length) _buffer = new byte[length * 2];
        var rest = _buffer.AsSpan(0, length);
        previous.CopyTo(rest);
        BinaryPrimitives.WriteInt64BigEndian(rest[HashBytes..], item.Seq);
        rest = rest[(HashBytes + sizeof(long))..];
        Append(ref rest, item.At);
        Append(ref rest, item.Type);
        Append(ref rest, item.Actor);
        Append(ref rest, item.Target);
        if (item.HasRepo) Append(ref rest, item.Repo);
        else AppendNone(ref rest);
        Append(ref rest, item.Details);
        SHA256.HashData(_buffer.AsSpan(0, length - rest.Length), hash);
    }

    private static void Append(ref Span<byte> rest, ReadOnlySpan<byte> text)
    {
        BinaryPrimitives.WriteUInt32BigEndian(rest, (uint)text.Length);
        text.CopyTo(rest[sizeof(uint)..]);
        rest = rest[(sizeof(uint) + text.Length)..];
    }

    private static void AppendNone(ref Span<byte> rest)
    {
        BinaryPrimitives.WriteUInt32BigEndian(rest, NoText);
        rest = rest[sizeof(uint)..];
    }
}
