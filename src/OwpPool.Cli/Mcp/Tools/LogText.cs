using System.Text;

namespace OwpPool.Cli.Mcp.Tools;

/// <summary>Cuts output into pieces that the log of a task takes.</summary>
internal static class LogText
{
    /// <summary>The pool takes 8 KiB of UTF-8 a piece, and a UTF-16 unit has at most three bytes in it.</summary>
    public const int MaxPiece = 8 * 1024 / 3;

    /// <summary>The pieces, in order: whole lines as far as they fit; blank ones are left out.</summary>
    public static IEnumerable<string> Cut(string text)
    {
        var piece = new StringBuilder();
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n').SelectMany(CutLine))
        {
            if (piece.Length > 0 && piece.Length + 1 + line.Length > MaxPiece)
            {
                yield return piece.ToString();
                piece.Clear();
            }
            if (piece.Length > 0) piece.Append('\n');
            piece.Append(line);
        }
        if (piece.Length > 0) yield return piece.ToString();
    }

    private static IEnumerable<string> CutLine(string line)
    {
        for (var start = 0; start < line.Length;)
        {
            var length = Math.Min(MaxPiece, line.Length - start);
            // A character of two units stays in one piece.
            if (start + length < line.Length && char.IsHighSurrogate(line[start + length - 1])) length--;
            yield return line.Substring(start, length);
            start += length;
        }
    }
}
