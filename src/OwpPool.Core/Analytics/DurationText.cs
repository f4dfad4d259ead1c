using System.Globalization;

namespace OwpPool.Core.Analytics;

/// <summary>Lengths of time in words.</summary>
public static class DurationText
{
    private static readonly (double Seconds, string Unit)[] Units = [(86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")];

    /// <summary>In the largest unit of which there is one, with one digit behind the point unless it is 0: <c>2.3 days</c>, <c>1 hour</c>.
    /// </summary>
    public static string Of(double seconds)
    {
        // What rounds up to a whole of the next unit is told in that one: never 60 minutes.
        var (length, unit) = Units.FirstOrDefault(unit => Math.Round(seconds / unit.Seconds, 1) >= 1, Units[^1]);
        var larger = Array.FindIndex(Units, candidate => candidate.Unit == unit) - 1;
        var count = Math.Round(seconds / length, 1);
        if (larger >= 0 && count * length >= Units[larger].Seconds) (count, unit) = (1, Units[larger].Unit);
        return string.Create(CultureInfo.InvariantCulture, $"{count:0.#} {unit}{(count == 1 ? "" : "s")}");
    }
}
