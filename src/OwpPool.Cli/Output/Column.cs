using System.Collections;
using System.Globalization;

namespace OwpPool.Cli.Output;

/// <summary>A column of a table.</summary>
/// <param name="Header">Its name on a terminal.</param>
/// <param name="Value">What stands in it: text, a number, an instant, a list; null = nothing.</param>
internal sealed record Column<T>(string Header, Func<T, object?> Value)
{
    /// <summary>May be broken into several lines where the terminal is narrow: sentences that have to be read to their end.</summary>
    public bool Wraps { get; init; }

    /// <summary>May be cut where the terminal is narrow: titles, names.</summary>
    public bool Cuts { get; init; }

    /// <summary>Ids, of which a terminal shows the beginning; programs get all of them.</summary>
    public bool IsId { get; init; }

    /// <summary>What a terminal shows in place of <see cref="Value"/>; null = the same.</summary>
    public Func<T, object?>? Shown { get; init; }

    /// <summary>Where the terminal is too narrow for all columns, the one with the highest rank is left out first; 0 = never.</summary>
    public int Rank { get; init; }
}

/// <summary>Values as text.</summary>
internal static class Cell
{
    /// <summary>What stands where there is nothing, for a person.</summary>
    public const string Nothing = "-";

    /// <summary>For a person: times are relative, nothing is a dash.</summary>
    public static string ForPeople(object? value, DateTimeOffset now) => value switch
    {
        null or "" => Nothing,
        DateTimeOffset at => Ago.Of(at, now),
        bool yes => yes ? "yes" : "no",
        _ => ForPrograms(value) is { Length: > 0 } text ? text : Nothing,
    };

    /// <summary>A share, 0 to 1, as people read it; null = nothing to have a share of.</summary>
    public static string? Percent(double? share) =>
        share is { } value ? string.Create(CultureInfo.InvariantCulture, $"{value * 100:0.#} %") : null;

    /// <summary>For a program: one form for everything.</summary>
    public static string ForPrograms(object? value) => value switch
    {
        null => "",
        string text => Printable.Of(text),
        bool yes => yes ? "true" : "false",
        DateTimeOffset at => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        IEnumerable items => string.Join(",", items.Cast<object?>().Select(ForPrograms)),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => Printable.Of(value.ToString() ?? ""),
    };
}

/// <summary>Instants as people speak of them.</summary>
internal static class Ago
{
    public static string Of(DateTimeOffset at, DateTimeOffset now)
    {
        var length = Length((now - at).Duration());
        if (length == "0s") return "now";
        return at > now ? $"in {length}" : $"{length} ago";
    }

    /// <summary>A length in its largest fitting unit, the number rounded down.</summary>
    public static string Length(TimeSpan length) => length switch
    {
        { TotalMinutes: < 1 } => $"{length.Seconds}s",
        { TotalHours: < 1 } => $"{length.Minutes}m",
        { TotalDays: < 1 } => $"{length.Hours}h{(length.Minutes == 0 ? "" : $"{length.Minutes}m")}",
        _ => $"{length.Days}d",
    };
}
