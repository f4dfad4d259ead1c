using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace OwpPool.Cli.Output;

/// <summary>Options that are numbers. What is none, or is outside of the bounds, is told in words.</summary>
internal static class Numbers
{
    /// <summary>A whole number; which ones are allowed the pool says.</summary>
    public static Option<int?> Option(string name, string description, string unit = "n") => new(name)
    {
        Description = description,
        HelpName = unit,
        CustomParser = argument => Parse(argument, name, "a whole number", ReadWhole),
    };

    /// <summary>How many lines of a list are shown.</summary>
    public static Option<int?> Limit(int usual) => new("--limit", "-L")
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"How many to show at most [{usual}]."),
        HelpName = "n",
        CustomParser = argument => Parse(argument, "--limit", "a whole number", ReadWhole, ("at least 1", limit => limit >= 1)),
    };

    /// <summary>A whole number, both bounds included.</summary>
    public static Option<int?> Whole(string name, string description, int least, int most, string unit) => new(name)
    {
        Description = description,
        HelpName = unit,
        CustomParser = argument => Parse(argument, name, "a whole number", ReadWhole, Between(least, most)),
    };

    /// <summary>A length, both bounds included: seconds, fractions allowed, or with a unit behind it, such as 90s, 15m, 2h, 1d.</summary>
    public static Option<double?> Seconds(string name, string description, double least, double most) => new(name)
    {
        Description = description,
        HelpName = "seconds",
        CustomParser = argument => Parse(argument, name, "seconds, or a length such as 90s, 15m or 2h,", ReadSeconds, Between(least, most)),
    };

    /// <summary>Any number, both bounds included.</summary>
    public static Option<double?> Real(string name, string description, double least, double most, string unit) => new(name)
    {
        Description = description,
        HelpName = unit,
        CustomParser = argument => Parse(argument, name, "a number", ReadReal, Between(least, most)),
    };

    private static int? ReadWhole(string text) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static double? ReadReal(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static double? ReadSeconds(string text)
    {
        var (number, unit) = text switch
        {
            [.. var head, 's'] => (head, 1),
            [.. var head, 'm'] => (head, 60),
            [.. var head, 'h'] => (head, 3_600),
            [.. var head, 'd'] => (head, 86_400),
            _ => (text, 1),
        };
        return ReadReal(number) * unit;
    }

    private static (string, Func<T, bool>) Between<T>(T least, T most) where T : IComparable<T> =>
        (string.Create(CultureInfo.InvariantCulture, $"from {least} to {most}"),
            number => number.CompareTo(least) >= 0 && number.CompareTo(most) <= 0);

    private static T? Parse<T>(
        ArgumentResult argument, string name, string kind, Func<string, T?> read, (string Words, Func<T, bool> Holds)? bounds = null)
        where T : struct
    {
        var text = argument.Tokens is [var token] ? token.Value : "";
        if (read(text) is { } number && bounds?.Holds(number) != false) return number;
        argument.AddError($"{name} '{text}' must be {kind}{(bounds is var (words, _) ? " " + words : "")}.");
        return null;
    }
}
