using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OwpPool.Storage.ReadModel;

namespace OwpPool.Server.Hosting.Lists;

/// <summary>Where a page of a list ended, as the caller carries it. It opens nothing that the list itself does not; the check in it is there
/// so that one that was altered, cut or taken from another list is told so instead of leading somewhere.</summary>
public static class ListCursor
{
    /// <summary>Longest cursor that is looked at.</summary>
    public const int MaxLength = 512;

    private const int CheckBytes = 12;

    /// <summary>The cursor of a position.</summary>
    /// <param name="position">Where the page ended.</param>
    /// <param name="list">Which list: everything that decides what is in it and in which order, but for the page's length.</param>
    public static string Write(ListPosition position, string list)
    {
        var content = Encoding.UTF8.GetBytes($"{position.Id.ToString(CultureInfo.InvariantCulture)}\n{position.Key}");
        return Base64Url.EncodeToString([.. CheckOf(content, list), .. content]);
    }

    /// <summary>The position; null if no page of this list ended there.</summary>
    public static ListPosition? Read(string cursor, string list)
    {
        if (cursor.Length is 0 or > MaxLength || !Base64Url.IsValid(cursor)) return null;
        var bytes = Base64Url.DecodeFromChars(cursor);
        // One text a position: other spellings of the same bytes are no cursor of ours.
        if (bytes.Length <= CheckBytes || Base64Url.EncodeToString(bytes) != cursor) return null;
        var content = bytes.AsSpan(CheckBytes);
        if (!content.IsEmpty && !CheckOf(content, list).AsSpan().SequenceEqual(bytes.AsSpan(0, CheckBytes))) return null;
        var text = Encoding.UTF8.GetString(content);
        var split = text.IndexOf('\n', StringComparison.Ordinal);
        return split > 0 && long.TryParse(text.AsSpan(0, split), NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new ListPosition(id, text[(split + 1)..])
            : null;
    }

    private static byte[] CheckOf(ReadOnlySpan<byte> content, string list) =>
        SHA256.HashData([.. Encoding.UTF8.GetBytes($"{list}\n\n"), .. content])[..CheckBytes];
}
