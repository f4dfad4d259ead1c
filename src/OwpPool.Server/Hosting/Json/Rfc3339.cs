using System.Buffers;
using System.Globalization;
using OwpPool.Core.Shared;

namespace OwpPool.Server.Hosting.Json;

/// <summary>Instants as RFC 3339 writes them. Stricter than .NET's own reader, which would take a time without a zone for local time.</summary>
public static class Rfc3339
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789");

    /// <summary>Reads <c>2026-01-18T05:00:00Z</c>, with up to seven digits of fraction and <c>Z</c> or <c>±hh:mm</c>; years 1970 to 9998
    /// in UTC. What is below a millisecond is cut off. Leap seconds are refused.</summary>
    public static bool TryParse(string text, out DateTimeOffset instant)
    {
        instant = default;
        if (text.Length is < 20 or > 33 || text[10] is not ('T' or 't')) return false;
        var zone = text.AsSpan()[19..];
        if (zone[0] == '.')
        {
            var digits = zone[1..].IndexOfAnyExcept(Digits);
            if (digits is < 1 or > 7) return false;
            zone = zone[(digits + 1)..];
        }
        if (!IsZone(zone)) return false;
        var normal = text.ToUpperInvariant();
        if (!DateTimeOffset.TryParseExact(
                normal, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var parsed))
            return false;
        instant = Instants.Cut(parsed);
        return instant.Year is >= 1970 and <= 9998;
    }

    private static bool IsZone(ReadOnlySpan<char> zone) =>
        zone is "Z" or "z" || (zone.Length == 6 && zone[0] is '+' or '-' && zone[3] == ':');
}
