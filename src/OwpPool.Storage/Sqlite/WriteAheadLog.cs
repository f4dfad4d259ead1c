using System.Buffers.Binary;

namespace OwpPool.Storage.Sqlite;

/// <summary>Looks whether a log that a crash left behind is only cut off at its end, as a crash does it, or damaged before that.</summary>
/// <remarks>SQLite reads a log up to its first bad frame and drops the rest without a word: right for the commit that a crash cut off, and
/// wrong where commits that were acknowledged follow. Every commit is synced before the next one begins, so a crash can spoil one commit
/// at most, the last. Layout and checksum: sqlite.org/fileformat2.html#walformat.</remarks>
internal static class WriteAheadLog
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;
    private const uint Magic = 0x377F0682;

    /// <summary>Whether commits that were once complete would be dropped.</summary>
    /// <exception cref="IOException">The log cannot be read.</exception>
    public static bool HasLostCommits(string logPath)
    {
        if (!File.Exists(logPath))
            return false;
        using var file = new FileStream(logPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 20);
        var header = new byte[HeaderBytes];
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes)
            return false;
        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        var pageSize = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(8));
        // Made and never written to.
        if (!header.AsSpan().ContainsAnyExcept((byte)0))
            return false;
        if ((magic & ~1u) != Magic || pageSize is < 512 or > 65_536)
            return true;
        var sum = new Checksum(isBigEndian: (magic & 1) != 0);
        sum.Add(header.AsSpan(0, 24));
        return !sum.Is(header.AsSpan(24)) || HasLostCommits(file, header.AsSpan(16, 8), sum, new byte[FrameHeaderBytes + pageSize]);
    }

    private static bool HasLostCommits(FileStream file, ReadOnlySpan<byte> salt, Checksum sum, byte[] frame)
    {
        var (isSound, lost) = (true, 0);
        while (file.ReadAtLeast(frame, frame.Length, throwOnEndOfStream: false) == frame.Length)
        {
            // Frames of another salt are left over from an earlier use of the file; they are in the database already.
            var isOfThisLog = frame.AsSpan(8, 8).SequenceEqual(salt);
            if (isSound)
            {
                sum.Add(frame.AsSpan(0, 8));
                sum.Add(frame.AsSpan(FrameHeaderBytes));
                isSound = isOfThisLog && sum.Is(frame.AsSpan(16, 8));
            }
            var isCommit = BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(4)) != 0;
            if (!isSound && isOfThisLog && isCommit)
                lost++;
        }

        return lost > 1;
    }

    /// <summary>The log's running checksum.</summary>
    private sealed class Checksum(bool isBigEndian)
    {
        private uint _first;
        private uint _second;

        public void Add(ReadOnlySpan<byte> bytes)
        {
            for (; bytes.Length >= 8; bytes = bytes[8..])
            {
                _first += Word(bytes) + _second;
                _second += Word(bytes[4..]) + _first;
            }
        }

        public bool Is(ReadOnlySpan<byte> stored)
            => BinaryPrimitives.ReadUInt32BigEndian(stored) == _first && BinaryPrimitives.ReadUInt32BigEndian(stored[4..]) == _second;

        private uint Word(ReadOnlySpan<byte> bytes)
            => isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }
}
