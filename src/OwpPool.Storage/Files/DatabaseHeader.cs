using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;

namespace OwpPool.Storage.Files;

/// <summary>The first bytes of a database, as they are in the file itself, without what its log holds. Layout: sqlite.org/fileformat2.html.
/// </summary>
internal readonly record struct DatabaseHeader
{
    /// <summary>Length of the header, in bytes.</summary>
    public const int Bytes = 100;

    /// <summary>"OWPP", so that the pool knows its own databases and refuses others.</summary>
    public const int PoolApplicationId = 0x4F575050;

    /// <summary>Of a page, in bytes.</summary>
    public required int PageSize { get; init; }

    /// <summary>Length of the whole database, in bytes; 0 where the header does not say it.</summary>
    public required long Length { get; init; }

    /// <summary>The program that made the database; <see cref="PoolApplicationId"/> is the pool.</summary>
    public required int ApplicationId { get; init; }

    /// <summary>Which file, and which commit.</summary>
    public required LogStamp Stamp { get; init; }

    /// <summary>Reads a header from the beginning of page 1.</summary>
    /// <returns>Null if this is no database of SQLite.</returns>
    public static DatabaseHeader? Parse(ReadOnlySpan<byte> page)
    {
        if (page.Length < Bytes || !page.StartsWith("SQLite format 3\0"u8)) return null;
        var size = BinaryPrimitives.ReadUInt16BigEndian(page[16..]);
        var pageSize = size == 1 ? 65_536 : size;
        // The count is right only if whoever wrote last also wrote this.
        var isLengthKnown = page[24..28].SequenceEqual(page[92..96]);
        return new DatabaseHeader
        {
            PageSize = pageSize,
            Length = isLengthKnown ? (long)pageSize * BinaryPrimitives.ReadUInt32BigEndian(page[28..]) : 0,
            ApplicationId = BinaryPrimitives.ReadInt32BigEndian(page[68..]),
            Stamp = LogStamp.Of(page),
        };
    }

    /// <summary>Reads the header of an open file.</summary>
    /// <inheritdoc cref="Parse" path="/returns"/>
    public static DatabaseHeader? Read(SafeFileHandle file)
    {
        Span<byte> page = stackalloc byte[Bytes];
        return Parse(page[..RandomAccess.Read(file, page, 0)]);
    }
}

/// <summary>What page 1 says about where it belongs: every start of the server gives the database another mark, and every commit a number.
/// </summary>
/// <param name="Mark">SQLite's schema cookie. Whatever copies a database through SQLite gives the copy another one.</param>
/// <param name="Commit">SQLite's user version: the number of the last commit, which wraps around.</param>
internal readonly record struct LogStamp(uint Mark, int Commit)
{
    /// <summary>Marks that the server gives are at least this. Smaller ones come from SQLite, which counts changes of the schema.</summary>
    public const int LeastMark = 1 << 20;

    /// <summary>Marks that the server gives are less than this, so that there is room above them.</summary>
    public const int LargestMark = int.MaxValue - 10_000;

    /// <summary>Changes of the schema that somebody may make with a shell between two marks.</summary>
    private const uint MostChanges = 1000;

    /// <summary>The mark of a copy that SQLite's backup made.</summary>
    private const uint BackupMark = 1;

    /// <summary>Reads it from page 1.</summary>
    public static LogStamp Of(ReadOnlySpan<byte> page) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(page[40..]), BinaryPrimitives.ReadInt32BigEndian(page[60..]));

    /// <summary>Whether a mark can have come of this one by changes of the schema, or is the same.</summary>
    public bool LeadsTo(uint mark) => mark == Mark || (Mark != BackupMark && mark - Mark < MostChanges);
}
