using Spectre.Console;

namespace OwpPool.Cli.Output;

/// <summary>What a table needs of a column to find its place.</summary>
/// <param name="Rank">As in <see cref="Column{T}.Rank"/>.</param>
/// <param name="Width">All of its longest cell, in characters of the terminal.</param>
/// <param name="Least">What it can do with; the same where it cannot be cut or broken.</param>
internal readonly record struct ColumnNeed(int Rank, int Width, int Least);

/// <summary>Fits columns into the width of a terminal.</summary>
internal static class TableLayout
{
    /// <summary>Between two columns, in characters.</summary>
    public const int Gap = 2;

    /// <summary>The places of the columns that are shown, each with its width. Those of the highest rank are left out first, then what can
    /// be cut is cut, the widest first.</summary>
    public static IReadOnlyList<(int Place, int Width)> Fit(IEnumerable<ColumnNeed> columns, int room)
    {
        var kept = columns.Select((need, place) => (Need: need, Place: place)).ToList();
        while (Sum(kept.Select(column => column.Need.Least)) > room && kept.MaxBy(column => column.Need.Rank) is { Need.Rank: > 0 } last)
            kept.Remove(last);
        var widths = kept.ConvertAll(column => column.Need.Width);
        for (var over = Sum(widths) - room; over > 0; over--)
        {
            var widest = -1;
            for (var i = 0; i < kept.Count; i++)
                if (widths[i] > kept[i].Need.Least && (widest < 0 || widths[i] > widths[widest])) widest = i;
            if (widest < 0) break;
            widths[widest]--;
        }
        return [.. kept.Select((column, i) => (column.Place, widths[i]))];
    }

    /// <summary>The text in at most so many characters of the terminal; what is cut off leaves an ellipsis.</summary>
    public static string Cut(string text, int width)
    {
        if (text.GetCellWidth() <= width) return text;
        var (end, used) = (0, 0);
        foreach (var rune in text.EnumerateRunes())
        {
            var needed = rune.ToString().GetCellWidth();
            if (used + needed > width - 1) break;
            (end, used) = (end + rune.Utf16SequenceLength, used + needed);
        }
        return text[..end].TrimEnd() + "…";
    }

    private static int Sum(IEnumerable<int> widths) => widths.Sum(width => width + Gap) - Gap;
}
