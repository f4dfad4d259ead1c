using System.Globalization;

namespace OwpPool.Core.Shared;

/// <summary>Instants as the pool knows them: UTC, whole milliseconds, so that what memory holds equals what the database gives back.</summary>
public static class Instants
{
    /// <summary>The wire and storage form, for example <c>2026-01-18T05:00:00.000Z</c> (RFC 3339).</summary>
    public const string Format = "yyyy-MM-ddTHH:mm:ss.fffZ";

    /// <summary>The provider's time, cut to milliseconds.</summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(clock);
        return Cut(clock.GetUtcNow());
    }

    /// <summary>UTC, without what is below a millisecond.</summary>
    public static DateTimeOffset Cut(DateTimeOffset instant)
    {
        var ticks = instant.UtcTicks;
        return new DateTimeOffset(ticks - ticks % TimeSpan.TicksPerMillisecond, TimeSpan.Zero);
    }

    /// <summary>The instant in <see cref="Format"/>.</summary>
    public static string Text(DateTimeOffset instant) => instant.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);
}
