namespace OwpPool.Cli.Output;

/// <summary>Ids as a table shows them: as much of their beginning as tells them apart. Every command that takes an id takes that much of
/// it.</summary>
internal static class ShortIds
{
    /// <summary>Kind, how the id was made, and seven characters: among a million ids, few share that much.</summary>
    private const int Least = 10;

    /// <summary>Ids among other words: how much of one is shown where the others are not known.</summary>
    private const int Alone = 12;

    /// <summary>The length at which all of them differ.</summary>
    public static int LengthFor(IEnumerable<string> ids)
    {
        var known = ids.Distinct(StringComparer.Ordinal).ToList();
        var length = Least;
        while (known.Exists(id => id.Length > length) && known.DistinctBy(id => Of(id, length), StringComparer.Ordinal).Count() < known.Count)
            length++;
        return length;
    }

    /// <summary>The beginning of an id; any other text as it is.</summary>
    public static string? OfAny(string? text) =>
        text is [>= 'a' and <= 'z', '_', ..] && text.Length > Alone && text[2..].All(char.IsAsciiLetterOrDigit) ? text[..Alone] : text;

    public static string Of(string id, int length) => id.Length <= length ? id : id[..length];
}
