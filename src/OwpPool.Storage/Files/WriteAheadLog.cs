using System.Buffers.Binary;

namespace OwpPool.Storage.Files;

/// <summary>What a log that a crash left behind holds.</summary>
/// <remarks>SQLite reads a log up to its first bad frame and drops the rest without a word: right for the commit that a crash cut off, and
/// wrong where commits that were acknowledged follow. Every commit is synced before the next one begins, so a crash can spoil one commit
/// at most, the last. Nor does SQLite ask whether a log belongs to the database beside it: it writes the log's pages into whatever file is
/// there. Layout and checksum: sqlite.org/fileformat2.html#walformat.</remarks>
internal sealed class WriteAheadLog
{
    private const int HeaderBytes = 32;
    private const int FrameHeaderBytes = 24;
    private const uint Magic = 0x377F0682;

    private readonly HashSet<uint> _marks = [];
    private LogStamp? _first;
    private LogStamp? _last;
    private int _pageSize;

    private WriteAheadLog()
    {
    }

    /// <summary>Whether commits that were once complete would be dropped.</summary>
    public bool HasLostCommits { get; private set; }

    /// <summary>Commits that SQLite would bring into the database.</summary>
    public int Commits { get; private set; }

    /// <summary>Reads the log of that name; a missing one is empty.</summary>
    /// <exception cref="IOException">The log cannot be read.</exception>
    public static WriteAheadLog Read(string logPath)
    {
        var log = new WriteAheadLog();
        if (!File.Exists(logPath))
            return log;
        using var file = new FileStream(logPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 20);
        var header = new byte[HeaderBytes];
        // The second: made and never written to.
        if (file.ReadAtLeast(header, HeaderBytes, throwOnEndOfStream: false) < HeaderBytes || !header.AsSpan().ContainsAnyExcept((byte)0))
            return log;
        var magic = BinaryPrimitives.ReadUInt32BigEndian(header);
        log._pageSize = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(8));
        var sum = new Checksum(isBigEndian: (magic & 1) != 0);
        sum.Add(header.AsSpan(0, 24));
        if ((magic & ~1u) != Magic || log._pageSize is < 512 or > 65_536 || !sum.Is(header.AsSpan(24)))
            log.HasLostCommits = true;
        else
            log.ReadFrames(file, header.AsSpan(16, 8), sum, new byte[FrameHeaderBytes + log._pageSize]);
        return log;
    }

    /// <summary>Whether the log continues this database. Each commit of the server writes page 1, with the database's mark and the commit's
    /// number, so that a log that begins anew begins with the number after the one that is in the file.</summary>
    public bool BelongsTo(DatabaseHeader database)
    {
        if (Commits == 0) return true;
        if (database.PageSize != _pageSize) return false;
        // A log that no server of this version wrote, and that changed no page 1, says nothing.
        if (_first is not { } first || _last is not { } last) return true;
        var stamp = database.Stamp;
        return _marks.Any(stamp.LeadsTo)
            && unchecked(stamp.Commit - first.Commit) >= -1
            && unchecked(stamp.Commit - last.Commit) <= 0;
    }

    private void ReadFrames(FileStream file, ReadOnlySpan<byte> salt, Checksum sum, byte[] frame)
    {
        var (isSound, lost) = (true, 0);
        LogStamp? open = null;
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
            if (isSound && BinaryPrimitives.ReadUInt32BigEndian(frame) == 1)
                open = LogStamp.Of(frame.AsSpan(FrameHeaderBytes));
            if (isSound && isCommit)
            {
                Committed(open);
                open = null;
            }
        }

        HasLostCommits = lost > 1;
    }

    private void Committed(LogStamp? stamp)
    {
        Commits++;
        if (stamp is not { } known) return;
        _first ??= known;
        _last = known;
        _marks.Add(known.Mark);
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
