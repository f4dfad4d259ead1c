using System.Buffers.Text;
using System.Text;
using Orleans.Runtime;

namespace Orleans.Storage;

/// <summary>How a grain key becomes columns. As in Orleans, a key that reads as a GUID or as a hexadecimal number is stored as such, and so
/// keys that differ only in notation (<c>7</c> and <c>07</c>) share one row: give keys a prefix that is not hexadecimal.</summary>
internal readonly record struct StorageKey(long N0, long N1, string? Extension, int Hash)
{
    private const int GuidLength = 32;

    internal static StorageKey For(GrainId grainId)
    {
        var key = grainId.Key.AsSpan();
        return TryGuid(key) ?? TryInteger(key) ?? new StorageKey(0, 0, grainId.Key.ToString(), HashOf(key.ToArray()));
    }

    internal static int HashOfName(string name) => unchecked((int)StableHash.ComputeHash(Encoding.UTF8.GetBytes(name)));

    private static StorageKey? TryGuid(ReadOnlySpan<byte> key)
    {
        if (key.Length != GuidLength && (key.Length < GuidLength || key[GuidLength] != (byte)'+'))
            return null;
        if (!Utf8Parser.TryParse(key[..GuidLength], out Guid guid, out var length, 'N') || length != GuidLength)
            return null;
        var bytes = guid.ToByteArray();
        var extension = key.Length == GuidLength ? null : Encoding.UTF8.GetString(key[(GuidLength + 1)..]);
        return new StorageKey(BitConverter.ToInt64(bytes, 0), BitConverter.ToInt64(bytes, 8), extension, HashOf(bytes, extension));
    }

    private static StorageKey? TryInteger(ReadOnlySpan<byte> key)
    {
        var plus = key.IndexOf((byte)'+');
        var digits = plus < 0 ? key : key[..plus];
        if (!Utf8Parser.TryParse(digits, out long number, out var length, 'X') || length != digits.Length)
            return null;
        var extension = plus < 0 ? null : Encoding.UTF8.GetString(key[(plus + 1)..]);
        return new StorageKey(0, number, extension, HashOf(BitConverter.GetBytes(number), extension));
    }

    private static int HashOf(byte[] key, string? extension = null)
    {
        byte[] all = extension is null ? key : [.. key, .. Encoding.UTF8.GetBytes(extension)];
        Array.Reverse(all);
        return unchecked((int)StableHash.ComputeHash(all));
    }
}
