using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Orleans.Runtime;

namespace Orleans;

/// <summary>The hash that identities carry: XXH32 with its four bytes reversed, the same in every process and version.</summary>
public static class StableHash
{
    public static uint ComputeHash(ReadOnlySpan<byte> data) => BinaryPrimitives.ReverseEndianness(XxHash32.Compute(data));

    /// <summary>Hashes the UTF-16 code units, not UTF-8; grain ids use the other overload.</summary>
    public static uint ComputeHash(string data) => ComputeHash(MemoryMarshal.AsBytes(data.AsSpan()));
}
