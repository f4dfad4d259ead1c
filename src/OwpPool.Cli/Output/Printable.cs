namespace OwpPool.Cli.Output;

/// <summary>Texts of other people, made safe to show.</summary>
internal static class Printable
{
    /// <summary>One line: none of the characters of a title, file or answer may steer the terminal, or look like another column or
    /// line.</summary>
    public static string Of(string text) =>
        text.Any(IsUnsafe) ? string.Concat(text.Select(character => IsUnsafe(character) ? '·' : character)) : text;

    /// <summary>Several lines: the same of each, and the line breaks stay.</summary>
    public static string Lines(string text) =>
        text.Any(IsUnsafe) ? string.Join(Environment.NewLine, text.ReplaceLineEndings("\n").Split('\n').Select(Of)) : text;

    /// <summary>Whether a character steers instead of being shown: controls, line breaks of Unicode, and all that Unicode calls
    /// Bidi_Control, which let a text read differently from what it is.</summary>
    public static bool IsUnsafe(char character) => char.IsControl(character)
        || character is '\u061c' or '\u200e' or '\u200f' or '\u2028' or '\u2029'
            or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
