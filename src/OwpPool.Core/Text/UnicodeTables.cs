using System.Globalization;

namespace OwpPool.Core.Text;

/// <summary>Which characters Unicode takes apart and puts together, read once from <c>normalization.txt</c> when a text first needs it.
/// </summary>
internal static class UnicodeTables
{
    private const string Resource = "normalization.txt";

    static UnicodeTables()
    {
        using var stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The assembly lacks its resource {Resource}.");
        using var lines = new StreamReader(stream);
        while (lines.ReadLine() is { } line)
        {
            if (line.StartsWith("c ", StringComparison.Ordinal)) ReadClass(line[2..]);
            else if (line.StartsWith("d ", StringComparison.Ordinal)) ReadParts(line[2..]);
        }
    }

    /// <summary>Combining classes other than 0, by character.</summary>
    public static Dictionary<int, int> Classes { get; } = [];

    /// <summary>The one or two characters that a character is made of.</summary>
    public static Dictionary<int, int[]> Parts { get; } = [];

    /// <summary>The character that two others make.</summary>
    public static Dictionary<(int First, int Second), int> Wholes { get; } = [];

    private static void ReadClass(string line)
    {
        var blank = line.IndexOf(' ', StringComparison.Ordinal);
        var value = int.Parse(line.AsSpan(0, blank), CultureInfo.InvariantCulture);
        foreach (var range in line[(blank + 1)..].Split(','))
        {
            var ends = range.Split('-');
            for (var scalar = Scalar(ends[0]); scalar <= Scalar(ends[^1]); scalar++) Classes.Add(scalar, value);
        }
    }

    private static void ReadParts(string line)
    {
        var at = line.AsSpan().IndexOfAny('=', '!');
        var whole = Scalar(line[..at]);
        var parts = Array.ConvertAll(line[(at + 1)..].Split(' '), Scalar);
        Parts.Add(whole, parts);
        if (line[at] == '=') Wholes.Add((parts[0], parts[1]), whole);
    }

    private static int Scalar(string hex) => int.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
