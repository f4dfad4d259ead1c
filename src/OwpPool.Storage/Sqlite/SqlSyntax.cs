using System.Text;

namespace OwpPool.Storage.Sqlite;

/// <summary>The little of SQL's syntax that routing needs: where a statement starts, and with which word.</summary>
internal static class SqlSyntax
{
    /// <summary>Statements that would end another caller's transaction or outlive their own call on a shared connection.</summary>
    private static readonly string[] Forbidden =
        ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "ATTACH", "DETACH"];

    /// <summary>The index of the first byte that is not blank, comment or semicolon; the terminating zero counts as such.</summary>
    public static int SkipBlank(ReadOnlySpan<byte> sql, int start)
    {
        var i = start;
        while (i < sql.Length - 1)
        {
            if (sql[i] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'\f' or (byte)';')
                i++;
            else if (sql[i..].StartsWith("--"u8))
                i = EndOf(sql, i, "\n"u8);
            else if (sql[i..].StartsWith("/*"u8))
                i = EndOf(sql, i + 2, "*/"u8);
            else
                break;
        }

        return i;
    }

    /// <summary>Refuses a statement that does not belong on a connection shared by many callers.</summary>
    /// <exception cref="NotSupportedException">The statement controls transactions or attaches files.</exception>
    public static void ThrowIfNotAllowed(ReadOnlySpan<byte> sql)
    {
        var word = sql[SkipBlank(sql, 0)..];
        var length = 0;
        while (length < word.Length && char.IsAsciiLetter((char)word[length]))
            length++;
        foreach (var forbidden in Forbidden)
        {
            if (length == forbidden.Length && Ascii.EqualsIgnoreCase(word[..length], forbidden))
                throw new NotSupportedException(
                    $"{forbidden} is not possible here: every text is one transaction, committed together with those of other callers.");
        }
    }

    private static int EndOf(ReadOnlySpan<byte> sql, int start, ReadOnlySpan<byte> terminator)
    {
        var length = sql[start..].IndexOf(terminator);
        return length < 0 ? sql.Length - 1 : start + length + terminator.Length;
    }
}
