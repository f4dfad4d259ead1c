using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace OwpPool.Cli.Run;

/// <summary>Options that are numbers within bounds; what is outside is named with its bounds.</summary>
internal static class Numbers
{
    /// <summary>A whole number, both bounds included.</summary>
    public static Option<int?> Whole(string name, string description, int least, int most, string unit) => new(name)
    {
        Description = description,
        HelpName = unit,
        CustomParser = argument => Parse(argument, name, least, most, "a whole number", text =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null),
    };

    /// <summary>A length in seconds, fractions allowed, both bounds included.</summary>
    public static Option<double?> Seconds(string name, string description, double least, double most) =>
        Real(name, description, least, most, "seconds");

    /// <summary>Any number, both bounds included.</summary>
    public static Option<double?> Real(string name, string description, double least, double most, string unit) => new(name)
    {
        Description = description,
        HelpName = unit,
        CustomParser = argument => Parse(argument, name, least, most, "a number", text =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null),
    };

    private static T? Parse<T>(ArgumentResult argument, string name, T least, T most, string kind, Func<string, T?> read)
        where T : struct, IComparable<T>
    {
        var text = argument.Tokens is [var token] ? token.Value : "";
        if (read(text) is { } number && number.CompareTo(least) >= 0 && number.CompareTo(most) <= 0) return number;
        argument.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} '{text}' must be {kind} from {least} to {most}."));
        return null;
    }
}
