using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace OwpPool.Cli.Output;

/// <summary>Options whose value is a number. What is none is told in words; which numbers are allowed the pool says.</summary>
internal static class Numbers
{
    public static Option<int?> Option(string name, string description, string unit = "n") => new(name)
    {
        Description = description,
        HelpName = unit,
        CustomParser = argument => Parse(name, argument),
    };

    /// <summary>How many lines of a list are shown.</summary>
    public static Option<int?> Limit(int usual) => new("--limit", "-L")
    {
        Description = string.Create(CultureInfo.InvariantCulture, $"How many to show at most [{usual}]."),
        HelpName = "n",
        CustomParser = argument =>
        {
            if (Parse("--limit", argument) is not { } limit || limit > 0) return Parse("--limit", argument);
            argument.AddError("--limit must be at least 1.");
            return null;
        },
    };

    private static int? Parse(string name, ArgumentResult argument)
    {
        var text = argument.Tokens.Count == 1 ? argument.Tokens[0].Value : "";
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) return number;
        argument.AddError($"{name} '{text}' must be a whole number.");
        return null;
    }
}
