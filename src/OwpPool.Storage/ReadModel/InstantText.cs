using System.Globalization;
using System.Text;

namespace OwpPool.Storage.ReadModel;

/// <summary>Instants as the states carry them: <c>yyyy-MM-ddTHH:mm:ss.fffZ</c>.</summary>
internal static class InstantText
{
    private const int FixedLength = 24;

    public static DateTimeOffset Parse(ReadOnlySpan<byte> text)
    {
        // The fixed form is read by hand: a million rows have three million of them.
        if (text.Length == FixedLength && text[10] == 'T' && text[19] == '.' && text[23] == 'Z'
            && Number(text[..4], out var year) && Number(text.Slice(5, 2), out var month) && Number(text.Slice(8, 2), out var day)
            && Number(text.Slice(11, 2), out var hour) && Number(text.Slice(14, 2), out var minute)
            && Number(text.Slice(17, 2), out var second) && Number(text.Slice(20, 3), out var milliseconds))
            return new DateTimeOffset(year, month, day, hour, minute, second, milliseconds, TimeSpan.Zero);
        return DateTimeOffset.Parse(Encoding.UTF8.GetString(text), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
    }

    /// <summary>The instant, or the start of 1970 where the text is none: somebody has changed a row, and one damaged row must not hide all
    /// others.</summary>
    public static DateTimeOffset ParseOrEpoch(ReadOnlySpan<byte> text)
    {
        try
        {
            return Parse(text);
        }
        catch (Exception damaged) when (damaged is FormatException or ArgumentOutOfRangeException)
        {
            return DateTimeOffset.UnixEpoch;
        }
    }

    private static bool Number(ReadOnlySpan<byte> digits, out int value)
    {
        value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            value = value * 10 + digit - '0';
        }
        return true;
    }
}
