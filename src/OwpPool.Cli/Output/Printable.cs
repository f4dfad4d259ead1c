namespace OwpPool.Cli.Output;

/// <summary>Texts of other people, made safe to show.</summary>
internal static class Printable
{
    /// <summary>None of the characters of a title, file or answer may steer the terminal, or look like another column or line.</summary>
    public static string Of(string text) =>
        text.Any(IsUnsafe) ? string.Concat(text.Select(character => IsUnsafe(character) ? '·' : character)) : text;

    private static bool IsUnsafe(char character) => char.IsControl(character)
        || character is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
