using System.Buffers;
using System.Globalization;

namespace OwpPool.Core.Text;

/// <summary>Instants as RFC 3339 writes them. Stricter than .NET's own reader, which takes a time without a zone for local time.</summary>
public static class Rfc3339
{
    /// <summary>The fault of a text in another form.</summary>
    public const string WrongForm = "must be an RFC 3339 instant with a zone, such as 2026-01-18T05:00:00Z";

    /// <summary>The fault of an instant that the pool cannot keep.</summary>
    public const string OutOfRange = "must be in the years 1970 to 9998 (UTC)";

    private const int SecondsEnd = 19;
    private const int KeptDigits = 3;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");

    /// <summary>Reads <c>2026-01-18T05:00:00Z</c>, with any number of fraction digits and <c>Z</c> or <c>±hh:mm</c>; years 1970 to 9998
    /// in UTC. Cuts what is below a millisecond. Refuses leap seconds.</summary>
    public static bool TryParse(string text, out DateTimeOffset instant) => WhyNot(text, out instant) is null;

    /// <summary>The same, with the reason.</summary>
    /// <returns>What is wrong with the text; null = nothing.</returns>
    public static string? WhyNot(string text, out DateTimeOffset instant)
    {
        instant = default;
        if (text.Length <= SecondsEnd || text[10] is not ('T' or 't')) return WrongForm;
        var zone = text.AsSpan(SecondsEnd);
        var fraction = ReadOnlySpan<char>.Empty;
        if (zone[0] == '.')
        {
            var digits = zone[1..].IndexOfAnyExcept(Digits);
            if (digits < 1) return WrongForm;
            fraction = zone[..(1 + Math.Min(digits, KeptDigits))];
            zone = zone[(digits + 1)..];
        }
        if (!IsZone(zone)) return WrongForm;
        var kept = string.Concat(text.AsSpan(0, SecondsEnd), fraction, zone).ToUpperInvariant();
        if (!DateTimeOffset.TryParseExact(kept, "yyyy-MM-dd'T'HH:mm:ss.FFFK", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal,
            out var parsed))
            return IsOutside(text) ? OutOfRange : WrongForm;
        if (parsed.Year is < 1970 or > 9998) return OutOfRange;
        instant = parsed;
        return null;
    }

    private static bool IsZone(ReadOnlySpan<char> zone) =>
        zone is "Z" or "z" || (zone.Length == 6 && zone[0] is '+' or '-' && zone[3] == ':');

    /// <summary>.NET knows neither the year 0 nor what a zone moves past its last year.</summary>
    private static bool IsOutside(string text) => text.StartsWith("0000-", StringComparison.Ordinal) || text.StartsWith("9999-", StringComparison.Ordinal);
}
