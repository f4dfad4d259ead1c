using System.Buffers.Binary;
using System.Numerics;

namespace Orleans.Runtime;

/// <summary>XXH32 with seed 0. Orleans' identity hashes are made of it and are stored in reminder rows, so it must not differ by a
/// bit.</summary>
internal static class XxHash32
{
    private const uint Prime1 = 2654435761U;
    private const uint Prime2 = 2246822519U;
    private const uint Prime3 = 3266489917U;
    private const uint Prime4 = 668265263U;
    private const uint Prime5 = 374761393U;
    private const int StripeLength = 16;

    internal static uint Compute(ReadOnlySpan<byte> data)
    {
        unchecked
        {
            var rest = data;
            uint hash;
            if (data.Length >= StripeLength)
                hash = ConsumeStripes(ref rest);
            else
                hash = Prime5;
            hash += (uint)data.Length;
            return Avalanche(ConsumeTail(hash, rest));
        }
    }

    private static uint ConsumeStripes(ref ReadOnlySpan<byte> rest)
    {
        unchecked
        {
            uint a = Prime1 + Prime2, b = Prime2, c = 0, d = 0u - Prime1;
            do
            {
                a = Round(a, BinaryPrimitives.ReadUInt32LittleEndian(rest));
                b = Round(b, BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]));
                c = Round(c, BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]));
                d = Round(d, BinaryPrimitives.ReadUInt32LittleEndian(rest[12..]));
                rest = rest[StripeLength..];
            }
            while (rest.Length >= StripeLength);
            return BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7)
                + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
        }
    }

    private static uint Round(uint lane, uint input) => unchecked(BitOperations.RotateLeft(lane + (input * Prime2), 13) * Prime1);

    private static uint ConsumeTail(uint hash, ReadOnlySpan<byte> rest)
    {
        unchecked
        {
            for (; rest.Length >= 4; rest = rest[4..])
                hash = BitOperations.RotateLeft(hash + (BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime3), 17) * Prime4;
            foreach (var octet in rest)
                hash = BitOperations.RotateLeft(hash + (octet * Prime5), 11) * Prime1;
            return hash;
        }
    }

    private static uint Avalanche(uint hash)
    {
        unchecked
        {
            hash = (hash ^ (hash >> 15)) * Prime2;
            hash = (hash ^ (hash >> 13)) * Prime3;
            return hash ^ (hash >> 16);
        }
    }
}
