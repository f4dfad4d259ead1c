using System.Globalization;
using System.Text;

namespace OwpPool.Server.Hosting.Json;

/// <summary>Which characters text from outside may have. Lengths count Unicode characters, not UTF-16 units.</summary>
public static class TextRules
{
    /// <summary>What is wrong with a text of one line; null = nothing. Control characters, line separators and the invisible ones that
    /// reorder text are refused: such a name could forge a log line or look like another.</summary>
    public static string? WhyNotLine(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            var category = Rune.GetUnicodeCategory(rune);
            if (category is UnicodeCategory.Control or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                return "must not contain control characters or line breaks";
            if (ReordersText(rune)) return "must not contain characters that change the direction of text";
        }
        return null;
    }

    /// <summary>What is wrong with a free text; null = nothing. Tabs and line breaks are kept, other control characters refused.</summary>
    public static string? WhyNotText(string text)
    {
        foreach (var character in text)
            if (char.IsControl(character) && character is not ('\n' or '\r' or '\t'))
                return "must not contain control characters other than tabs and line breaks";
        return null;
    }

    /// <summary>The text with every line end as <c>\n</c>, and every other control character, and those that reorder text, replaced by one
    /// that shows: what a tool prints in colour stays readable, and can neither move a cursor nor forge a line.</summary>
    public static string MakeVisible(string text)
    {
        if (WhyNotText(text) is null && !text.Contains('\r', StringComparison.Ordinal) && !text.EnumerateRunes().Any(ReordersText)) return text;
        var visible = new StringBuilder(text.Length);
        foreach (var rune in text.ReplaceLineEndings("\n").EnumerateRunes())
        {
            visible.Append(rune.Value switch
            {
                '\n' or '\t' => rune,
                < 0x20 => new Rune(0x2400 + rune.Value),
                0x7F => new Rune(0x2421),
                _ when Rune.IsControl(rune) || ReordersText(rune) => Rune.ReplacementChar,
                _ => rune,
            });
        }
        return visible.ToString();
    }

    /// <summary>Nothing that a reader could see.</summary>
    public static bool IsBlank(string text)
    {
        foreach (var rune in text.EnumerateRunes())
            if (!Rune.IsWhiteSpace(rune) && !IsInvisible(rune)) return false;
        return true;
    }

    /// <summary>The number of Unicode characters.</summary>
    public static int LengthOf(string text)
    {
        var pairs = 0;
        foreach (var character in text)
            if (char.IsLowSurrogate(character)) pairs++;
        return text.Length - pairs;
    }

    /// <summary>Unicode's default ignorable characters, of which .NET's categories tell only some, and the Braille pattern without dots.
    /// </summary>
    private static bool IsInvisible(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.Control
        || rune.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2065 or 0x2800 or 0x3164
            or (>= 0xFE00 and <= 0xFE0F) or 0xFFA0 or (>= 0xFFF0 and <= 0xFFF8) or (>= 0xE0000 and <= 0xE0FFF);

    private static bool ReordersText(Rune rune) =>
        rune.Value is >= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069 or 0x200E or 0x200F or 0x061C;
}
