namespace OwpPool.Cli.Output;

/// <summary>Ids as a table shows them: as much of their beginning as tells them apart. Every command that takes an id takes that much of
/// it.</summary>
internal static class ShortIds
{
    /// <summary>Kind, how the id was made, and seven characters: among a million ids, few share that much.</summary>
    private const int Least = 10;

    /// <summary>The length at which all of them differ.</summary>
    public static int LengthFor(IEnumerable<string> ids)
    {
        var known = ids.Distinct(StringComparer.Ordinal).ToList();
        var length = Least;
        while (known.Exists(id => id.Length > length) && known.DistinctBy(id => Of(id, length), StringComparer.Ordinal).Count() < known.Count)
            length++;
        return length;
    }

    public static string Of(string id, int length) => id.Length <= length ? id : id[..length];
}
