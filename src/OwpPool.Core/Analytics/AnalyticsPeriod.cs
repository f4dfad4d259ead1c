namespace OwpPool.Core.Analytics;

/// <summary>A stretch of days, UTC, that ends with the present one.</summary>
/// <param name="Word">Its name on the wire.</param>
/// <param name="Days">How many days, today included.</param>
public sealed record AnalyticsPeriod(string Word, int Days)
{
    /// <summary>The periods that can be asked for.</summary>
    public static IReadOnlyList<AnalyticsPeriod> All { get; } =
        [new("last_7_days", 7), new("last_30_days", 30), new("last_90_days", 90)];

    /// <summary>The period of a word; null = there is none.</summary>
    public static AnalyticsPeriod? Find(string word) => All.FirstOrDefault(period => period.Word == word);

    /// <summary>Midnight at which it begins.</summary>
    public DateTimeOffset Start(DateTimeOffset now) => new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero).AddDays(1 - Days);
}
